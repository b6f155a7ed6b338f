//! Where a list of claims goes on.
//!
//! Owns the cursors' forms. Each names a place in its index, so that claims which wait equally long are told apart, and it
//! stays good when the claim that was there has moved on, or is gone.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use domain::claim::ClaimId;
use domain::ids::RepoId;

use super::{claim_item, claim_partition};
use crate::error::StoreError;
use crate::table::{DUE_AT, META, OPEN_KEY, PARTITION_KEY, REPO_KEY, SORT_KEY, TIME_KEY, string};

type Item = HashMap<String, AttributeValue>;

/// What tells the cursors of the open claims from other texts in Base64.
const OPEN: &str = "dispatches-after";
/// What tells those of a repository's claims.
const OF_REPOSITORY: &str = "dispatches-before";
/// What tells those of all claims.
const OF_ALL: &str = "dispatches-of-all-before";

/// A place in the index of open claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct OpenPlace {
    pub(super) claim: ClaimId,
    open_key: String,
    due_at: String,
}

impl OpenPlace {
    /// Where an item of the index stands.
    pub(super) fn of_item(item: &Item) -> Result<Self, StoreError> {
        let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
        let key = text(PARTITION_KEY).unwrap_or_default();
        let place = || {
            Some(Self {
                claim: claim_item::id_of(key)?,
                open_key: text(OPEN_KEY)?.to_owned(),
                due_at: text(DUE_AT)?.to_owned(),
            })
        };
        place().ok_or_else(|| StoreError::corrupt(key, "it can't be found again"))
    }

    /// The place that a cursor of the list of `open_key` is behind.
    pub(super) fn of_cursor(cursor: &str, open_key: &str) -> Result<Self, StoreError> {
        let text = words_of(cursor, OPEN);
        let place = text.as_deref().and_then(|text| {
            let (of, rest) = text.split_once(':')?;
            let (claim, due_at) = rest.split_once(':')?;
            let claim = claim.parse().ok()?;
            (of == open_key && !due_at.is_empty()).then(|| Self {
                claim,
                open_key: of.to_owned(),
                due_at: due_at.to_owned(),
            })
        });
        place.ok_or(StoreError::ForeignCursor)
    }

    /// The cursor behind it.
    pub(super) fn cursor(&self) -> String {
        let Self { claim, open_key, due_at } = self;
        cursor_of(OPEN, &format!("{open_key}:{claim}:{due_at}"))
    }

    /// The key to go on from.
    pub(super) fn key(self) -> Item {
        key_of(self.claim, [(OPEN_KEY, self.open_key), (DUE_AT, self.due_at)])
    }
}

/// A place in the index of a repository's claims.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RepositoryPlace {
    pub(super) repo: RepoId,
    pub(super) claim: ClaimId,
}

impl RepositoryPlace {
    /// The place that a cursor of the list of `repo` is behind.
    pub(super) fn of_cursor(cursor: &str, repo: RepoId) -> Result<Self, StoreError> {
        let text = words_of(cursor, OF_REPOSITORY);
        let place = text.as_deref().and_then(|text| {
            let (of, claim) = text.split_once(':')?;
            let claim = claim.parse().ok()?;
            (of == repo.to_string()).then_some(Self { repo, claim })
        });
        place.ok_or(StoreError::ForeignCursor)
    }

    /// The cursor behind it.
    pub(super) fn cursor(self) -> String {
        let Self { repo, claim } = self;
        cursor_of(OF_REPOSITORY, &format!("{repo}:{claim}"))
    }

    /// The key to go on from.
    pub(super) fn key(self) -> Item {
        key_of(self.claim, [(REPO_KEY, claim_item::repo_key(self.repo))])
    }
}

/// A place in the index of all claims by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct TimePlace(pub(super) ClaimId);

