//! A workflow run as GitHub shows it when it is asked.
//!
//! Owns the reading of GitHub's words for how far a run is. Never says what follows for the claim.
//! <https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run>

use jiff::Timestamp;

use crate::claim::{ClaimId, RunRef};

/// A run as GitHub shows it at one moment. It may have moved on since.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunSnapshot {
    /// Which run.
    pub run: RunRef,
    /// Its `display_title`, which carries the claim's id where the workflow's `run-name` does.
    pub title: String,
    /// How far it is.
    pub status: RunStatus,
    /// When this attempt began.
    pub started_at: Option<Timestamp>,
    /// When GitHub last touched it.
    pub updated_at: Timestamp,
}

/// How far a run is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RunStatus {
    /// No runner has it: it is queued, or somebody has to approve it.
    Waiting,
    /// A runner works on it.
    InProgress,
    /// It has ended.
    Completed {
        /// How, in GitHub's word.
        conclusion: Option<String>,
    },
}

impl RunSnapshot {
    /// A run as the answer to a claim's dispatch names it: just made, and carrying the claim.
    #[must_use]
    pub fn just_named(run: RunRef, claim: ClaimId, now: Timestamp) -> Self {
        let title = format!("[{claim}]");
        Self { run, title, status: RunStatus::Waiting, started_at: None, updated_at: now }
    }
}

impl RunStatus {
    /// Reads GitHub's `status` and `conclusion`. A word that is not known means waiting: nothing ends on it.
    #[must_use]
    pub fn parse(status: &str, conclusion: Option<&str>) -> Self {
        match status {
            "in_progress" => Self::InProgress,
            "completed" => Self::Completed { conclusion: conclusion.map(str::to_owned) },
            _ => Self::Waiting,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_for_a_run_without_a_runner_means_waiting() {
        for status in ["queued", "waiting", "requested", "pending"] {
            assert_eq!(RunStatus::parse(status, None), RunStatus::Waiting, "{status}");
        }
    }

    #[test]
    fn a_run_at_work_and_an_ended_one_are_told_apart() {
        assert_eq!(RunStatus::parse("in_progress", None), RunStatus::InProgress);
        let conclusion = Some("timed_out".to_owned());
        assert_eq!(RunStatus::parse("completed", Some("timed_out")), RunStatus::Completed { conclusion });
        assert_eq!(RunStatus::parse("completed", None), RunStatus::Completed { conclusion: None });
    }

    #[test]
    fn nothing_ends_on_a_word_that_is_not_known() {
        for status in ["", "Completed", "action_required", "success"] {
            assert_eq!(RunStatus::parse(status, Some("success")), RunStatus::Waiting, "{status}");
        }
    }
}
