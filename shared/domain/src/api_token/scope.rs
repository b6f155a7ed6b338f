//! What a token is for: which repositories, which kinds of run.
//!
//! Owns that neither is ever empty. Repositories are told apart by their ids: a name that changed hands takes no token
//! along, and a repository that changed its name keeps its tokens.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::ids::RepoId;
use crate::message::NamedRepository;
use crate::run_kind::RunKind;

/// What names more repositories is meant for all of them, or for several tokens.
const MAX_REPOSITORIES: usize = 100;

/// The repositories that a token is for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RepositoryScope {
    /// Every one that has a mapping, whenever it gets it.
    All,
    /// These.
    Listed(RepositoryList),
}

/// Some repositories, each with the name that it had when the token was made; at least one, and none twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<NamedRepository>", into = "Vec<NamedRepository>")]
pub struct RepositoryList(Vec<NamedRepository>);

/// Why these are no token's repositories.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RepositoryListError {
    /// There are none.
    #[error("at least one repository")]
    Empty,
    /// There are too many.
    #[error("at most {MAX_REPOSITORIES} repositories")]
    TooMany,
}

/// The kinds of run that a token may start: at least one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Vec<RunKind>", into = "Vec<RunKind>")]
pub struct KindScope(Vec<RunKind>);

/// A token without kinds could do nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at least one kind of run")]
pub struct NoKinds;

impl RepositoryScope {
    pub(super) fn covers(&self, repo: RepoId) -> bool {
        match self {
            Self::All => true,
            Self::Listed(RepositoryList(listed)) => listed.iter().any(|it| it.id == repo),
        }
    }
}

impl RepositoryList {
    /// These repositories; of those with one id, the first.
    pub fn new(repositories: Vec<NamedRepository>) -> Result<Self, RepositoryListError> {
        let mut listed: Vec<NamedRepository> = Vec::new();
        for repository in repositories {
            if listed.iter().all(|known| known.id != repository.id) {
                listed.push(repository);
            }
        }
        Self::check_length(listed.len()).map(|()| Self(listed))
    }

    /// Whether a list of so many can be one, told before anybody looks them up.
    pub const fn check_length(length: usize) -> Result<(), RepositoryListError> {
        match length {
            0 => Err(RepositoryListError::Empty),
            1..=MAX_REPOSITORIES => Ok(()),
            _ => Err(RepositoryListError::TooMany),
        }
    }

    /// Them, in the order in which they were listed.
    pub fn iter(&self) -> impl Iterator<Item = &NamedRepository> {
        self.0.iter()
    }
}

impl TryFrom<Vec<NamedRepository>> for RepositoryList {
    type Error = RepositoryListError;

    fn try_from(repositories: Vec<NamedRepository>) -> Result<Self, Self::Error> {
        Self::new(repositories)
    }
}

impl From<RepositoryList> for Vec<NamedRepository> {
    fn from(list: RepositoryList) -> Self {
        list.0
    }
}

impl KindScope {
    /// These kinds, each once.
    pub fn new(kinds: impl IntoIterator<Item = RunKind>) -> Result<Self, NoKinds> {
        let given: Vec<RunKind> = kinds.into_iter().collect();
        let kinds: Vec<RunKind> = RunKind::ALL.into_iter().filter(|kind| given.contains(kind)).collect();
        if kinds.is_empty() { Err(NoKinds) } else { Ok(Self(kinds)) }
    }

    /// Them, in one order for all tokens.
    pub fn iter(&self) -> impl Iterator<Item = RunKind> {
        self.0.iter().copied()
    }

    pub(super) fn covers(&self, kind: RunKind) -> bool {
        self.0.contains(&kind)
    }
}

impl TryFrom<Vec<RunKind>> for KindScope {
    type Error = NoKinds;

    fn try_from(kinds: Vec<RunKind>) -> Result<Self, Self::Error> {
        Self::new(kinds)
    }
}

impl From<KindScope> for Vec<RunKind> {
    fn from(scope: KindScope) -> Self {
        scope.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    fn repository(id: u64) -> NamedRepository {
        NamedRepository { id: RepoId::new(id), name: format!("octo/r{id}").parse().expect("a name") }
    }

    #[test]
    fn a_list_has_one_to_a_hundred_repositories() {
        let many = |count| RepositoryList::new((0..count).map(repository).collect()).map(|list| list.iter().count());
        assert_eq!(many(0), Err(RepositoryListError::Empty));
        assert_eq!(many(1), Ok(1));
        assert_eq!(many(100), Ok(100));
        assert_eq!(many(101), Err(RepositoryListError::TooMany));
    }

    #[test]
    fn a_repository_that_is_listed_under_two_names_is_one() {
        let renamed = NamedRepository { name: "octo/other".parse().expect("a name"), ..repository(7) };
        let list = RepositoryList::new(vec![repository(7), renamed]).expect("some");
        assert_eq!(list.iter().map(|it| it.name.to_string()).collect::<Vec<_>>(), ["octo/r7"]);
    }

    #[test]
    fn a_scope_without_kinds_is_none() {
        assert_eq!(KindScope::new([]), Err(NoKinds));
    }

    proptest! {
        #[test]
        fn a_list_covers_what_it_names_and_nothing_else(ids in vec(0..40_u64, 1..100), asked in 0..40_u64) {
            let list = RepositoryList::new(ids.iter().copied().map(repository).collect()).expect("some");
            prop_assert_eq!(RepositoryScope::Listed(list).covers(RepoId::new(asked)), ids.contains(&asked));
            prop_assert!(RepositoryScope::All.covers(RepoId::new(asked)));
        }

        #[test]
        fn kinds_cover_what_they_name_in_whatever_order(kinds in vec(select(&RunKind::ALL), 1..6)) {
            let scope = KindScope::new(kinds.clone()).expect("some");
            for kind in RunKind::ALL {
                prop_assert_eq!(scope.covers(kind), kinds.contains(&kind));
            }
            prop_assert_eq!(scope, KindScope::new(kinds.into_iter().rev()).expect("some"));
        }
    }
}
