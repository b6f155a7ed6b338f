//! Claims as people look at them: the open ones of a kind, and what one claim went through.
//!
//! Owns the order of that list, and a line of history as it is read. Never writes, and never hides a record that can't
//! be read.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::claim::{Claim, ClaimId};
use domain::ids::{IssueNumber, RepoId};
use domain::message::CommentCommand;
use jiff::Timestamp;
use serde::Deserialize;

use super::cursor::Place;
use super::{Dispatches, claim_item, claim_partition};
use crate::batch;
use crate::error::StoreError;
use crate::table::{BY_CONVERSATION, BY_OPEN, DUE_GROUP, OPEN_KEY, PARTITION_KEY, string};

/// The most that one answer holds: one request for items takes 100 keys.
const MAX_LIMIT: u32 = 100;

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

/// One line of a claim's history.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClaimEvent {
    /// When the claim moved.
    pub at: Timestamp,
    /// The name of the state that it moved to.
    pub state: String,
    /// Its epoch since then.
    pub epoch: u32,
    /// The stable reason code, where there is one.
    #[serde(default)]
    pub code: Option<String>,
    /// The person by whose word it moved, where a person decided.
    #[serde(default)]
    pub by: Option<String>,
}

impl Dispatches {
    /// Open claims of one of [`domain::claim::OPEN_KEYS`], the longest due first: at most `limit` (1 to 100), from behind
    /// the ones that led to the cursor `after`. A move of a moment ago may not show yet, but none that has left is shown.
    /// [`StoreError::ForeignCursor`] when the cursor isn't one of this list's.
    pub async fn open(&self, open_key: &str, limit: u32, after: Option<&str>) -> Result<ListedClaims, StoreError> {
        let shown = limit.clamp(1, MAX_LIMIT);
        let from = after.map(|cursor| Place::of_cursor(cursor, open_key)).transpose()?;
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_OPEN)
            .key_condition_expression("#open = :open")
            .expression_attribute_names("#open", OPEN_KEY)
            .expression_attribute_values(":open", string(open_key))
            .set_exclusive_start_key(from.map(Place::key))
            // One more than is shown tells whether there is a next page.
            .limit(i32::try_from(shown + 1).expect("at most 101"))
            .send()
            .await
            .map_err(StoreError::unavailable("list open claims"))?;
        let cut_short = answer.last_evaluated_key.is_some();
        let found = answer.items.unwrap_or_default();
        let has_next = cut_short || found.len() > shown as usize;
        let places: Vec<Place> = found.iter().take(shown as usize).map(Place::of_item).collect::<Result<_, _>>()?;
        let next = places.last().filter(|_| has_next).map(Place::cursor);
        Ok(ListedClaims { claims: self.still_open(open_key, &places).await?, next })
    }

    /// The claims of these places, as they are now, without those that have moved on.
    async fn still_open(&self, open_key: &str, places: &[Place]) -> Result<Vec<ListedClaim>, StoreError> {
        let partitions = places.iter().map(|place| claim_partition(place.claim));
        let items = batch::get_each(&self.client, &self.table, partitions, "read open claims").await?;
        let mut records: HashMap<ClaimId, _> =
            items.into_iter().filter_map(|item| Some((id_of(&item)?, claim_item::read(item)))).collect();
        let shown = |place: &Place| match records.remove(&place.claim)? {
            Ok(claim) => (claim.open_key() == Some(open_key)).then(|| ListedClaim::Readable(Box::new(claim))),
            Err(error) => Some(ListedClaim::Unreadable { claim: place.claim, error }),
        };
        Ok(places.iter().filter_map(shown).collect())
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

    /// Everything that a claim went through, the oldest first; nothing for a claim that nobody took.
    pub async fn history_of(&self, claim: ClaimId) -> Result<Vec<ClaimEvent>, StoreError> {
        let partition = claim_partition(claim);
        let lines = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :claim AND begins_with(sk, :event)")
            .expression_attribute_values(":claim", string(&partition))
            .expression_attribute_values(":event", string(claim_item::EVENT))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(StoreError::unavailable("read a claim's history"))?;
        let line = |item| serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&partition, error));
        lines.into_iter().map(line).collect()
    }
}

fn readable(item: HashMap<String, AttributeValue>) -> Option<Claim> {
    let claim = claim_item::read(item);
    if let Err(error) = &claim {
        tracing::error!(error = %environment::chain(error), code = "UNREADABLE_RECORD", "a claim can't be listed");
    }
    claim.ok()
}

fn id_of(item: &HashMap<String, AttributeValue>) -> Option<ClaimId> {
    claim_item::id_of(item.get(PARTITION_KEY)?.as_s().ok()?)
}
