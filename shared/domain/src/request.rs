//! What was asked of us: by a command in a comment, or by a call of the dispatch API.
//!
//! Owns what both have in common: where, by whom, when, what makes it one request however often it comes, and what it must
//! have to itself while it runs. Never judges whether it may.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::command::Instructions;
use crate::ids::{CommentId, InstallationId, IssueNumber, RepoId};
use crate::message::{CommentCommand, RepoRef, SubjectKind};
use crate::planning_context::PlanningContext;
use crate::run_kind::RunKind;
use crate::ticket::Ticket;

/// One request, as its claim remembers it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(clippy::large_enum_variant, reason = "nearly every claim is a comment's")]
pub enum Request {
    /// A command in a comment.
    Comment(CommentCommand),
    /// A call of the dispatch API.
    Api(Box<ApiRequest>),
}

/// A run that a program asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiRequest {
    /// Where.
    pub repo: RepoRef,
    /// The App's installation there, where it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub installation: Option<InstallationId>,
    /// What the run is for.
    pub kind: RunKind,
    /// The pull request whose gaps are filled, or the issue that the ticket is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<IssueNumber>,
    /// The ticket; without one, the pull request or issue is asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ticket: Option<Ticket>,
    /// The operator's words for the run.
    #[serde(default)]
    pub instructions: Instructions,
    /// What a plan is told of the tickets around its own.
    #[serde(default, skip_serializing_if = "PlanningContext::is_empty")]
    pub planning: PlanningContext,
    /// Who asks.
    pub caller: Caller,
    /// The caller's `Idempotency-Key`.
    pub key: String,
    /// The SHA-256 of what was asked, in hexadecimal: the same key with something else is a mistake.
    pub payload: String,
    /// The claim that this one does again, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_of: Option<crate::claim::ClaimId>,
    /// When.
    pub asked_at: Timestamp,
}

/// A program that asks for runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// Its stable identity: `token:<id>` of an API token, `repo:<repository id>` of a repository's own workflows, or
    /// `admin:<login>` of a person who is signed in.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// What one run at a time may work on: a pull request or an issue, or a ticket that GitHub knows nothing of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place(String);

impl Place {
    /// A pull request's or an issue's.
    #[must_use]
    pub fn of_number(repo: RepoId, number: IssueNumber) -> Self {
        Self(format!("{repo}#{number}"))
    }

    fn of_ticket(repo: RepoId, ticket: &str) -> Self {
        let digest = Sha256::digest(ticket);
        let (start, _) = digest.split_first_chunk().expect("a digest of 32 bytes");
        Self(format!("{repo}#ticket:{:016x}", u64::from_be_bytes(*start)))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Request {
    /// The repository.
    #[must_use]
    pub const fn repo(&self) -> &RepoRef {
        match self {
            Self::Comment(command) => &command.repo,
            Self::Api(request) => &request.repo,
        }
    }

    /// The App's installation there, as far as the request told.
    #[must_use]
    pub const fn installation(&self) -> Option<InstallationId> {
        match self {
            Self::Comment(command) => command.installation,
            Self::Api(request) => request.installation,
        }
    }

    /// The number behind `#`, where the request is about a pull request or an issue: there people are told.
    #[must_use]
    pub const fn number(&self) -> Option<IssueNumber> {
        match self {
            Self::Comment(command) => Some(command.number),
            Self::Api(request) => request.number,
        }
    }

    /// What that number is of.
    #[must_use]
    pub const fn subject(&self) -> Option<(SubjectKind, IssueNumber)> {
        match self {
            Self::Comment(command) => Some((command.subject, command.number)),
            Self::Api(request) => match (request.number, request.kind) {
                (None, _) => None,
                (Some(number), RunKind::GapFill) => Some((SubjectKind::PullRequest, number)),
                (Some(number), RunKind::Implement | RunKind::Plan) => Some((SubjectKind::Issue, number)),
            },
        }
    }

    /// The command, where a person wrote one.
    #[must_use]
    pub const fn command(&self) -> Option<&CommentCommand> {
        match self {
            Self::Comment(command) => Some(command),
            Self::Api(_) => None,
        }
    }

    /// The comment that asked.
    #[must_use]
    pub const fn comment(&self) -> Option<CommentId> {
        match self {
            Self::Comment(command) => Some(command.comment),
            Self::Api(_) => None,
        }
    }

    /// Who asked, as people are told: a login, or the name of a program.
    #[must_use]
    pub const fn asker(&self) -> &str {
        match self {
            Self::Comment(command) => command.commenter.login.as_str(),
            Self::Api(request) => request.caller.name.as_str(),
        }
    }

    /// Who asked, as it never changes.
    #[must_use]
    pub fn asker_id(&self) -> String {
        match self {
            Self::Comment(command) => command.commenter.id.to_string(),
            Self::Api(request) => request.caller.id.clone(),
        }
    }

    /// When.
    #[must_use]
    pub const fn asked_at(&self) -> Timestamp {
        match self {
            Self::Comment(command) => command.commented_at,
            Self::Api(request) => request.asked_at,
        }
    }

    /// The operator's words for the run.
    #[must_use]
    pub const fn instructions(&self) -> &Instructions {
        match self {
            Self::Comment(command) => &command.command.instructions,
            Self::Api(request) => &request.instructions,
        }
    }

    /// What the run has to itself.
    #[must_use]
    pub fn place(&self) -> Place {
        let repo = self.repo().id;
        match self {
            Self::Comment(command) => Place::of_number(repo, command.number),
            Self::Api(request) => match (request.number, &request.ticket) {
                (Some(number), _) => Place::of_number(repo, number),
                (None, Some(ticket)) => Place::of_ticket(repo, &ticket.id),
                (None, None) => Place::of_ticket(repo, &request.key),
            },
        }
    }

    /// What makes the request one, however often it comes: `c:<repo id>:<comment id>`, `p:<claim of the plan>` or
    /// `a:<caller>:<Idempotency-Key>`.
    #[must_use]
    pub fn natural_key(&self) -> String {
        match self {
            Self::Comment(command) => command.natural_key(),
            Self::Api(request) => ApiRequest::natural_key_of(&request.caller, &request.key),
        }
    }
}

impl ApiRequest {
    /// The natural key of a caller's `Idempotency-Key`.
    #[must_use]
    pub fn natural_key_of(caller: &Caller, key: &str) -> String {
        format!("a:{}:{key}", caller.id)
    }
}

/// SHA-256 in hexadecimal, as a request's `payload` has it.
#[must_use]
pub fn digest(bytes: &[u8]) -> String {
    use fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        // Writing to a string never fails.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

impl From<CommentCommand> for Request {
    fn from(command: CommentCommand) -> Self {
        Self::Comment(command)
    }
}

impl From<ApiRequest> for Request {
    fn from(request: ApiRequest) -> Self {
        Self::Api(Box::new(request))
    }
}
