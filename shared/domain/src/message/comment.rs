//! A command in a comment, as the queue carries it.
//!
//! Owns its fields, and what makes it one command whatever delivery it came by. Never holds the comment's whole text.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::claim::ClaimId;
use crate::command::Command;
use crate::ids::{CommentId, InstallationId, IssueNumber, RepoId, UserId};
use crate::repo_name::RepoFullName;

/// A command in a comment on a pull request or an issue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommentCommand {
    /// Where.
    pub repo: RepoRef,
    /// The App's installation there; repository hooks don't tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation: Option<InstallationId>,
    /// On what.
    pub subject: SubjectKind,
    /// The number behind `#`.
    pub number: IssueNumber,
    /// The comment itself.
    pub comment: CommentId,
    /// Who wrote it.
    pub commenter: Commenter,
    /// When.
    pub commented_at: Timestamp,
    /// What is asked.
    pub command: Command,
    /// The plan that this implementation follows by itself, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<ClaimId>,
}

/// A repository as an event shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepoRef {
    /// Its identity.
    pub id: RepoId,
    /// Its name at the time.
    pub name: RepoFullName,
    /// Its default branch at the time, as GitHub signed it.
    pub default_branch: String,
}

/// The author of a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commenter {
    /// The account.
    pub id: UserId,
    /// Its name at the time.
    pub login: String,
}

/// What a conversation is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SubjectKind {
    /// A pull request.
    PullRequest,
    /// An issue.
    Issue,
}

impl CommentCommand {
    /// Everything about one conversation is worked on in order.
    #[must_use]
    pub fn group_id(&self) -> String {
        Self::group_id_of(self.repo.id, self.number)
    }

    /// The group of a conversation.
    #[must_use]
    pub fn group_id_of(repo: RepoId, number: IssueNumber) -> String {
        format!("{repo}#{number}")
    }

    /// What makes a comment's claim unique, whatever the delivery: `c:<repo id>:<comment id>`.
    #[must_use]
    pub fn natural_key(&self) -> String {
        match self.after {
            Some(plan) => format!("p:{plan}"),
            None => Self::natural_key_of(self.repo.id, self.comment),
        }
    }

    /// The natural key of a comment that is not known to be a command yet.
    #[must_use]
    pub fn natural_key_of(repo: RepoId, comment: CommentId) -> String {
        format!("c:{repo}:{comment}")
    }
}
