//! Claims as people look at them: the open ones of a kind, a repository's, a conversation's.
//!
//! Owns the order of these lists, and where they go on. Never writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::QueryOutput;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::claim::{Claim, ClaimId};
use domain::ids::{IssueNumber, RepoId};
use domain::message::CommentCommand;

use super::cursor::{OpenPlace, RepositoryPlace};
use super::{Dispatches, claim_item, claim_partition};
use crate::batch;
use crate::error::StoreError;
use crate::table::{BY_CONVERSATION, BY_OPEN, BY_REPOSITORY, DUE_GROUP, OPEN_KEY, PARTITION_KEY, REPO_KEY, string};

type Item = HashMap<String, AttributeValue>;

/// The most that one answer holds: one request for items takes 100 keys.
pub(super) const MAX_LIMIT: u32 = 100;
/// So many parts of a repository's list are looked through for the claims of one state; the next page goes on there.
const REPOSITORY_PARTS: usize = 2;

/// A part of a list of claims.
#[derive(Debug)]
pub struct ListedClaims {
    /// The claims, in the list's order.
    pub claims: Vec<ListedClaim>,
    /// What leads to the next part; `None` at the end.
    pub next: Option<String>,
}

/// One of a list's claims.
#[derive(Debug)]
pub enum ListedClaim {
    /// As it is now.
    Readable(Box<Claim>),
    /// Its record has a shape that this release doesn't know.
    Unreadable {
        /// Which.
        claim: ClaimId,
        /// Why it can't be read.
        error: StoreError,
    },
}

impl ListedClaim {
    const fn id(&self) -> ClaimId {
        match self {
            Self::Readable(claim) => claim.id,
            Self::Unreadable { claim, .. } => *claim,
        }
    }
}

