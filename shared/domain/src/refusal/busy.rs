//! What is under way in a conversation where another command is given.
//!
//! Owns telling that from the claim that holds the conversation. Never words it: that is the refusal's.

use crate::claim::Claim;

/// What an earlier command is doing in a conversation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Busy {
    /// It has this run.
    Running {
        /// Its page.
        run_url: String,
    },
    /// It waits for one of the repository's slots.
    Queued,
    /// It is being started, or GitHub has not said whether its run was.
    Unclear,
}

impl Busy {
    /// What the claim is doing that holds a conversation; `None` where nothing of it is under way, and a new command may
    /// take its place.
    #[must_use]
    pub fn of(holder: &Claim) -> Option<Self> {
        if holder.state.is_queued() {
            return Some(Self::Queued);
        }
        if !holder.state.holds_slot() {
            return None;
        }
        Some(match holder.state.run() {
            Some(run) => Self::Running { run_url: run.html_url.clone() },
            None => Self::Unclear,
        })
    }
}
