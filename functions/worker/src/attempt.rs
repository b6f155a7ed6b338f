//! Whether somebody has been at the same work before.
//!
//! Owns this one word. What an earlier attempt left behind is looked for only where there may have been one.

/// An attempt at one piece of work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Attempt {
    /// Nobody has been at it before.
    First,
    /// An earlier attempt may have got anywhere.
    Later,
}
