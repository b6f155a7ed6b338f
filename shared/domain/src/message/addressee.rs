//! Who waits for an answer to a message.
//!
//! Owns reading that from a message of any release. Never reads what is asked: that may have another shape there.

use jiff::Timestamp;
use serde::Deserialize;

use super::{CommentCommand, RepoRef};
use crate::ids::{CommentId, InstallationId, IssueNumber};

/// Who waits for an answer to a message, whatever release wrote it: read as leniently as possible, because it is only
/// used to say that the message can't be carried out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Addressee {
    /// Where.
    pub repo: RepoRef,
    /// The App's installation there.
    #[serde(default)]
    pub installation: Option<InstallationId>,
    /// The number behind `#`.
    pub number: IssueNumber,
    /// The command's comment.
    pub comment: CommentId,
    /// When it was written.
    pub commented_at: Timestamp,
}

impl Addressee {
    /// The addressee of a message that can't be read otherwise.
    #[must_use]
    pub fn of_json(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl From<&CommentCommand> for Addressee {
    fn from(command: &CommentCommand) -> Self {
        Self {
            repo: command.repo.clone(),
            installation: command.installation,
            number: command.number,
            comment: command.comment,
            commented_at: command.commented_at,
        }
    }
}