impl TimePlace {
    /// The place that a cursor of the list of all claims is behind.
    pub(super) fn of_cursor(cursor: &str) -> Result<Self, StoreError> {
        let claim = words_of(cursor, OF_ALL).and_then(|text| text.parse().ok());
        claim.map(Self).ok_or(StoreError::ForeignCursor)
    }

    /// The cursor behind it.
    pub(super) fn cursor(self) -> String {
        cursor_of(OF_ALL, &self.0.to_string())
    }

    /// The key to go on from.
    pub(super) fn key(self) -> Item {
        key_of(self.0, [(TIME_KEY, claim_item::month_of(self.0.drawn_at()))])
    }
}

fn cursor_of(prefix: &str, words: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{prefix}:{words}"))
}

fn words_of(cursor: &str, prefix: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    Some(text.strip_prefix(prefix)?.strip_prefix(':')?.to_owned())
}

/// The key of a claim's item in an index with these keys.
fn key_of<const N: usize>(claim: ClaimId, of_index: [(&str, String); N]) -> Item {
    let of_table = [(PARTITION_KEY, claim_partition(claim)), (SORT_KEY, META.to_owned())];
    of_table.into_iter().chain(of_index).map(|(name, value)| (name.to_owned(), string(value))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn open_place() -> OpenPlace {
        let claim = ClaimId::from_parts(1, 1);
        OpenPlace { claim, open_key: "unknown".into(), due_at: "9999-12-31T23:59:59.999Z".into() }
    }

    fn repository_place() -> RepositoryPlace {
        RepositoryPlace { repo: RepoId::new(7), claim: ClaimId::from_parts(1, 1) }
    }

    #[test]
    fn a_cursor_leads_back_to_its_place() {
        assert_eq!(OpenPlace::of_cursor(&open_place().cursor(), "unknown").expect("our own"), open_place());
        let (place, repo) = (repository_place(), repository_place().repo);
        assert_eq!(RepositoryPlace::of_cursor(&place.cursor(), repo).expect("our own"), place);
        let place = TimePlace(place.claim);
        assert_eq!(TimePlace::of_cursor(&place.cursor()).expect("our own"), place);
    }

    #[test]
    fn what_is_no_cursor_of_this_list_is_foreign() {
        let written = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for cursor in [
            String::new(),
            "%".to_owned(),
            written("mappings-after:octo/hello"),
            written("dispatches-after:unknown:no-id:2026-11-01T10:00:00.000Z"),
            written("dispatches-after:unknown:00000000010000000000000001:"),
            OpenPlace { open_key: "started".into(), ..open_place() }.cursor(),
            repository_place().cursor(),
        ] {
            let read = OpenPlace::of_cursor(&cursor, "unknown");
            assert!(matches!(read, Err(StoreError::ForeignCursor)), "{cursor}: {read:?}");
        }
    }

    #[test]
    fn what_is_no_cursor_of_this_repositorys_list_is_foreign() {
        let written = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for cursor in [
            String::new(),
            "%".to_owned(),
            written("dispatches-before:7"),
            written("dispatches-before:7:no-id"),
            written("dispatches-before7:00000000010000000000000001"),
            written("dispatches-before::00000000010000000000000001"),
            RepositoryPlace { repo: RepoId::new(70), ..repository_place() }.cursor(),
            open_place().cursor(),
        ] {
            let read = RepositoryPlace::of_cursor(&cursor, RepoId::new(7));
            assert!(matches!(read, Err(StoreError::ForeignCursor)), "{cursor}: {read:?}");
        }
    }

    #[test]
    fn what_is_no_cursor_of_all_claims_is_foreign() {
        let written = |text: &str| URL_SAFE_NO_PAD.encode(text);
        for cursor in [
            String::new(),
            "%".to_owned(),
            written("dispatches-of-all-before:no-id"),
            repository_place().cursor(),
            open_place().cursor(),
        ] {
            let read = TimePlace::of_cursor(&cursor);
            assert!(matches!(read, Err(StoreError::ForeignCursor)), "{cursor}: {read:?}");
        }
    }
}
