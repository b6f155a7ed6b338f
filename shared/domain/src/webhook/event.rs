//! From a signed JSON text to one of the few events that we act on.
//!
//! Owns the recognition of events and the reasons for passing one over. The body's shape decides what it is, because
//! the `X-GitHub-Event` header is not signed; a header that says otherwise makes the delivery bad, not something else.
//! Never acts, and keeps nothing of a payload but what the queue's message carries.

use serde::de::DeserializeOwned;
use thiserror::Error;

use super::outline::{Outline, is_ours};
use super::payload::{IssueComment, PullRequestEvent, Repository, User, WorkflowRun};
use super::{installation, rename};
use crate::command::Command;
use crate::ids::{CommentId, InstallationId, IssueNumber, RepoId, RunId, UserId};
use crate::message::{
    CommentCommand, Commenter, Message, PullRequestClosed, RepoRef, RunAction, RunEvent, SubjectKind,
};
use crate::repo_name::RepoFullName;

/// What a delivery is to us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// To be queued; several messages only where one would be too large.
    Accepted(Vec<Message>),
    /// GitHub says hello after a hook was made.
    Ping,
    /// Not for us; leaves no trace.
    Ignored(Ignored),
}

/// Why a sound delivery is passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// An event that we don't act on.
    EventNotHandled,
    /// An action of a known event that we don't act on, such as an edited comment.
    ActionNotHandled,
    /// The comment is by a bot, an App, or an account that is gone.
    NotByAPerson,
    /// The comment is no command.
    NotACommand,
    /// The conversation is locked.
    ConversationLocked,
    /// A workflow run that nobody dispatched.
    NotADispatchedRun,
    /// A change of the App's installation that no repository can be found by.
    NoRepositories,
}

impl Ignored {
    /// The stable word for logs, metrics and answers.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::EventNotHandled => "event-not-handled",
            Self::ActionNotHandled => "action-not-handled",
            Self::NotByAPerson => "not-by-a-person",
            Self::NotACommand => "not-a-command",
            Self::ConversationLocked => "conversation-locked",
            Self::NotADispatchedRun => "not-a-dispatched-run",
            Self::NoRepositories => "no-repositories",
        }
    }
}

