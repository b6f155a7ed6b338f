//! The writes of one transition, and what became of them.
//!
//! Owns the conditions under which a transition is written. Never decides which transition that is.

use std::collections::HashMap;

use aws_sdk_dynamodb::error::SdkError;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, CancellationReason, Put, TransactWriteItem, Update};
use domain::claim::Claim;
use failpoint::Safeguard;

use super::{Dispatches, claim_item, claim_partition, claim_update};
use crate::error::StoreError;
use crate::table::{META, PARTITION_KEY, SORT_KEY, string};

const CONDITION_FAILED: &str = "ConditionalCheckFailed";

/// What became of a transaction.
pub(super) enum Written {
    Done,
    /// The indexes of the writes whose condition did not hold.
    Failed(Vec<usize>),
}

/// The failed conditions of a cancelled transaction; `None` when it failed for another reason, such as a conflict
/// with a concurrent one, which a retry may heal.
fn failed_conditions<R>(error: &SdkError<TransactWriteItemsError, R>) -> Option<Vec<usize>> {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error.as_service_error()? else {
        return None;
    };
    let failed = |reason: &CancellationReason| reason.code() == Some(CONDITION_FAILED);
    let indexes: Vec<usize> = cancelled
        .cancellation_reasons()
        .iter()
        .enumerate()
        .filter(|(_, reason)| failed(reason))
        .map(|(index, _)| index)
        .collect();
    (!indexes.is_empty()).then_some(indexes)
}

/// An update as a part of a transaction.
pub(super) fn written(update: UpdateBuilder) -> TransactWriteItem {
    let update = update.build().expect("an update has a table, a key and an expression");
    TransactWriteItem::builder().update(update).build()
}

impl Dispatches {
    pub(super) fn put_if_absent(
        &self,
        partition: &str,
        sort: &str,
        item: HashMap<String, AttributeValue>,
    ) -> TransactWriteItem {
        self.put(partition, sort, item, Some("attribute_not_exists(pk)"))
    }

    fn put(
        &self,
        partition: &str,
        sort: &str,
        item: HashMap<String, AttributeValue>,
        condition: Option<&str>,
    ) -> TransactWriteItem {
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(item))
            .item(PARTITION_KEY, string(partition))
            .item(SORT_KEY, string(sort))
            .set_condition_expression(condition.map(str::to_owned))
            .build()
            .expect("a put has a table and an item");
        TransactWriteItem::builder().put(put).build()
    }

    pub(super) fn history(&self, claim: &Claim) -> Result<TransactWriteItem, StoreError> {
        let sort = format!("{}{:06}", claim_item::EVENT, claim.revision);
        let event = claim_item::event(claim)?;
        // One line for each revision: a part of the epoch check.
        if failpoint::is_removed(Safeguard::EpochCheck) {
            return Ok(self.put(&claim_partition(claim.id), &sort, event, None));
        }
        Ok(self.put_if_absent(&claim_partition(claim.id), &sort, event))
    }

    pub(super) fn transition(&self, from: &Claim, to: &Claim) -> Result<TransactWriteItem, StoreError> {
        let update = self.update(&claim_partition(to.id), META);
        let update = claim_update::set_moved_parts(update, to)?;
        if failpoint::is_removed(Safeguard::EpochCheck) {
            return Ok(written(update));
        }
        Ok(written(claim_update::still_at(update, from)?))
    }

    pub(super) fn update(&self, partition: &str, sort: &str) -> UpdateBuilder {
        Update::builder().table_name(&self.table).key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(sort))
    }

    pub(super) async fn transact(&self, writes: Vec<TransactWriteItem>) -> Result<Written, StoreError> {
        match self.client.transact_write_items().set_transact_items(Some(writes)).send().await {
            Ok(_) => Ok(Written::Done),
            Err(error) => match failed_conditions(&error) {
                Some(failed) => Ok(Written::Failed(failed)),
                None => Err(StoreError::unavailable("write a transition")(error)),
            },
        }
    }
}
