//! What has to be known before a command is judged, gathered by the caller and judged by [`decide`](crate::decide).
//!
//! Owns the shapes of the facts. Never fetches one, and holds no fact that wasn't read live: an event's
//! `author_association` is not among them.

use crate::claim::Claim;
use crate::doctor::SetUpFacts;
use crate::mapping::{Mapping, MappingFaults};
use crate::refusal::Busy;
use crate::run_callback::Callbacks;
use crate::workflow_file::{DeclarationFault, WorkflowDeclaration};

/// Everything that judging one command takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Facts {
    /// By what right it is asked.
    pub authority: Authority,
    /// The earlier commands of the conversation, the oldest first; for commands that ask about them.
    pub earlier: Vec<Claim>,
    /// What the repository wants; for commands that could start a run.
    pub repository: RepositoryFacts,
    /// What was seen of the set-up, and what it was asked on; for a command that asks for it.
    pub set_up: Option<Box<(SetUpFacts, Subject)>>,
}

impl Facts {
    /// Whether the workflow has to be told at its dispatch where its run reports.
    #[must_use]
    pub fn takes_callbacks(&self) -> bool {
        let RepositoryFacts::Mapped(mapped) = &self.repository else { return false };
        match &mapped.workflow {
            WorkflowFact::Declared(declaration) => declaration.takes_callback(),
            WorkflowFact::Missing | WorkflowFact::Undispatchable(_) => false,
        }
    }

    /// The same facts, with where runs report.
    #[must_use]
    pub fn with_callbacks(mut self, callbacks: Callbacks) -> Self {
        if let RepositoryFacts::Mapped(mapped) = &mut self.repository {
            mapped.callbacks = Some(callbacks);
        }
        self
    }
}

/// By what right a run is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Authority {
    /// A commenter's permission, read live.
    Commenter(Permission),
    /// A program's, which was judged when it asked: it has a token for this repository and kind of run.
    Caller,
}

/// A commenter's permission on the repository.
/// <https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permission {
    /// The exact role: `read`, `triage`, `write`, `maintain`, `admin`, or a custom role's name.
    pub role_name: Option<String>,
    /// The legacy word, in which a custom role shows as what it builds on: `none`, `read`, `write`, `admin`.
    pub legacy: String,
}

impl Permission {
    /// Whether the commenter may have runs started.
    #[must_use]
    pub fn may_write(&self) -> bool {
        self.role_name.as_deref().is_some_and(|role| matches!(role, "write" | "maintain" | "admin"))
            || matches!(self.legacy.as_str(), "write" | "admin")
    }

    /// The word to show a person.
    #[must_use]
    pub fn word(&self) -> &str {
        self.role_name.as_deref().unwrap_or(&self.legacy)
    }
}

/// What the repository wants and holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RepositoryFacts {
    /// The command needs none of it.
    NotAsked,
    /// There is no mapping.
    Unmapped,
    /// The stored mapping breaks a rule: somebody wrote to the table by hand.
    Invalid(MappingFaults),
    /// There is one.
    Mapped(Box<MappedFacts>),
}

/// What a mapped repository holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedFacts {
    /// The settings.
    pub mapping: Mapping,
    /// What the command was written on.
    pub subject: Subject,
    /// The task's workflow file at the dispatch ref.
    pub workflow: WorkflowFact,
    /// What is under way in this conversation.
    pub in_flight: Option<Busy>,
    /// What was last dispatched in this conversation.
    pub last: Option<Claim>,
    /// Where runs report, for workflows that are told at their dispatch.
    pub callbacks: Option<Callbacks>,
}

/// What a command was written on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// A pull request.
    PullRequest(PullRequest),
    /// An issue.
    Issue(Issue),
    /// A ticket that GitHub knows nothing of; the request has its words.
    Ticket,
}

/// A pull request as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PullRequest {
    /// Neither closed nor merged.
    pub is_open: bool,
    /// The head's branch.
    pub head_branch: String,
    /// The head's commit.
    pub head_sha: String,
    /// The head stands in this repository, not in a fork.
    pub head_is_here: bool,
    /// The title.
    pub title: String,
    /// The body.
    pub body: String,
}

/// An issue as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// Not closed.
    pub is_open: bool,
    /// The title.
    pub title: String,
    /// The body.
    pub body: String,
}

/// The workflow file at the dispatch ref.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WorkflowFact {
    /// There is none.
    Missing,
    /// There is one, and it can't be dispatched.
    Undispatchable(DeclarationFault),
    /// It can be dispatched with these inputs.
    Declared(WorkflowDeclaration),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_writers_and_above_may_write() {
        for (role, legacy, may) in [
            (Some("admin"), "admin", true),
            (Some("maintain"), "write", true),
            (Some("write"), "write", true),
            (Some("security-team"), "write", true),
            (None, "write", true),
            (Some("triage"), "read", false),
            (Some("read"), "read", false),
            (Some("security-team"), "read", false),
            (None, "none", false),
            (Some("Admin"), "", false),
        ] {
            let permission = Permission { role_name: role.map(str::to_owned), legacy: legacy.to_owned() };
            assert_eq!(permission.may_write(), may, "{role:?} {legacy}");
        }
    }
}
