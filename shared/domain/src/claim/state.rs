//! Where a claim stands.
//!
//! Owns the states, their stable names and what holds in each. Never moves a claim: the transitions are the claim's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::RunId;

/// The run that a dispatch started.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRef {
    /// GitHub's id.
    pub id: RunId,
    /// Its page.
    pub html_url: String,
}

/// Where a claim stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "kebab-case", rename_all_fields = "snake_case")]
pub enum State {
    /// Taken; nothing is decided.
    Received,
    /// Decided, but GitHub definitely didn't take the dispatch; it will be tried again.
    Authorized,
    /// The intent is written; the dispatch may be on its way.
    Dispatching {
        /// When the writer of the intent is given up.
        lease_until: Timestamp,
    },
    /// GitHub's answer is not known; whether a run exists is found out, never assumed.
    Reconciling {
        /// Since when.
        since: Timestamp,
    },
    /// No run showed itself within the settle window. A person's next command may start one.
    Unknown {
        /// When it was given up.
        since: Timestamp,
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
}

impl State {
    /// The state's stable name, for conditions, indexes and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Received => "received",
            Self::Authorized => "authorized",
            Self::Dispatching { .. } => "dispatching",
            Self::Reconciling { .. } => "reconciling",
            Self::Unknown { .. } => "unknown",
            Self::Dispatched { .. } => "dispatched",
            Self::Started { .. } => "started",
            Self::Ended { outcome: Outcome::Succeeded, .. } => "succeeded",
            Self::Ended { outcome: Outcome::Failed(_), .. } => "failed",
            Self::Ended { outcome: Outcome::Cancelled, .. } => "cancelled",
            Self::Ended { outcome: Outcome::TimedOut, .. } => "timed-out",
            Self::Refused { .. } => "refused",
            Self::Answered { .. } => "answered",
        }
    }

    /// Whether a run may be writing: the conversation's lock and a slot are held in exactly these states.
    #[must_use]
    pub const fn is_in_flight(&self) -> bool {
        matches!(
            self,
            Self::Dispatching { .. } | Self::Reconciling { .. } | Self::Dispatched { .. } | Self::Started { .. }
        )
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
