//! The worker: the only one who performs GitHub effects of a claim, one message at a time.
//!
//! Owns the way from a queued message to its effects, and which messages come again. Decides nothing: it gathers for
//! [`domain::decide`](mod@domain::decide), performs what that says, and words nothing.
//!
//! ```text
//! batch ─┬▶ comment ─┐
//!        ├▶ due ─────┼▶ carry_on ─┬▶ gather ─▶ (domain decides) ─▶ start ─┬▶ tell
//!        ├▶ resolve ─┘            ├▶ line, cancel, go_on ─────────────────┤
//!        │                        └▶ look ────────────────────────────────┤
//!        ├▶ run_event, closed ────────────────────────────────────────────┤
//!        ├▶ retry (a claim of its own, which comes as a due one)          │
//!        ├▶ announce (what tell and run_event have put into the queue)    │
//!        ├▶ renamed, installation (what a mapping shows; nobody is told)  │
//!        └▶ last_word (when the last delivery failed) ────────────────────┘
//! ```
//!
//! `tell` has two tools: `status_comment` writes and edits the one comment, `words` says whether anything may be said now.
//! `start` has `answer`, which reads what GitHub says of a dispatch. What GitHub doesn't let us do now goes through
//! `put_off`: it waits in the queue for a moment, or on record.

mod announce;
mod answer;
mod batch;
mod cancel;
mod carry_on;
mod closed;
mod comment;
mod delivery;
mod due;
mod error;
mod go_on;
mod installation;
mod last_word;
mod line;
mod look;
mod put_off;
mod record;
mod renamed;
mod resolve;
mod retry;
mod run_event;
mod set_up;
mod start;
mod state;
mod status_comment;
mod tell;
mod words;

pub use batch::handle;
pub use state::{Runs, State};
pub use status_comment::TURN_LASTS;
