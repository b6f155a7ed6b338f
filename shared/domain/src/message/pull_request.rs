//! The end of a pull request, as the queue carries it.
//!
//! Owns its fields. Which claims it ends is for the worker to find.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::RepoRef;
use crate::ids::IssueNumber;

/// A pull request that was closed, merged or not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PullRequestClosed {
    /// Where.
    pub repo: RepoRef,
    /// The number behind `#`.
    pub number: IssueNumber,
    /// When: somebody may have opened it again since, and have asked anew.
    pub closed_at: Timestamp,
}

impl PullRequestClosed {
    pub(super) fn deduplication_id(&self) -> String {
        format!("closed:{}:{}:{}", self.repo.id, self.number, self.closed_at.as_second())
    }
}
