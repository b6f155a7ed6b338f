//! A change in a workflow run's life, as the queue carries it.
//!
//! Owns its fields. What it means for a claim is the claim's to say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RepoRef;
use crate::claim::RunRef;
use crate::ids::{InstallationId, RunId};
use crate::run::{RunSnapshot, RunStatus};

/// A change in the life of a dispatched workflow run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunEvent {
    /// Where.
    pub repo: RepoRef,
    /// The App's installation there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation: Option<InstallationId>,
    /// Which run.
    pub run: RunId,
    /// Which attempt of it, from 1.
    pub attempt: u32,
    /// What happened.
    pub action: RunAction,
    /// How it ended, once it has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conclusion: Option<String>,
    /// The run's title, which carries the claim's id.
    pub title: String,
    /// The run's page.
    pub html_url: String,
    /// When this attempt began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started_at: Option<Timestamp>,
    /// When GitHub last touched it.
    pub updated_at: Timestamp,
}

/// A `workflow_run` event's action.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunAction {
    /// The run was made.
    Requested,
    /// A runner has taken it.
    InProgress,
    /// It has ended.
    Completed,
}

impl RunAction {
    /// GitHub's word for the action.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::InProgress => "in_progress",
            Self::Completed => "completed",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Requested, Self::InProgress, Self::Completed].into_iter().find(|action| action.as_str() == word)
    }
}

impl RunEvent {
    /// The run as this event shows it.
    #[must_use]
    pub fn snapshot(&self) -> RunSnapshot {
        RunSnapshot {
            run: RunRef { id: self.run, html_url: self.html_url.clone(), attempt: self.attempt },
            title: self.title.clone(),
            status: match self.action {
                RunAction::Requested => RunStatus::Waiting,
                RunAction::InProgress => RunStatus::InProgress,
                RunAction::Completed => RunStatus::Completed { conclusion: self.conclusion.clone() },
            },
            started_at: self.started_at,
            updated_at: self.updated_at,
        }
    }
}
