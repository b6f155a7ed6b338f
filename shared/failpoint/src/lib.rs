//! Points before and after each await, where a test may stop an invocation for ever.
//!
//! Owns the points and nothing of what happens at them: a test that runs an invocation under its hand is told where the
//! invocation stands, and lets it go on or drops it, which is what the death of a process looks like from outside.
//! Without the feature `enabled` this crate holds nothing that runs, so that no Lambda carries any of it; with it, and
//! with nobody's hand on the invocation, a point costs one look.

#[cfg(feature = "enabled")]
mod invocation;

pub use failpoint_macros::everywhere;

#[cfg(feature = "enabled")]
pub use invocation::{Invocation, Point, Side, through};

/// A rule of the product that a test may take away, to show that something notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safeguard {
    /// A transition is written only on the state, epoch and revision that it was made from.
    EpochCheck,
    /// The intent is on record before the call that it speaks of.
    IntentBeforePost,
}

/// Whether a test has taken a rule away. Never, without the feature `enabled`.
#[cfg(not(feature = "enabled"))]
#[must_use]
pub const fn is_removed(_: Safeguard) -> bool {
    false
}

/// Whether the test that runs this invocation has taken a rule away.
#[cfg(feature = "enabled")]
#[must_use]
pub fn is_removed(safeguard: Safeguard) -> bool {
    Invocation::current().is_some_and(|invocation| invocation.removed() == Some(safeguard))
}
