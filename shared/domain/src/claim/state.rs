//! Where a claim stands.
//!
//! Owns the states, their stable names and what holds in each. Never moves a claim: the transitions are the claim's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Nonce;
use crate::ids::{IssueNumber, RunId};

/// The run that a dispatch started, in one of its attempts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRef {
    /// GitHub's id; every attempt has the same.
    pub id: RunId,
    /// Its page.
    pub html_url: String,
    /// Which attempt, from 1: somebody may run it again.
    #[serde(default = "first_attempt")]
    pub attempt: u32,
}

impl RunRef {
    /// A run that nobody has run again.
    #[must_use]
    pub const fn first(id: RunId, html_url: String) -> Self {
        Self { id, html_url, attempt: first_attempt() }
    }
}

/// A pull request that a run has opened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestRef {
    /// The number behind `#`.
    pub number: IssueNumber,
    /// Its page.
    pub html_url: String,
}

const fn first_attempt() -> u32 {
    1
}

/// Where a claim stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum State {
    /// Taken; nothing is decided.
    Received,
    /// Decided, but GitHub definitely didn't take the dispatch; it will be tried again.
    Authorized,
    /// Decided, and the repository has as many runs in progress as it may: it starts by itself when its turn comes.
    Queued {
        /// Since when.
        since: Timestamp,
        /// Which in the line, from 1.
        position: u32,
        /// How many runs the repository may have in progress.
        limit: u32,
        /// Who decided that it is dispatched once more, where somebody has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_by: Option<String>,
    },
    /// The intent is written; the dispatch may be on its way.
    Dispatching {
        /// When the writer of the intent is given up.
        lease_until: Timestamp,
        /// Who wrote it.
        #[serde(default)]
        writer: Nonce,
        /// Who decided that it is dispatched once more, where somebody has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_by: Option<String>,
    },
    /// GitHub's answer is not known; whether a run exists is found out, never assumed.
    Reconciling {
        /// Since when.
        since: Timestamp,
        /// How often GitHub's list was looked at in vain.
        #[serde(default)]
        looks: u32,
    },
    /// No run showed itself within the settle window: a person decides.
    Unknown {
        /// When it was given up.
        since: Timestamp,
        /// Who decided that it is dispatched once more, where somebody has.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        retry_by: Option<String>,
    },
    /// No run showed itself, and a person decided that there will be none.
    Dropped {
        /// Who.
        by: String,
    },
    /// A person took the command back before anything was started.
    Withdrawn {
        /// Who.
        by: String,
    },
    /// GitHub has started this run.
    Dispatched {
        /// The run.
        run: RunRef,
    },
    /// A runner works on it.
    Started {
        /// The run.
        run: RunRef,
        /// Since when.
        started_at: Timestamp,
    },
    /// The run has ended.
    Ended {
        /// The run.
        run: RunRef,
        /// How.
        outcome: Outcome,
        /// When a runner began, if one did.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        started_at: Option<Timestamp>,
        /// When.
        ended_at: Timestamp,
    },
    /// There is no run, and the commenter is told why.
    Refused {
        /// The stable reason code.
        code: String,
        /// The sentence.
        explanation: String,
    },
    /// The command asked for words only.
    Answered {
        /// The words.
        answer: String,
    },
}

/// The repository has as many runs in progress as it may.
const AT_CAPACITY: &str = "AT_CAPACITY";
/// Nobody knows yet whether GitHub took a dispatch.
const DISPATCH_IN_DOUBT: &str = "DISPATCH_IN_DOUBT";
/// Nobody will know by itself: a person has to decide.
const UNKNOWN_OUTCOME: &str = "UNKNOWN_OUTCOME";
/// A person decided that there shall be no run.
const DROPPED: &str = "DROPPED";
/// A run ended without having asked whether it may act.
const NOT_ADMITTED: &str = "NOT_ADMITTED";

/// The names of the states in which nothing moves a claim any more.
pub const OVER_STATES: [&str; 10] = [
    "succeeded",
    "failed",
    "cancelled",
    "timed-out",
    "gone",
    "not-admitted",
    "refused",
    "answered",
    "dropped",
    "withdrawn",
];

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Green.
    Succeeded,
    /// Red, with GitHub's word for it.
    Failed(String),
    /// Stopped by somebody.
    Cancelled,
    /// Stopped by a time limit.
    TimedOut,
    /// Deleted before its end was known.
    Gone,
    /// Green, though it never asked to be admitted: what it did, if anything, is not known.
    NotAdmitted,
}

