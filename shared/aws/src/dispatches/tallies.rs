//! What the days came to, one item for each.
//!
//! Owns the items' keys and lives, and that an older count is never written over a newer one. Never counts.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::activity::Tally;
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::{Dispatches, claim_item};
use crate::error::StoreError;
use crate::table::{EXPIRES_AT, PARTITION_KEY, SORT_KEY, number, string};

const PARTITION: &str = "TALLY";
const TALLY: &str = "tally";
const COUNTED_AT: &str = "counted_at";
/// A little longer than anybody can ask for.
const KEPT: SignedDuration = SignedDuration::from_hours(100 * 24);

/// What a day came to, as far as it was counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptTally {
    /// The day, in UTC.
    pub day: Date,
    /// What it came to.
    pub tally: Tally,
    /// When it was counted.
    pub counted_at: Timestamp,
}

impl Dispatches {
    /// Keeps what a day came to, in place of an earlier count; `false` where a later one is there already.
    pub async fn keep_tally(&self, kept: &KeptTally) -> Result<bool, StoreError> {
        let KeptTally { day, tally, counted_at } = kept;
        let text = serde_json::to_string(tally).map_err(|error| StoreError::corrupt(PARTITION, error))?;
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(PARTITION_KEY, string(PARTITION))
            .item(SORT_KEY, string(sort_key(*day)))
            .item(TALLY, string(text))
            .item(COUNTED_AT, string(claim_item::sortable(*counted_at)))
            .item(EXPIRES_AT, number((*counted_at + KEPT).as_second()))
            .condition_expression("attribute_not_exists(pk) OR counted_at <= :now")
            .expression_attribute_values(":now", string(claim_item::sortable(*counted_at)))
            .send()
            .await;
        StoreError::written(answer, PutItemError::is_conditional_check_failed_exception, "keep a day's tally")
    }

    /// What the days from one to another came to, both included, the oldest first. A day that nobody counted is left out, and
    /// so is one whose count is another release's: it is counted anew.
    pub async fn tallies(&self, first: Date, last: Date) -> Result<Vec<KeptTally>, StoreError> {
        let items = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :tally AND sk BETWEEN :first AND :last")
            .expression_attribute_values(":tally", string(PARTITION))
            .expression_attribute_values(":first", string(sort_key(first)))
            .expression_attribute_values(":last", string(sort_key(last)))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(StoreError::unavailable("read tallies"))?;
        Ok(items.iter().filter_map(kept).collect())
    }
}

fn sort_key(day: Date) -> String {
    day.strftime("DAY#%Y-%m-%d").to_string()
}

fn kept(item: &HashMap<String, AttributeValue>) -> Option<KeptTally> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok());
    Some(KeptTally {
        day: text(SORT_KEY)?.strip_prefix("DAY#")?.parse().ok()?,
        tally: serde_json::from_str(text(TALLY)?).ok()?,
        counted_at: text(COUNTED_AT)?.parse().ok()?,
    })
}
