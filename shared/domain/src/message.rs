//! The queue's messages: what one function asks of the worker.
//!
//! Owns the versioned wire shape, the FIFO group that keeps one conversation in order, and the deduplication id.
//! Never holds a whole payload: ids and the words that are needed.

mod addressee;
mod comment;
mod installation;
mod news;
mod open_claim;
mod pull_request;
mod rename;
mod run_event;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::addressee::Addressee;
pub use self::comment::{CommentCommand, Commenter, RepoRef, SubjectKind};
pub use self::installation::{InstallationAction, InstallationChange, NamedRepository};
pub use self::news::News;
pub use self::open_claim::{DueClaim, Resolution, Retry, Verdict};
pub use self::pull_request::PullRequestClosed;
pub use self::rename::RepositoryRenamed;
pub use self::run_event::{RunAction, RunEvent};

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
    /// Somebody decides what becomes of a claim whose outcome is unknown, or takes one back.
    Resolve(Resolution),
    /// Somebody wants a claim's run once more.
    Retry(Retry),
    /// Somebody outside GitHub is to be told of a claim.
    News(News),
    /// A repository has another name, or another owner.
    Renamed(RepositoryRenamed),
    /// The App came to an account or to repositories, or left them.
    Installation(InstallationChange),
    /// A pull request was closed.
    PullRequestClosed(PullRequestClosed),
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
            // Nothing else waits for it.
            Self::News(news) => format!("news#{}", news.claim),
            Self::Due(DueClaim { group, .. })
            | Self::Resolve(Resolution { group, .. })
            | Self::Retry(Retry { group, .. }) => group.clone(),
            Self::Renamed(renamed) => format!("repo#{}", renamed.repo.id),
            Self::Installation(change) => format!("installation#{}", change.installation),
            Self::PullRequestClosed(closed) => format!("{}#{}", closed.repo.id, closed.number),
        }
    }

    /// Two messages with one id within five minutes are one message to the queue. Made from signed facts only.
    #[must_use]
    pub fn deduplication_id(&self) -> String {
        match self {
            Self::Comment(comment) => comment.natural_key(),
            Self::Run(event) => format!("{}:{}:{}", event.run, event.attempt, event.action.as_str()),
            Self::Due(due) => {
                let caller = due.called_by.map(|caller| format!(":{caller}")).unwrap_or_default();
                let revision = due.revision.map(|revision| format!(":{revision}")).unwrap_or_default();
                let asked = if due.asked_by.is_some() { ":asked" } else { "" };
                format!("{}:{}:{}{caller}{revision}{asked}", due.claim, due.epoch, due.due_at.as_millisecond())
            }
            Self::News(News { claim, attempt, news }) => format!("{claim}:{attempt}:{}", news.name()),
            Self::Resolve(word) => format!("{}:{}:{}", word.claim, word.epoch, word.verdict.as_str()),
            Self::Retry(retry) => retry.deduplication_id(),
            Self::Renamed(renamed) => renamed.deduplication_id(),
            Self::Installation(change) => change.deduplication_id(),
            Self::PullRequestClosed(closed) => closed.deduplication_id(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::ClaimId;
    use crate::command::{Command, Instructions, Verb};
    use crate::ids::{CommentId, InstallationId, IssueNumber, RepoId, RunId, UserId};

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
            after: None,
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
            called_by: None,
            revision: None,
            asked_by: None,
        })
    }

    fn asked() -> Message {
        let Message::Due(due) = due() else { unreachable!() };
        Message::Due(DueClaim { asked_by: Some("ops".into()), ..due })
    }

    fn retry(by: &str, key: &str) -> Message {
        Message::Retry(Retry {
            claim: ClaimId::from_parts(1, 1),
            group: "7#5".into(),
            by: by.into(),
            key: key.into(),
            asked_at: "2026-11-01T10:02:00Z".parse().expect("a time"),
        })
    }

    fn resolution(verdict: Verdict) -> Message {
        Message::Resolve(Resolution {
            claim: ClaimId::from_parts(1, 1),
            group: "7#5".into(),
            epoch: 1,
            verdict,
            by: "ops".into(),
        })
    }

    fn renamed() -> Message {
        Message::Renamed(RepositoryRenamed {
            repo: RepoRef {
                id: RepoId::new(7),
                name: "Octo/Hello".parse().expect("a name"),
                default_branch: "main".into(),
            },
            old_name: "Octo/Hi".parse().expect("a name"),
            at: "2026-11-01T10:00:00Z".parse().expect("a time"),
        })
    }

    fn installation(repositories: Option<Vec<NamedRepository>>) -> Message {
        Message::Installation(InstallationChange {
            installation: InstallationId::new(70),
            account: "Octo".into(),
            action: InstallationAction::Removed,
            at: "2026-11-01T10:00:00Z".parse().expect("a time"),
            repositories,
        })
    }

    fn removed() -> Message {
        let name = "Octo/Hello".parse().expect("a name");
        installation(Some(vec![NamedRepository { id: RepoId::new(7), name }]))
    }

    fn closed() -> Message {
        Message::PullRequestClosed(PullRequestClosed {
            repo: RepoRef {
                id: RepoId::new(7),
                name: "Octo/Hello".parse().expect("a name"),
                default_branch: "main".into(),
            },
            number: IssueNumber::new(5),
            closed_at: "2026-11-01T10:00:00Z".parse().expect("a time"),
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
        assert_eq!(asked().to_json(), due().to_json().replace('}', r#","asked_by":"ops"}"#));
        assert_eq!(
            retry("ops", "k").to_json(),
            r#"{"v":1,"type":"retry","claim":"00000000010000000000000001","group":"7#5","by":"ops","key":"k","asked_at":"2026-11-01T10:02:00Z"}"#
        );
        for (verdict, word) in [(Verdict::Retry, "retry"), (Verdict::Drop, "drop"), (Verdict::Cancel, "cancel")] {
            let start = r#"{"v":1,"type":"resolve","claim":"00000000010000000000000001","group":"7#5","epoch":1"#;
            assert_eq!(resolution(verdict).to_json(), format!(r#"{start},"verdict":"{word}","by":"ops"}}"#));
        }
        assert_eq!(
            renamed().to_json(),
            r#"{"v":1,"type":"renamed","repo":{"id":7,"name":"Octo/Hello","default_branch":"main"},"old_name":"Octo/Hi","at":"2026-11-01T10:00:00Z"}"#
        );
        assert_eq!(
            removed().to_json(),
            r#"{"v":1,"type":"installation","installation":70,"account":"Octo","action":"removed","at":"2026-11-01T10:00:00Z","repositories":[{"id":7,"name":"Octo/Hello"}]}"#
        );
        assert_eq!(
            closed().to_json(),
            r#"{"v":1,"type":"pull-request-closed","repo":{"id":7,"name":"Octo/Hello","default_branch":"main"},"number":5,"closed_at":"2026-11-01T10:00:00Z"}"#
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
        let others = [renamed(), removed(), installation(None), closed(), asked(), retry("ops", "k")];
        for message in [comment(), run(), due(), resolution(Verdict::Cancel)].into_iter().chain(others) {
            assert_eq!(Message::from_json(&message.to_json()).expect("its own form"), message);
        }
    }

    #[test]
    fn groups_and_deduplication_ids_come_from_signed_ids() {
        assert_eq!((comment().group_id(), comment().deduplication_id()), ("7#5".into(), "c:7:900".into()));
        assert_eq!((run().group_id(), run().deduplication_id()), ("run#31".into(), "31:2:in_progress".into()));
        let (group, id) = (due().group_id(), due().deduplication_id());
        assert_eq!((group.as_str(), id.as_str()), ("7#5", "00000000010000000000000001:1:1793527320000"));
        assert_eq!(resolution(Verdict::Drop).deduplication_id(), "00000000010000000000000001:1:drop");
        assert_eq!(resolution(Verdict::Cancel).deduplication_id(), "00000000010000000000000001:1:cancel");
        assert_eq!(asked().deduplication_id(), format!("{id}:asked"));
        assert_eq!(retry("ops", "k").group_id(), "7#5");
        assert_eq!(renamed().group_id(), "repo#7");
        assert_eq!(renamed().deduplication_id(), "renamed:7:1793527200:d72a56334d921d69");
        assert_eq!(removed().group_id(), "installation#70");
        assert_eq!(removed().deduplication_id(), "installation:70:removed:1793527200:7");
        assert_eq!(installation(None).deduplication_id(), "installation:70:removed:1793527200:all");
        assert_eq!(closed().group_id(), comment().group_id(), "in order with its commands");
        assert_eq!(closed().deduplication_id(), "closed:7:5:1793527200");
    }

    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
    #[test]
    fn a_retry_is_told_from_others_whatever_characters_its_key_has() {
        let id = |by: &str, key: &str| retry(by, key).deduplication_id();
        let long = "ü".repeat(500);
        for id in [id("ops", "k"), id(&long, &long)] {
            assert!(id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_graphic()), "{id}");
        }
        assert_eq!(id("ops", "k"), id("ops", "k"));
        assert!(id("ops", "k") != id("ops", "l") && id("ops", "k") != id("somebody", "k"));
    }

    /// An older release can't mistake one of these for something else: it fails to read it, tells nobody, and the message
    /// becomes a dead letter. So they need no new version.
    #[test]
    fn nobody_waits_for_an_answer_to_what_an_older_release_can_not_read() {
        for message in [renamed(), removed(), installation(None), closed(), retry("ops", "k")] {
            assert_eq!(Addressee::of_json(&message.to_json()), None, "{message:?}");
        }
    }

    #[test]
    fn a_later_version_is_told_from_nonsense() {
        assert!(matches!(Message::from_json(r#"{"v":2,"type":"comment"}"#), Err(MessageError::Version(2))));
        assert!(matches!(Message::from_json(r#"{"v":1,"type":"later"}"#), Err(MessageError::Shape(_))));
        assert!(matches!(Message::from_json("not json"), Err(MessageError::Shape(_))));
    }
}