impl State {
    /// The state's stable name, for conditions, indexes and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Authorized => "authorized",
            Self::Queued { .. } => "queued",
            Self::Dispatching { .. } => "dispatching",
            Self::Reconciling { .. } => "reconciling",
            Self::Unknown { .. } => "unknown",
            Self::Dropped { .. } => "dropped",
            Self::Withdrawn { .. } => "withdrawn",
            Self::Dispatched { .. } => "dispatched",
            Self::Started { .. } => "started",
            Self::Ended { outcome: Outcome::Succeeded, .. } => "succeeded",
            Self::Ended { outcome: Outcome::Failed(_), .. } => "failed",
            Self::Ended { outcome: Outcome::Cancelled, .. } => "cancelled",
            Self::Ended { outcome: Outcome::TimedOut, .. } => "timed-out",
            Self::Ended { outcome: Outcome::Gone, .. } => "gone",
            Self::Ended { outcome: Outcome::NotAdmitted, .. } => "not-admitted",
            Self::Refused { .. } => "refused",
            Self::Answered { .. } => "answered",
        }
    }

    /// Whether the conversation's lock is held: a run may be writing, may yet show itself, or has its place in the line.
    #[must_use]
    pub const fn holds_lock(&self) -> bool {
        self.may_have_run() || self.is_queued()
    }

    /// Whether a run may be writing, or may yet show itself.
    #[must_use]
    pub const fn may_have_run(&self) -> bool {
        self.holds_slot() || matches!(self, Self::Unknown { .. } | Self::Queued { retry_by: Some(_), .. })
    }

    /// Whether a place in the repository's line is held.
    #[must_use]
    pub const fn is_queued(&self) -> bool {
        matches!(self, Self::Queued { .. })
    }

    /// Whether one of the repository's slots is held. A claim that waits for a person doesn't hold up others.
    #[must_use]
    pub const fn holds_slot(&self) -> bool {
        matches!(
            self,
            Self::Dispatching { .. } | Self::Reconciling { .. } | Self::Dispatched { .. } | Self::Started { .. }
        )
    }

    /// Whether nothing moves the claim any more.
    #[must_use]
    pub const fn is_over(&self) -> bool {
        matches!(
            self,
            Self::Ended { .. }
                | Self::Refused { .. }
                | Self::Answered { .. }
                | Self::Dropped { .. }
                | Self::Withdrawn { .. }
        )
    }

    /// Whether the command is to be judged: no dispatch of it is under way or in doubt, or a person wants one.
    #[must_use]
    pub const fn may_be_decided(&self) -> bool {
        matches!(
            self,
            Self::Received | Self::Authorized | Self::Queued { .. } | Self::Unknown { retry_by: Some(_), .. }
        )
    }

    /// Whether there is something to say of it.
    #[must_use]
    pub const fn is_told_of(&self) -> bool {
        !matches!(self, Self::Received | Self::Authorized | Self::Dispatching { .. })
    }

    /// The stable reason code, where the state has one.
    pub(super) const fn code(&self) -> Option<&str> {
        match self {
            Self::Refused { code, .. } => Some(code.as_str()),
            Self::Queued { .. } => Some(AT_CAPACITY),
            Self::Reconciling { .. } | Self::Unknown { retry_by: Some(_), .. } => Some(DISPATCH_IN_DOUBT),
            Self::Unknown { retry_by: None, .. } => Some(UNKNOWN_OUTCOME),
            Self::Dropped { .. } => Some(DROPPED),
            Self::Ended { outcome: Outcome::NotAdmitted, .. } => Some(NOT_ADMITTED),
            _ => None,
        }
    }

    /// The person by whose word the claim is where it is.
    #[must_use]
    pub fn decided_by(&self) -> Option<&str> {
        match self {
            Self::Dropped { by } | Self::Withdrawn { by } => Some(by),
            Self::Unknown { .. } | Self::Dispatching { .. } | Self::Queued { .. } => self.retry_by(),
            _ => None,
        }
    }

    /// Who decided that a dispatch in doubt is made once more, where somebody has.
    #[must_use]
    pub fn retry_by(&self) -> Option<&str> {
        match self {
            Self::Unknown { retry_by, .. } | Self::Dispatching { retry_by, .. } | Self::Queued { retry_by, .. } => {
                retry_by.as_deref()
            }
            _ => None,
        }
    }

    /// The run, once it is known.
    #[must_use]
    pub const fn run(&self) -> Option<&RunRef> {
        match self {
            Self::Dispatched { run } | Self::Started { run, .. } | Self::Ended { run, .. } => Some(run),
            _ => None,
        }
    }
}

impl Outcome {
    /// A run that GitHub calls green, and that says itself that it failed.
    pub(super) fn reported_failure() -> Self {
        Self::Failed("failure".to_owned())
    }

    /// <https://docs.github.com/en/rest/actions/workflow-runs>: `conclusion`.
    pub(super) fn of_conclusion(conclusion: Option<&str>) -> Self {
        match conclusion {
            Some("success") => Self::Succeeded,
            Some("cancelled") => Self::Cancelled,
            Some("timed_out") => Self::TimedOut,
            other => Self::Failed(other.unwrap_or("no conclusion").to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::OPEN_KEYS;
    use super::super::tests::in_every_state;
    use super::*;

    #[test]
    fn every_state_is_open_by_its_name_or_over_by_it() {
        for claim in in_every_state() {
            let name = claim.state.name();
            assert_eq!(OVER_STATES.contains(&name), claim.state.is_over(), "{name}");
            assert_eq!(OPEN_KEYS.contains(&name), !claim.state.is_over(), "{name}");
        }
    }

    #[test]
    fn a_reason_code_belongs_to_what_was_refused_and_to_what_nobody_knows() {
        let coded: Vec<_> =
            in_every_state().iter().filter_map(|it| Some((it.state.name(), it.code()?.to_owned()))).collect();
        let coded: Vec<_> = coded.iter().map(|(state, code)| (*state, code.as_str())).collect();
        assert_eq!(
            coded,
            [
                ("queued", "AT_CAPACITY"),
                ("reconciling", "DISPATCH_IN_DOUBT"),
                ("unknown", "UNKNOWN_OUTCOME"),
                ("dropped", "DROPPED"),
                ("refused", "PAUSED")
            ]
        );
    }
}
