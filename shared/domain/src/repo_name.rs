//! A repository's full name, `owner/repo`, as people write it and as GitHub's paths want it.
//!
//! Owns the character rules, so that a name that exists here is safe in a URL path. Never an identity: what is
//! looked up is looked up by [`RepoId`](crate::ids::RepoId).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// GitHub's longest account name, in characters.
const MAX_OWNER_LENGTH: usize = 39;
/// GitHub's longest repository name, in characters.
const MAX_REPO_LENGTH: usize = 100;

/// `owner/repo`, shown as written and compared without case, as GitHub does.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RepoFullName {
    owner: String,
    repo: String,
}

/// Why a text is no repository name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RepoNameError {
    /// There is no single slash between two parts.
    #[error("a repository is written owner/repo")]
    Shape,
    /// The part before the slash breaks GitHub's rules for accounts.
    #[error("an owner has 1 to {MAX_OWNER_LENGTH} letters, digits, hyphens or underscores")]
    Owner,
    /// The part behind the slash breaks GitHub's rules for repositories.
    #[error("a repository has 1 to {MAX_REPO_LENGTH} letters, digits, dots, hyphens or underscores")]
    Repo,
}

impl RepoFullName {
    /// Checks both parts against GitHub's rules.
    pub fn new(owner: &str, repo: &str) -> Result<Self, RepoNameError> {
        let owner_ok = is_account_name(owner);
        let repo_ok = (1..=MAX_REPO_LENGTH).contains(&repo.len())
            && repo.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
            && !matches!(repo, "." | "..");
        match (owner_ok, repo_ok) {
            (false, _) => Err(RepoNameError::Owner),
            (_, false) => Err(RepoNameError::Repo),
            _ => Ok(Self { owner: owner.to_owned(), repo: repo.to_owned() }),
        }
    }

    /// The account, as written.
    #[must_use]
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The repository without its owner, as written.
    #[must_use]
    pub fn repo(&self) -> &str {
        &self.repo
    }

    /// The lower-case form that tables are keyed by.
    #[must_use]
    pub fn key(&self) -> String {
        self.to_string().to_ascii_lowercase()
    }
}

/// Whether a text keeps GitHub's rules for the names of accounts: people's and organisations'.
pub(crate) fn is_account_name(text: &str) -> bool {
    (1..=MAX_OWNER_LENGTH).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b))
}

impl PartialEq for RepoFullName {
    fn eq(&self, other: &Self) -> bool {
        self.owner.eq_ignore_ascii_case(&other.owner) && self.repo.eq_ignore_ascii_case(&other.repo)
    }
}

impl Eq for RepoFullName {}

impl fmt::Display for RepoFullName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.owner, self.repo)
    }
}

impl FromStr for RepoFullName {
    type Err = RepoNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (owner, repo) = text.split_once('/').ok_or(RepoNameError::Shape)?;
        if repo.contains('/') {
            return Err(RepoNameError::Shape);
        }
        Self::new(owner, repo)
    }
}

impl TryFrom<String> for RepoFullName {
    type Error = RepoNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RepoFullName> for String {
    fn from(name: RepoFullName) -> Self {
        name.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_shown_as_written_and_compared_without_case() {
        let written: RepoFullName = "Octo/Hello.World".parse().expect("a valid name");
        assert_eq!(written.to_string(), "Octo/Hello.World");
        assert_eq!(written.key(), "octo/hello.world");
        assert_eq!(written, "octo/hello.world".parse().expect("a valid name"));
    }

    #[test]
    fn what_could_change_a_url_path_is_no_name() {
        for text in
            ["octo", "octo/", "/x", "a/b/c", "octo/..", "octo/.", "octo/a%2fb", "octo/a b", "o?o/x", "octo/x#", "ö/x"]
        {
            assert!(text.parse::<RepoFullName>().is_err(), "{text}");
        }
    }

    #[test]
    fn lengths_are_githubs() {
        assert!(RepoFullName::new(&"a".repeat(39), &"b".repeat(100)).is_ok());
        assert_eq!(RepoFullName::new(&"a".repeat(40), "b"), Err(RepoNameError::Owner));
        assert_eq!(RepoFullName::new("a", &"b".repeat(101)), Err(RepoNameError::Repo));
    }
}