impl Dispatches {
    /// Open claims of one of [`domain::claim::OPEN_KEYS`], the longest due first: at most `limit` (1 to 100), from behind
    /// the ones that led to the cursor `after`. A move of a moment ago may not show yet, but none that has left is shown.
    /// [`StoreError::ForeignCursor`] when the cursor isn't one of this list's.
    pub async fn open(&self, open_key: &str, limit: u32, after: Option<&str>) -> Result<ListedClaims, StoreError> {
        let shown = limit.clamp(1, MAX_LIMIT);
        let from = after.map(|cursor| OpenPlace::of_cursor(cursor, open_key)).transpose()?;
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_OPEN)
            .key_condition_expression("#open = :open")
            .expression_attribute_names("#open", OPEN_KEY)
            .expression_attribute_values(":open", string(open_key))
            .set_exclusive_start_key(from.map(OpenPlace::key))
            .limit(asked_for(shown))
            .send()
            .await
            .map_err(StoreError::unavailable("list open claims"))?;
        let (found, has_next) = page_of(answer, shown);
        let places: Vec<OpenPlace> = found.iter().map(OpenPlace::of_item).collect::<Result<_, _>>()?;
        let next = places.last().filter(|_| has_next).map(OpenPlace::cursor);
        let ids = places.into_iter().map(|place| place.claim).collect();
        Ok(ListedClaims { claims: self.listed(ids, |claim| claim.open_key() == Some(open_key)).await?, next })
    }

    /// A repository's claims, whether they are over or not, the newest first: at most `limit` (1 to 100), from behind the
    /// ones that led to the cursor `after`. Of a page only those are shown whose state has that name, so it may be shorter,
    /// or empty, while the list goes on; one that can't be read is shown whatever the state. A claim that was taken a
    /// moment ago may not show yet. [`StoreError::ForeignCursor`] when the cursor isn't one of this repository's list.
    pub async fn of_repository(
        &self,
        repo: RepoId,
        state: Option<&str>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ListedClaims, StoreError> {
        let from = after.map(|cursor| RepositoryPlace::of_cursor(cursor, repo)).transpose()?;
        let (ids, has_next) = self.part_of_repository(repo, from, limit.clamp(1, MAX_LIMIT)).await?;
        let next = ids.last().filter(|_| has_next).map(|claim| RepositoryPlace { repo, claim: *claim }.cursor());
        let is_shown = |claim: &Claim| state.is_none_or(|state| claim.state.name() == state);
        Ok(ListedClaims { claims: self.listed(ids, is_shown).await?, next })
    }

    /// The same list of those whose state has that name, or that are found by it among the open ones. A page is filled as far
    /// as two hundred claims of the repository go.
    pub async fn of_repository_in(
        &self,
        repo: RepoId,
        word: &str,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ListedClaims, StoreError> {
        let shown = limit.clamp(1, MAX_LIMIT) as usize;
        let is_shown = |claim: &Claim| claim.state.name() == word || claim.open_key() == Some(word);
        let mut from = after.map(|cursor| RepositoryPlace::of_cursor(cursor, repo)).transpose()?;
        let mut claims = Vec::new();
        for _ in 0..REPOSITORY_PARTS {
            let (ids, has_next) = self.part_of_repository(repo, from, MAX_LIMIT).await?;
            from = ids.last().filter(|_| has_next).map(|claim| RepositoryPlace { repo, claim: *claim });
            claims.extend(self.listed(ids, is_shown).await?);
            if claims.len() > shown || from.is_none() {
                break;
            }
        }
        if claims.len() > shown {
            claims.truncate(shown);
            from = claims.last().map(|last| RepositoryPlace { repo, claim: last.id() });
        }
        Ok(ListedClaims { claims, next: from.map(RepositoryPlace::cursor) })
    }

    /// The ids of a part of a repository's list, and whether it goes on behind it.
    async fn part_of_repository(
        &self,
        repo: RepoId,
        from: Option<RepositoryPlace>,
        shown: u32,
    ) -> Result<(Vec<ClaimId>, bool), StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_REPOSITORY)
            .key_condition_expression("#repo = :repo")
            .expression_attribute_names("#repo", REPO_KEY)
            .expression_attribute_values(":repo", string(claim_item::repo_key(repo)))
            .scan_index_forward(false)
            .set_exclusive_start_key(from.map(RepositoryPlace::key))
            .limit(asked_for(shown))
            .send()
            .await
            .map_err(StoreError::unavailable("list a repository's claims"))?;
        let (found, has_next) = page_of(answer, shown);
        Ok((found.iter().filter_map(id_of).collect(), has_next))
    }

    /// These claims, in this order, as they are now, without those that are gone or not to be shown.
    pub(super) async fn listed(
        &self,
        ids: Vec<ClaimId>,
        is_shown: impl Fn(&Claim) -> bool,
    ) -> Result<Vec<ListedClaim>, StoreError> {
        let partitions = ids.iter().copied().map(claim_partition);
        let items = batch::get_each(&self.client, &self.table, partitions, "read listed claims").await?;
        let mut records: HashMap<ClaimId, _> =
            items.into_iter().filter_map(|item| Some((id_of(&item)?, claim_item::read(item)))).collect();
        let listed = |claim| match records.remove(&claim)? {
            Ok(claim) => is_shown(&claim).then(|| ListedClaim::Readable(Box::new(claim))),
            Err(error) => Some(ListedClaim::Unreadable { claim, error }),
        };
        Ok(ids.into_iter().filter_map(listed).collect())
    }

    /// The newest claims of a conversation, the oldest of them first, at most `limit` (1 to 100). One that was taken a moment
    /// ago may not show yet; a record that can't be read is left out, and logged.
    pub async fn of_conversation(
        &self,
        repo: RepoId,
        number: IssueNumber,
        limit: u32,
    ) -> Result<Vec<Claim>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_CONVERSATION)
            .key_condition_expression("#group = :group")
            .expression_attribute_names("#group", DUE_GROUP)
            .expression_attribute_values(":group", string(CommentCommand::group_id_of(repo, number)))
            .scan_index_forward(false)
            .limit(i32::try_from(limit.clamp(1, MAX_LIMIT)).expect("at most 100"))
            .send()
            .await
            .map_err(StoreError::unavailable("list a conversation's claims"))?;
        let partitions = answer.items().iter().filter_map(id_of).map(claim_partition);
        let items = batch::get_each(&self.client, &self.table, partitions, "read a conversation's claims").await?;
        let mut claims: Vec<Claim> = items.into_iter().filter_map(readable).collect();
        // Ids of one millisecond are in no order.
        claims.sort_by_key(|claim| (claim.created_at, claim.request.comment(), claim.id));
        Ok(claims)
    }
}

/// One more than is shown tells whether there is a next page.
fn asked_for(shown: u32) -> i32 {
    i32::try_from(shown + 1).expect("at most 101")
}

/// What is shown of an answer, and whether the list goes on behind it.
fn page_of(answer: QueryOutput, shown: u32) -> (Vec<Item>, bool) {
    let cut_short = answer.last_evaluated_key.is_some();
    let mut found = answer.items.unwrap_or_default();
    let has_next = cut_short || found.len() > shown as usize;
    found.truncate(shown as usize);
    (found, has_next)
}

fn readable(item: Item) -> Option<Claim> {
    let claim = claim_item::read(item);
    if let Err(error) = &claim {
        tracing::error!(error = %environment::chain(error), code = "UNREADABLE_RECORD", "a claim can't be listed");
    }
    claim.ok()
}

pub(super) fn id_of(item: &Item) -> Option<ClaimId> {
    claim_item::id_of(item.get(PARTITION_KEY)?.as_s().ok()?)
}
