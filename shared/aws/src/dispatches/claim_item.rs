//! A claim as an item of the table.
//!
//! Owns the attributes that conditions and indexes read, which stand beside the claim's own. Never writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use domain::claim::{Claim, State};
use domain::ids::RunId;
use jiff::SignedDuration;
use serde::Serialize;

use crate::error::StoreError;
use crate::table::{EXPIRES_AT, PARTITION_KEY, number, string};

/// How long a claim is kept after it last moved, and so after its end.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

type Item = HashMap<String, AttributeValue>;

/// The whole claim, as it is first put.
pub(super) fn whole(claim: &Claim) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(claim).map_err(|error| corrupt(claim, error))?;
    item.insert("state_name".to_owned(), string(claim.state.name()));
    item.insert(EXPIRES_AT.to_owned(), number(expires_at(claim)));
    Ok(item)
}

/// Sets the parts that a transition may change; what others note on the item meanwhile stays.
pub(super) fn set_moved_parts(update: UpdateBuilder, claim: &Claim) -> Result<UpdateBuilder, StoreError> {
    let mut sets = vec![
        "#state = :state, state_name = :state_name, epoch = :epoch, revision = :revision, updated_at = :updated_at, \
         expires_at = :expires_at",
    ];
    let mut update = update
        .expression_attribute_names("#state", "state")
        .expression_attribute_values(":state", value(claim, &claim.state)?)
        .expression_attribute_values(":state_name", string(claim.state.name()))
        .expression_attribute_values(":epoch", number(claim.epoch))
        .expression_attribute_values(":revision", number(claim.revision))
        .expression_attribute_values(":updated_at", value(claim, &claim.updated_at)?)
        .expression_attribute_values(":expires_at", number(expires_at(claim)));
    if let Some(order) = &claim.order {
        sets.push("#order = :order");
        update = update
            .expression_attribute_names("#order", "order")
            .expression_attribute_values(":order", value(claim, order)?);
    }
    if let Some(run) = claim.state.run() {
        sets.push("run_key = :run_key");
        update = update.expression_attribute_values(":run_key", string(run_key(run.id)));
    }
    Ok(update.update_expression(format!("SET {}", sets.join(", "))))
}

/// One line of history: what the claim became, when, and why.
pub(super) fn event(claim: &Claim) -> Result<Item, StoreError> {
    let mut item = Item::from([
        ("state".to_owned(), string(claim.state.name())),
        ("epoch".to_owned(), number(claim.epoch)),
        (EXPIRES_AT.to_owned(), number(expires_at(claim))),
        ("at".to_owned(), value(claim, &claim.updated_at)?),
    ]);
    if let State::Refused { code, .. } = &claim.state {
        item.insert("code".to_owned(), string(code));
    }
    Ok(item)
}

/// Reads what [`whole`] and [`set_moved_parts`] wrote.
pub(super) fn read(item: Item) -> Result<Claim, StoreError> {
    let key = item.get(PARTITION_KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&key, error))
}

/// When the claim may be forgotten, in seconds since 1970.
pub(super) fn expires_at(claim: &Claim) -> i64 {
    (claim.updated_at + KEPT).as_second()
}

pub(super) fn run_key(run: RunId) -> String {
    format!("RUN#{run}")
}

fn value(claim: &Claim, part: &impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(part).map_err(|error| corrupt(claim, error))
}

fn corrupt(claim: &Claim, error: serde_dynamo::Error) -> StoreError {
    StoreError::corrupt(&claim.id.to_string(), error)
}
