//! What a look at a repository's set-up shows: one implementation for the admin's pages, its API and the comment.
//!
//! Owns the checks, their order, their ids and their words. Never guesses: what could not be looked at is unknown, and says
//! what it would take to look. Whether a run would start is judged by the rules of [`decide`](crate::decide) themselves, and
//! what a run refuses by those of `infra/target-repo/program`.

mod app;
mod bedrock_model;
mod credentials;
mod facts;
mod front_matter;
mod limits;
mod mapping;
mod model;
mod oidc_subject;
mod unseen;
mod variables;
mod workflows;

#[cfg(test)]
pub(crate) mod tests;

use crate::bedrock_setup::BedrockSetUp;
use crate::claim::Claim;
use crate::decide::judge_subject;
use crate::facts::Subject;
use crate::message::SubjectKind;
use crate::refusal::Refusal;

pub(crate) use bedrock_model::BedrockModel;
pub use facts::{
    ActionsFact, AppFact, DeliveryFact, InstallationFact, MappedFact, MappingFact, OidcSubjectFact, Permissions,
    RepositoryFact, SetUpFacts, UsableActions, WorkflowSeen, WorkflowState,
};
pub(crate) use model::models_of;
pub use unseen::{Seen, Unseen};

/// One thing that was looked at. Its words are sentences whose foreign texts stand in code spans.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// By what programs know it; it stays the same.
    pub id: &'static str,
    /// What was looked at, for people.
    pub what: String,
    /// What came of it.
    pub finding: Finding,
}

/// What came of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Finding {
    /// As it should be.
    Pass {
        /// What was seen.
        seen: String,
    },
    /// Runs start, but not as somebody may expect.
    Warn {
        /// What was seen.
        seen: String,
        /// What to do about it.
        remedy: String,
    },
    /// No run can start, or every run fails.
    Fail {
        /// What was seen.
        seen: String,
        /// What to do about it.
        remedy: String,
    },
    /// It could not be looked at.
    Unknown {
        /// Why not.
        why: String,
        /// What it takes to look.
        remedy: String,
    },
}

/// A look at a set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// The checks, in the order in which they are mended.
    pub checks: Vec<Check>,
    /// What Bedrock takes on AWS's side, for a repository that is mapped to it.
    pub bedrock: Option<BedrockSetUp>,
}

/// Looks at what was seen of a repository's set-up.
#[must_use]
pub fn look(facts: &SetUpFacts) -> Report {
    let mut checks = app::checks(facts);
    checks.extend(mapping::checks(facts));
    let Some((mapping, mapped)) = facts.mapped() else { return Report { checks, bedrock: None } };
    checks.extend(workflows::checks(facts.public_url.as_ref(), mapping, mapped));
    checks.extend(credentials::checks(mapping, mapped));
    checks.extend(variables::checks(facts.public_url.as_ref(), mapping, mapped));
    checks.extend(model::checks(mapping, mapped));
    checks.extend(limits::checks(mapping, mapped));
    checks.extend(oidc_subject::check_of(mapping, mapped));
    Report { checks, bedrock: BedrockSetUp::of(&facts.repo, mapping, mapped) }
}

/// Looks at what a comment stands on: a run may be refused there for its own sake.
#[must_use]
pub fn look_at_subject(claim: &Claim, subject: &Subject) -> Check {
    let what = match claim.request.subject() {
        Some((SubjectKind::PullRequest, _)) => "This pull request",
        Some((SubjectKind::Issue, _)) => "This issue",
        None => "This ticket",
    };
    let finding = match judge_subject(subject) {
        Ok(()) => pass("A run may work on it."),
        Err(refusal) => warn(refusal.reason(), refusal.remedy()),
    };
    check("conversation", what, Ok(finding))
}

impl Finding {
    /// The stable word: `pass`, `warn`, `fail` or `unknown`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Pass { .. } => "pass",
            Self::Warn { .. } => "warn",
            Self::Fail { .. } => "fail",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// What was seen, or why nothing was.
    #[must_use]
    pub fn seen(&self) -> &str {
        match self {
            Self::Pass { seen } | Self::Warn { seen, .. } | Self::Fail { seen, .. } => seen,
            Self::Unknown { why, .. } => why,
        }
    }

    /// What to do about it; nothing where all is well.
    #[must_use]
    pub fn remedy(&self) -> Option<&str> {
        match self {
            Self::Pass { .. } => None,
            Self::Warn { remedy, .. } | Self::Fail { remedy, .. } | Self::Unknown { remedy, .. } => Some(remedy),
        }
    }

    /// Of two findings about one thing, the one that has to be told.
    fn graver(self, other: Self) -> Self {
        let gravity = |finding: &Self| match finding {
            Self::Pass { .. } => 0,
            Self::Unknown { .. } => 1,
            Self::Warn { .. } => 2,
            Self::Fail { .. } => 3,
        };
        if gravity(&other) > gravity(&self) { other } else { self }
    }
}

impl From<Unseen> for Finding {
    fn from(unseen: Unseen) -> Self {
        unknown(unseen.why(), unseen.remedy())
    }
}

impl From<Refusal> for Finding {
    fn from(refusal: Refusal) -> Self {
        fail(refusal.reason(), refusal.remedy())
    }
}

/// What could not be seen is unknown.
fn check(id: &'static str, what: impl Into<String>, judged: Seen<Finding>) -> Check {
    Check { id, what: what.into(), finding: judged.unwrap_or_else(Finding::from) }
}

fn pass(seen: impl Into<String>) -> Finding {
    Finding::Pass { seen: seen.into() }
}

fn warn(seen: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding::Warn { seen: seen.into(), remedy: remedy.into() }
}

fn fail(seen: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding::Fail { seen: seen.into(), remedy: remedy.into() }
}

fn unknown(why: impl Into<String>, remedy: impl Into<String>) -> Finding {
    Finding::Unknown { why: why.into(), remedy: remedy.into() }
}