/// Why a signed body can't be read.
#[derive(Debug, Error)]
pub enum BadPayload {
    /// Not a JSON object, or one of its members has another shape than GitHub's.
    #[error("the body is not a payload of GitHub's")]
    Shape(#[source] serde_json::Error),
    /// Not a JSON object at all.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// The repository's name breaks GitHub's own rules.
    #[error("the repository's name can't be one")]
    RepositoryName(#[from] crate::repo_name::RepoNameError),
    /// The unsigned header and the signed body disagree.
    #[error("the body is not of the event that the header names")]
    EventMismatch,
}

/// Reads a delivery whose signature matched. `event_header` is the value of `X-GitHub-Event`.
pub fn read(event_header: Option<&str>, json: &[u8]) -> Result<Event, BadPayload> {
    if json.iter().find(|byte| !byte.is_ascii_whitespace()) != Some(&b'{') {
        return Err(BadPayload::NotAnObject);
    }
    let outline: Outline = shape(json)?;
    let event = outline.event();
    if event.is_some_and(|event| event_header != Some(event)) || (event.is_none() && is_ours(event_header)) {
        return Err(BadPayload::EventMismatch);
    }
    match event {
        Some("issue_comment") => comment(outline.action.as_deref(), json),
        Some("workflow_run") => run(outline.action.as_deref(), json),
        Some("pull_request") => pull_request(outline.action.as_deref(), json),
        Some("repository") => rename::of_repository(json),
        Some("installation") => installation::of_installation(outline.action.as_deref(), json),
        Some("installation_repositories") => installation::of_repositories(outline.action.as_deref(), json),
        Some(_) => Ok(Event::Ping),
        None => Ok(Event::Ignored(Ignored::EventNotHandled)),
    }
}

fn comment(action: Option<&str>, json: &[u8]) -> Result<Event, BadPayload> {
    if action != Some("created") {
        return Ok(Event::Ignored(Ignored::ActionNotHandled));
    }
    let payload: IssueComment = shape(json)?;
    let Some(commenter) = person(payload.sender.as_ref(), payload.comment.user.as_ref()) else {
        return Ok(Event::Ignored(Ignored::NotByAPerson));
    };
    let Some(command) = payload.comment.body.as_deref().and_then(Command::parse) else {
        return Ok(Event::Ignored(Ignored::NotACommand));
    };
    if payload.issue.locked {
        return Ok(Event::Ignored(Ignored::ConversationLocked));
    }
    let subject = if payload.issue.pull_request.is_some() { SubjectKind::PullRequest } else { SubjectKind::Issue };
    Ok(Event::Accepted(vec![Message::Comment(CommentCommand {
        repo: repo_ref(&payload.repository)?,
        installation: payload.installation.map(|installation| InstallationId::new(installation.id)),
        subject,
        number: IssueNumber::new(payload.issue.number),
        comment: CommentId::new(payload.comment.id),
        commenter,
        commented_at: payload.comment.created_at,
        after: None,
        command,
    })]))
}

/// The person who wrote the comment and sent the event; `None` when they differ, are gone, or are no person.
fn person(sender: Option<&User>, author: Option<&User>) -> Option<Commenter> {
    let (sender, author) = (sender?, author?);
    let human = sender.kind == "User" && author.kind == "User" && !author.login.ends_with("[bot]");
    (human && sender.id == author.id).then(|| Commenter { id: UserId::new(author.id), login: author.login.clone() })
}

fn run(action: Option<&str>, json: &[u8]) -> Result<Event, BadPayload> {
    let Some(action) = action.and_then(RunAction::parse) else {
        return Ok(Event::Ignored(Ignored::ActionNotHandled));
    };
    let WorkflowRun { workflow_run, repository, installation } = shape(json)?;
    if workflow_run.event != "workflow_dispatch" {
        return Ok(Event::Ignored(Ignored::NotADispatchedRun));
    }
    Ok(Event::Accepted(vec![Message::Run(RunEvent {
        repo: repo_ref(&repository)?,
        installation: installation.map(|installation| InstallationId::new(installation.id)),
        run: RunId::new(workflow_run.id),
        attempt: workflow_run.run_attempt.unwrap_or(1),
        action,
        conclusion: workflow_run.conclusion,
        title: workflow_run.display_title.unwrap_or_default(),
        html_url: workflow_run.html_url,
        started_at: workflow_run.run_started_at,
        updated_at: workflow_run.updated_at,
    })]))
}

fn pull_request(action: Option<&str>, json: &[u8]) -> Result<Event, BadPayload> {
    if action != Some("closed") {
        return Ok(Event::Ignored(Ignored::ActionNotHandled));
    }
    let PullRequestEvent { number, pull_request, repository } = shape(json)?;
    Ok(Event::Accepted(vec![Message::PullRequestClosed(PullRequestClosed {
        repo: repo_ref(&repository)?,
        number: IssueNumber::new(number),
        closed_at: pull_request.closed_at,
    })]))
}

pub(super) fn repo_ref(repository: &Repository) -> Result<RepoRef, BadPayload> {
    let name: RepoFullName = repository.full_name.parse()?;
    Ok(RepoRef { id: RepoId::new(repository.id), name, default_branch: repository.default_branch.clone() })
}

pub(super) fn shape<T: DeserializeOwned>(json: &[u8]) -> Result<T, BadPayload> {
    serde_json::from_slice(json).map_err(BadPayload::Shape)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::command::Verb;

    fn payload() -> Value {
        json!({
            "action": "created",
            "comment": {"id": 9_007_199_254_740_993_u64, "body": "/ai-implement", "created_at": "2026-11-01T10:00:00Z",
                "user": {"id": 4, "login": "writer", "type": "User"}},
            "issue": {"number": 1, "locked": false, "state": "open", "pull_request": {"url": "…"}},
            "repository": {"id": 7, "full_name": "Octo/Hello", "default_branch": "main"},
            "installation": {"id": 70},
            "sender": {"id": 4, "login": "writer", "type": "User"},
        })
    }

    fn read_comment(payload: &Value) -> Result<Event, BadPayload> {
        read(Some("issue_comment"), payload.to_string().as_bytes())
    }

    fn accepted(payload: &Value) -> CommentCommand {
        let Ok(Event::Accepted(mut messages)) = read_comment(payload) else { panic!("accepted") };
        let (Some(Message::Comment(command)), true) = (messages.pop(), messages.is_empty()) else {
            panic!("one comment")
        };
        command
    }

    fn reason(payload: &Value) -> &'static str {
        match read_comment(payload) {
            Ok(Event::Ignored(ignored)) => ignored.code(),
            other => panic!("expected an ignored event, got {other:?}"),
        }
    }

    fn with(pointer: &str, value: Value) -> Value {
        let mut payload = payload();
        *payload.pointer_mut(pointer).expect("a member of the payload") = value;
        payload
    }

    #[test]
    fn a_command_on_a_pull_request_is_accepted_with_exact_ids() {
        let command = accepted(&payload());
        assert_eq!(command.comment.get(), 9_007_199_254_740_993);
        assert_eq!(command.subject, SubjectKind::PullRequest);
        assert_eq!(command.command.verb, Verb::Implement);
        assert_eq!(command.installation, Some(InstallationId::new(70)));
    }

    #[test]
    fn a_repository_hook_carries_no_installation() {
        let mut payload = payload();
        payload.as_object_mut().expect("an object").remove("installation");
        assert_eq!(accepted(&payload).installation, None);
    }

    #[test]
    fn an_issue_is_told_from_a_pull_request() {
        assert_eq!(accepted(&with("/issue/pull_request", Value::Null)).subject, SubjectKind::Issue);
    }

    #[test]
    fn what_is_not_for_us_is_passed_over_with_its_reason() {
        assert_eq!(reason(&with("/action", json!("edited"))), "action-not-handled");
        assert_eq!(reason(&with("/action", json!("deleted"))), "action-not-handled");
        assert_eq!(reason(&with("/action", Value::Null)), "action-not-handled");
        assert_eq!(reason(&with("/sender/type", json!("Bot"))), "not-by-a-person");
        assert_eq!(reason(&with("/comment/user/login", json!("helper[bot]"))), "not-by-a-person");
        assert_eq!(reason(&with("/comment/user", json!({"id": 4, "login": "writer"}))), "not-by-a-person");
        assert_eq!(reason(&with("/comment/user", Value::Null)), "not-by-a-person");
        assert_eq!(reason(&with("/sender", Value::Null)), "not-by-a-person");
        assert_eq!(reason(&with("/sender/id", json!(5))), "not-by-a-person");
        assert_eq!(reason(&with("/comment/body", json!("looks good"))), "not-a-command");
        assert_eq!(reason(&with("/comment/body", Value::Null)), "not-a-command");
        assert_eq!(reason(&with("/issue/locked", json!(true))), "conversation-locked");
    }

    #[test]
    fn the_header_must_agree_with_the_shape() {
        let body = payload().to_string();
        for header in [None, Some("issues"), Some("workflow_run"), Some("ping"), Some("Issue_Comment")] {
            assert!(matches!(read(header, body.as_bytes()), Err(BadPayload::EventMismatch)), "{header:?}");
        }
        for header in
            ["issue_comment", "workflow_run", "ping", "pull_request", "installation", "installation_repositories"]
        {
            assert!(matches!(read(Some(header), b"{}"), Err(BadPayload::EventMismatch)), "{header}");
        }
        for header in ["push", "repository"] {
            assert_eq!(read(Some(header), b"{}").expect("sound"), Event::Ignored(Ignored::EventNotHandled));
        }
    }

    #[test]
    fn other_shapes_are_bad() {
        for (pointer, value) in [
            ("/comment/id", json!("1")),
            ("/comment/id", json!(-1)),
            ("/comment/id", json!(1.5)),
            ("/comment/created_at", json!("yesterday")),
            ("/comment", json!([])),
            ("/issue/number", Value::Null),
            ("/repository/full_name", json!("../../etc")),
            ("/repository", json!({})),
            ("/action", json!(1)),
        ] {
            assert!(read_comment(&with(pointer, value.clone())).is_err(), "{pointer} = {value}");
        }
    }

    #[test]
    fn bodies_that_are_no_objects_are_bad() {
        for body in ["", "null", "[]", "\"x\"", "{", "{\"action\":", "[{}]", "\u{feff}{}", "{} {}"] {
            assert!(read(Some("issue_comment"), body.as_bytes()).is_err(), "{body:?}");
        }
    }

    #[test]
    fn a_repeated_key_is_bad() {
        let body = payload().to_string().replacen("\"action\"", "\"action\":\"edited\",\"action\"", 1);
        assert!(read(Some("issue_comment"), body.as_bytes()).is_err());
        let body = payload().to_string().replacen("\"full_name\"", "\"full_name\":\"evil/x\",\"full_name\"", 1);
        assert!(read(Some("issue_comment"), body.as_bytes()).is_err());
    }

    #[test]
    fn deep_nesting_is_refused_without_harm() {
        let deep = format!("{{\"comment\":{}{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(read(Some("issue_comment"), deep.as_bytes()).is_err());
    }

    #[test]
    fn only_dispatched_runs_matter() {
        let payload = |event: &str| {
            json!({"action": "completed", "workflow": {}, "repository": {"id": 7, "full_name": "o/r", "default_branch": "main"},
                "workflow_run": {"id": 5, "run_attempt": 2, "event": event, "conclusion": "success", "display_title": "t",
                    "html_url": "https://github.com/o/r/actions/runs/5", "updated_at": "2026-11-01T10:00:00Z"}})
            .to_string()
        };
        let read = |event| read(Some("workflow_run"), payload(event).as_bytes()).expect("a sound payload");
        assert!(matches!(read("workflow_dispatch"), Event::Accepted(_)));
        assert_eq!(read("push"), Event::Ignored(Ignored::NotADispatchedRun));
        let unnamed = payload("push").replace("\"workflow\":{}", "\"workflow\":null");
        let read = super::read(Some("workflow_run"), unnamed.as_bytes()).expect("GitHub may leave the workflow null");
        assert_eq!(read, Event::Ignored(Ignored::NotADispatchedRun));
    }
}
