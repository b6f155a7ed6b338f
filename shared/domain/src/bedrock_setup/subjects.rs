//! The subjects of a repository's OIDC tokens, by which a role tells whose run asks.
//! <https://docs.github.com/en/actions/reference/security/oidc>

use crate::doctor::{MappedFact, OidcSubjectFact};
use crate::repo_name::RepoFullName;

/// Both subjects that the runs can carry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subjects {
    /// By names.
    pub legacy: String,
    /// By names and ids; `None` where the ids are not known.
    pub immutable: Option<String>,
    /// Which one is in force.
    pub in_force: SubjectForm,
}

/// Which form of subjects is in force. It is what GitHub says, and never inferred from a repository's age.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectForm {
    /// By names.
    Legacy,
    /// By names and ids.
    Immutable,
    /// One that somebody made up from these claims.
    Customized(Vec<String>),
    /// GitHub doesn't say.
    Unknown,
}

impl Subjects {
    pub(super) fn of(repo: &RepoFullName, mapped: &MappedFact, branch: &str, environment: Option<&str>) -> Self {
        let repository = mapped.repository.as_ref().ok();
        // Capitals count: GitHub's own letters, where they are known.
        let name = repository.map_or(repo, |repository| &repository.name);
        let (owner, repo) = (name.owner(), name.repo());
        let rest = match environment {
            Some(environment) => format!("environment:{environment}"),
            None => format!("ref:refs/heads/{branch}"),
        };
        Self {
            legacy: format!("repo:{owner}/{repo}:{rest}"),
            immutable: repository.map(|it| format!("repo:{owner}@{}/{repo}@{}:{rest}", it.owner_id, it.id)),
            in_force: mapped.oidc_subject.as_ref().map_or(SubjectForm::Unknown, SubjectForm::of),
        }
    }

    /// Those that a role has to trust.
    pub(super) fn all(&self) -> Vec<&str> {
        [Some(&self.legacy), self.immutable.as_ref()].into_iter().flatten().map(String::as_str).collect()
    }
}

impl SubjectForm {
    /// What GitHub's answer says of it.
    #[must_use]
    pub fn of(fact: &OidcSubjectFact) -> Self {
        if let Some(claims) = fact.customized.as_ref().filter(|claims| !claims.is_empty()) {
            return Self::Customized(claims.clone());
        }
        match (fact.is_immutable, &fact.prefix) {
            (Some(true), _) => Self::Immutable,
            (None, Some(prefix)) if prefix.contains('@') => Self::Immutable,
            (Some(false), _) | (None, Some(_)) => Self::Legacy,
            (None, None) => Self::Unknown,
        }
    }

    /// The stable word: `legacy`, `immutable`, `customized` or `unknown`.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Legacy => "legacy",
            Self::Immutable => "immutable",
            Self::Customized(_) => "customized",
            Self::Unknown => "unknown",
        }
    }
}
