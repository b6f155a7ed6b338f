//! The worker: the only one who performs GitHub effects of a claim, one message at a time.
//!
//! Owns the way from a queued message to its effects, and which messages come again. Decides nothing: it gathers for
//! [`domain::decide`](mod@domain::decide), performs what that says, and words nothing.
//!
//! ```text
//! batch ─▶ comment ─▶ gather ─▶ (domain decides) ─▶ start ─▶ tell
//!      ├─▶ run_event ───────────────────────────────────────▶ tell
//!      └─▶ last_word (when the last attempt failed) ──────────▶ tell
//! ```

mod attempt;
mod batch;
mod comment;
mod error;
mod gather;
mod last_word;
mod overdue;
mod record;
mod run_event;
mod start;
mod state;
mod tell;

pub use batch::handle;
pub use state::State;
