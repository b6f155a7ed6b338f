//! Claims that aren't over, or that people don't know of: what they wait for, when they are due, what was told.
//!
//! Owns the index that open claims are found by. Never moves a claim.

use aws_sdk_dynamodb::types::Select;
use domain::claim::{Claim, ClaimId, OPEN_KEYS};
use domain::message::{Addressee, DueClaim};
use jiff::Timestamp;

use super::transaction::{Written, written};
use super::{Dispatches, claim_item, claim_partition, claim_update};
use crate::error::StoreError;
use crate::table::{BY_OPEN, DUE_AT, META, OPEN_KEY, string};

/// So many claims are open for one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OpenCount {
    /// How many, as far as they were counted.
    pub count: u32,
    /// Whether there are more.
    pub has_more: bool,
}

impl Dispatches {
    /// Writes what a claim waits for, or that it was looked at; `false` when it has moved meanwhile.
    pub async fn keep(&self, from: &Claim, to: &Claim) -> Result<bool, StoreError> {
        let update = claim_update::set_kept_parts(self.update(&claim_partition(to.id), META), to)?;
        let writes = vec![written(claim_update::still_at(update, from)?)];
        Ok(matches!(self.transact(writes).await?, Written::Done))
    }

    /// Remembers that people know of the claim as it is here, and where; shows the claim as it is stored then. It has
    /// another revision where it has moved on meanwhile, and is still untold where a stray was noted.
    pub async fn note_told(&self, claim: &Claim) -> Result<Claim, StoreError> {
        let told = Claim { told: Some(claim.revision), ..claim.clone() };
        let update = claim_update::set_told_parts(self.update(&claim_partition(claim.id), META), &told);
        let noted = self.transact(vec![written(claim_update::still_at(update, claim)?)]).await?;
        if matches!(noted, Written::Done) {
            return Ok(told);
        }
        self.note_status_comment(claim).await
    }

    /// Remembers where people are told of a claim, and shows the claim as it is stored.
    pub async fn note_status_comment(&self, claim: &Claim) -> Result<Claim, StoreError> {
        let partition = claim_partition(claim.id);
        if claim.status_comment.is_some() {
            let update = claim_update::set_comment(self.update(&partition, META), claim);
            self.transact(vec![written(update.condition_expression("attribute_exists(pk)"))]).await?;
        }
        self.claim(claim.id).await?.ok_or_else(|| StoreError::corrupt(&partition, "it is gone"))
    }

    /// Lets a record that can't be read rest for a while, and shows who asked, as far as that can be read.
    pub async fn set_aside(&self, claim: ClaimId, until: Timestamp) -> Result<Option<Addressee>, StoreError> {
        let update = self
            .update(&claim_partition(claim), META)
            .update_expression("SET #due = :until")
            .condition_expression("attribute_exists(#due)")
            .expression_attribute_names("#due", DUE_AT)
            .expression_attribute_values(":until", string(claim_item::sortable(until)));
        self.transact(vec![written(update)]).await?;
        Ok(self.get(&claim_partition(claim)).await?.and_then(claim_item::addressee))
    }

    /// How many open claims there are of one of [`OPEN_KEYS`], counted as far as `at_most`.
    pub async fn count_open(&self, open_key: &str, at_most: u32) -> Result<OpenCount, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_OPEN)
            .key_condition_expression("#open = :open")
            .expression_attribute_names("#open", OPEN_KEY)
            .expression_attribute_values(":open", string(open_key))
            .select(Select::Count)
            .limit(i32::try_from(at_most).unwrap_or(i32::MAX).saturating_add(1))
            .send()
            .await
            .map_err(StoreError::unavailable("count open claims"))?;
        let count = u32::try_from(answer.count()).unwrap_or_default();
        let has_more = count > at_most || answer.last_evaluated_key().is_some();
        Ok(OpenCount { count: count.min(at_most), has_more })
    }

    /// What is due, the longest due first, at most `limit` of each kind.
    pub async fn due(&self, now: Timestamp, limit: i32) -> Result<Vec<DueClaim>, StoreError> {
        let mut due = Vec::new();
        for open_key in OPEN_KEYS {
            let answer = self
                .client
                .query()
                .table_name(&self.table)
                .index_name(BY_OPEN)
                .key_condition_expression("#open = :open AND #due <= :now")
                .expression_attribute_names("#open", OPEN_KEY)
                .expression_attribute_names("#due", DUE_AT)
                .expression_attribute_values(":open", string(open_key))
                .expression_attribute_values(":now", string(claim_item::sortable(now)))
                .limit(limit)
                .send()
                .await
                .map_err(StoreError::unavailable("look for what is due"))?;
            for item in answer.items.into_iter().flatten() {
                match claim_item::due(&item) {
                    Ok(claim) => due.push(claim),
                    // One broken record never keeps the others from being found.
                    Err(error) => {
                        tracing::error!(error = %environment::chain(&error), code = "UNREADABLE_RECORD", "an open claim can't be queued");
                    }
                }
            }
        }
        due.sort_by_key(|claim| claim.due_at);
        Ok(due)
    }
}
