//! Why the story could not be told to its end, in sentences for the person who asked for it.
//!
//! Owns these words. A refusal that belongs to the story is not here: that is what the story shows.

use std::io;
use std::time::Duration;

/// Why the story could not be told to its end.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// Nobody answers there, or somebody who is no sandbox.
    #[error("no sandbox GitHub answers at {url}; start the system with `cargo run`, and try again")]
    NoSandbox {
        /// Where it was looked for.
        url: String,
        /// What the HTTP client met.
        #[source]
        source: reqwest::Error,
    },
    /// The sandbox would not take a comment, or its world is not the seed's.
    #[error("the sandbox GitHub is not as the story needs it: {0} Start the system with `cargo run -- --fresh`")]
    OtherWorld(String),
    /// The webhook answered something else than it should have.
    #[error(
        "the webhook answered {answered} to {comment}, where {expected} was expected; the system's log says why (is the \
         product running?)"
    )]
    OtherAnswer {
        /// Which comment it was.
        comment: String,
        /// The status that the story expects.
        expected: u16,
        /// What came.
        answered: String,
    },
    /// A step of the story did not come.
    #[error(
        "{expected} was expected within {} s, and did not come. What was seen: {seen}. Look at the system's log, or \
         start the system afresh with `cargo run -- --fresh`",
        .patience.as_secs()
    )]
    Overdue {
        /// What was waited for.
        expected: &'static str,
        /// How long.
        patience: Duration,
        /// What there was in its place.
        seen: String,
    },
    /// The command that the story rests on was refused.
    #[error("the command was refused, so there is no run to tell about: {0}")]
    Refused(String),
    /// The text can't be written.
    #[error("the story can't be written out")]
    Output(#[from] io::Error),
}
