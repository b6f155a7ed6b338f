//! The queue's messages: what one function asks of the worker.
//!
//! Owns the versioned wire shape, the FIFO group that keeps one conversation in order, and the deduplication id.
//! Never holds a whole payload: ids and the words that are needed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::claim::{ClaimId, RunRef};
use crate::command::Command;
use crate::ids::{CommentId, InstallationId, IssueNumber, RepoId, RunId, UserId};
use crate::repo_name::RepoFullName;
use crate::run::{RunSnapshot, RunStatus};

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
    /// Nothing happened to a claim for as long as was good: what its state asks for is to be done.
    Due(DueClaim),
    /// A person decides what becomes of a claim whose outcome is unknown.
    Resolve(Resolution),
}

/// A claim that has to be looked at again. What is to be done follows from its state when the message arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueClaim {
    /// Which.
    pub claim: ClaimId,
    /// The group of its command's messages, in which all of its work is done in order.
    pub group: String,
    /// Its epoch.
    pub epoch: u32,
    /// When it was due.
    pub due_at: Timestamp,
}

/// A person's word on a claim whose outcome is unknown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Which.
    pub claim: ClaimId,
    /// The group of its command's messages.
    pub group: String,
    /// Its epoch when the person saw it.
    pub epoch: u32,
    /// What is to become of it.
    pub verdict: Verdict,
    /// Who says so, as people are told.
    pub by: String,
}

/// What a person makes of a claim whose outcome is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is dispatched once more.
    Retry,
    /// There will be no run.
    Drop,
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
            Self::Comment(comment) => comment.group_id(),
            Self::Run(event) => format!("run#{}", event.run),
            Self::Due(DueClaim { group, .. }) | Self::Resolve(Resolution { group, .. }) => group.clone(),
        }
    }

    /// Two messages with one id within five minutes are one message to the queue. Made from signed facts only.
    #[must_use]
    pub fn deduplication_id(&self) -> String {
        match self {
            Self::Comment(comment) => comment.natural_key(),
            Self::Run(event) => format!("{}:{}:{}", event.run, event.attempt, event.action.as_str()),
            Self::Due(due) => format!("{}:{}:{}", due.claim, due.epoch, due.due_at.as_millisecond()),
            Self::Resolve(word) => format!("{}:{}:{}", word.claim, word.epoch, word.verdict.as_str()),
        }
    }
}

impl Verdict {
    /// Its stable word, for requests and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Drop => "drop",
        }
    }
}

impl RunEvent {
    /// The run as this event shows it.
    #[must_use]
    pub fn snapshot(&self) -> RunSnapshot {
        RunSnapshot {
            run: RunRef { id: self.run, html_url: self.html_url.clone() },
            attempt: self.attempt,
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

impl CommentCommand {
    /// Everything about one conversation is worked on in order.
    #[must_use]
    pub fn group_id(&self) -> String {
        format!("{}#{}", self.repo.id, self.number)
    }

    /// What makes a comment's claim unique, whatever the delivery: `c:<repo id>:<comment id>`.
    #[must_use]
    pub fn natural_key(&self) -> String {
        Self::natural_key_of(self.repo.id, self.comment)
    }

    /// The natural key of a comment that is not known to be a command yet.
    #[must_use]
    pub fn natural_key_of(repo: RepoId, comment: CommentId) -> String {
        format!("c:{repo}:{comment}")
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

    fn due() -> Message {
        Message::Due(DueClaim {
            claim: ClaimId::from_parts(1, 1),
            group: "7#5".into(),
            epoch: 1,
            due_at: "2026-11-01T10:02:00Z".parse().expect("a time"),
        })
    }

    fn resolution() -> Message {
        Message::Resolve(Resolution {
            claim: ClaimId::from_parts(1, 1),
            group: "7#5".into(),
            epoch: 1,
            verdict: Verdict::Drop,
            by: "ops".into(),
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
        assert_eq!(
            due().to_json(),
            r#"{"v":1,"type":"due","claim":"00000000010000000000000001","group":"7#5","epoch":1,"due_at":"2026-11-01T10:02:00Z"}"#
        );
        assert_eq!(
            resolution().to_json(),
            r#"{"v":1,"type":"resolve","claim":"00000000010000000000000001","group":"7#5","epoch":1,"verdict":"drop","by":"ops"}"#
        );
    }

    #[test]
    fn the_addressee_of_a_later_versions_message_is_found() {
        let later = comment().to_json().replace(r#""v":1"#, r#""v":9"#).replace(r#""command":"#, r#""order":"#);
        assert!(Message::from_json(&later).is_err());
        let Message::Comment(command) = comment() else { unreachable!() };
        assert_eq!(Addressee::of_json(&later), Some(Addressee::from(&command)));
        assert_eq!(Addressee::of_json(r#"{"v":9,"type":"run","run":3}"#), None);
    }

    #[test]
    fn a_message_survives_the_queue() {
        for message in [comment(), run(), due(), resolution()] {
            assert_eq!(Message::from_json(&message.to_json()).expect("its own form"), message);
        }
    }

    #[test]
    fn groups_and_deduplication_ids_come_from_signed_ids() {
        assert_eq!((comment().group_id(), comment().deduplication_id()), ("7#5".into(), "c:7:900".into()));
        assert_eq!((run().group_id(), run().deduplication_id()), ("run#31".into(), "31:2:in_progress".into()));
        let (group, id) = (due().group_id(), due().deduplication_id());
        assert_eq!((group.as_str(), id.as_str()), ("7#5", "00000000010000000000000001:1:1793527320000"));
        assert_eq!(resolution().deduplication_id(), "00000000010000000000000001:1:drop");
    }

    #[test]
    fn a_later_version_is_told_from_nonsense() {
        assert!(matches!(Message::from_json(r#"{"v":2,"type":"comment"}"#), Err(MessageError::Version(2))));
        assert!(matches!(Message::from_json(r#"{"v":1,"type":"later"}"#), Err(MessageError::Shape(_))));
        assert!(matches!(Message::from_json("not json"), Err(MessageError::Shape(_))));
    }
}
