//! The queue's messages: what one function asks of the worker.
//!
//! Owns the versioned wire shape, the FIFO group that keeps one conversation in order, and the deduplication id.
//! Never holds a whole payload: ids and the words that are needed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::command::Command;
use crate::ids::{CommentId, InstallationId, IssueNumber, RepoId, RunId, UserId};
use crate::repo_name::RepoFullName;

/// The shape's version; raised when an old worker could misread a new message.
pub const VERSION: u32 = 1;

/// One queued piece of work.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Message {
    /// Somebody wrote a command.
    Comment(CommentCommand),
    /// A dispatched run moved.
    Run(RunEvent),
}

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
}

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

/// Why a queued text is no message of ours.
#[derive(Debug, Error)]
pub enum MessageError {
    /// Written by a newer release.
    #[error("the message has version {0}, this release reads {VERSION}")]
    Version(u32),
    /// Not our shape.
    #[error("the message has an unknown shape")]
    Shape(#[from] serde_json::Error),
}

#[derive(Serialize, Deserialize)]
struct Envelope<T> {
    v: u32,
    #[serde(flatten)]
    message: T,
}

impl Message {
    /// The JSON text that goes through the queue.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(&Envelope { v: VERSION, message: self }).expect("a message is plain JSON")
    }

    /// Reads what [`Message::to_json`] wrote.
    pub fn from_json(text: &str) -> Result<Self, MessageError> {
        #[derive(Deserialize)]
        struct Version {
            v: u32,
        }
        match serde_json::from_str(text)? {
            Version { v: VERSION } => Ok(serde_json::from_str::<Envelope<Self>>(text)?.message),
            Version { v } => Err(MessageError::Version(v)),
        }
    }

    /// Messages of one group are worked on one after the other, in order.
    #[must_use]
    pub fn group_id(&self) -> String {
        match self {
            Self::Comment(comment) => format!("{}#{}", comment.repo.id, comment.number),
            Self::Run(event) => format!("run#{}", event.run),
        }
    }

    /// Two messages with one id within five minutes are one message to the queue. Made from signed facts only.
    #[must_use]
    pub fn deduplication_id(&self) -> String {
        match self {
            Self::Comment(comment) => comment.natural_key(),
            Self::Run(event) => format!("{}:{}:{}", event.run, event.attempt, event.action.as_str()),
        }
    }
}

impl CommentCommand {
    /// What makes a comment's claim unique, whatever the delivery: `c:<repo id>:<comment id>`.
    #[must_use]
    pub fn natural_key(&self) -> String {
        format!("c:{}:{}", self.repo.id, self.comment)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::{Instructions, Verb};

    fn comment() -> Message {
        Message::Comment(CommentCommand {
            repo: RepoRef {
                id: RepoId::new(7),
                name: "Octo/Hello".parse().expect("a name"),
                default_branch: "main".into(),
            },
            installation: Some(InstallationId::new(70)),
            subject: SubjectKind::PullRequest,
            number: IssueNumber::new(5),
            comment: CommentId::new(900),
            commenter: Commenter { id: UserId::new(4), login: "writer".into() },
            commented_at: "2026-11-01T10:00:00Z".parse().expect("a time"),
            command: Command { verb: Verb::Implement, instructions: Instructions::Given("be brief".into()) },
        })
    }

    fn run() -> Message {
        Message::Run(RunEvent {
            repo: RepoRef {
                id: RepoId::new(7),
                name: "Octo/Hello".parse().expect("a name"),
                default_branch: "main".into(),
            },
            installation: None,
            run: RunId::new(31),
            attempt: 2,
            action: RunAction::InProgress,
            conclusion: None,
            title: "AI-Implement".into(),
            html_url: "https://github.com/Octo/Hello/actions/runs/31".into(),
            started_at: None,
            updated_at: "2026-11-01T10:00:05Z".parse().expect("a time"),
        })
    }

    /// Messages outlive a deployment: a change here needs a new version, or readers for both.
    #[test]
    fn the_wire_shape_is_pinned() {
        assert_eq!(
            comment().to_json(),
            r#"{"v":1,"type":"comment","repo":{"id":7,"name":"Octo/Hello","default_branch":"main"},"installation":70,"subject":"pull-request","number":5,"comment":900,"commenter":{"id":4,"login":"writer"},"commented_at":"2026-11-01T10:00:00Z","command":{"verb":"implement","instructions":{"given":"be brief"}}}"#
        );
        assert_eq!(
            run().to_json(),
            r#"{"v":1,"type":"run","repo":{"id":7,"name":"Octo/Hello","default_branch":"main"},"run":31,"attempt":2,"action":"in_progress","title":"AI-Implement","html_url":"https://github.com/Octo/Hello/actions/runs/31","updated_at":"2026-11-01T10:00:05Z"}"#
        );
    }

    #[test]
    fn a_message_survives_the_queue() {
        for message in [comment(), run()] {
            assert_eq!(Message::from_json(&message.to_json()).expect("its own form"), message);
        }
    }

    #[test]
    fn groups_and_deduplication_ids_come_from_signed_ids() {
        assert_eq!((comment().group_id(), comment().deduplication_id()), ("7#5".into(), "c:7:900".into()));
        assert_eq!((run().group_id(), run().deduplication_id()), ("run#31".into(), "31:2:in_progress".into()));
    }

    #[test]
    fn a_later_version_is_told_from_nonsense() {
        assert!(matches!(Message::from_json(r#"{"v":2,"type":"comment"}"#), Err(MessageError::Version(2))));
        assert!(matches!(Message::from_json(r#"{"v":1,"type":"later"}"#), Err(MessageError::Shape(_))));
        assert!(matches!(Message::from_json("not json"), Err(MessageError::Shape(_))));
    }
}
