//! A claim as an item of the table.
//!
//! Owns the attributes that conditions and indexes read, which stand beside the claim's own. Never writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::activity::waits_since;
use domain::claim::{Claim, ClaimId};
use domain::decide::wants_a_run;
use domain::ids::{RepoId, RunId};
use domain::message::{Addressee, DueClaim};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::error::StoreError;
use crate::table::{
    ASKED_AT, ASKS_FOR, DUE_AT, DUE_GROUP, EPOCH, EXPIRES_AT, OPEN_KEY, PARTITION_KEY, REPO_KEY, STATE_NAME, TIME_KEY,
    number, string,
};

/// How the sort key of a line of history begins; its revision follows.
pub(super) const EVENT: &str = "EVENT#";

/// How long a claim is kept after it last moved, and so after its end.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

/// What a claim asks for, in the index of all claims by time.
pub(super) const A_RUN: &str = "run";
const WORDS: &str = "words";

type Item = HashMap<String, AttributeValue>;

/// When a claim that waits for a person is due: after everything else.
const NEVER: &str = "9999-12-31T23:59:59.999Z";

/// The whole claim, as it is first put.
pub(super) fn whole(claim: &Claim) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(claim).map_err(|error| corrupt(claim, error))?;
    item.insert(STATE_NAME.to_owned(), string(claim.state.name()));
    item.insert(DUE_GROUP.to_owned(), string(claim.group_id()));
    item.insert(REPO_KEY.to_owned(), string(repo_key(claim.request.repo().id)));
    item.insert(TIME_KEY.to_owned(), string(month_of(claim.id.drawn_at())));
    item.insert(ASKS_FOR.to_owned(), string(if wants_a_run(claim) { A_RUN } else { WORDS }));
    item.insert(ASKED_AT.to_owned(), string(sortable(waits_since(claim))));
    if let Some(open_key) = claim.open_key() {
        item.insert(OPEN_KEY.to_owned(), string(open_key));
        item.insert(DUE_AT.to_owned(), string(due_at(claim)));
    }
    item.insert(EXPIRES_AT.to_owned(), number(expires_at(claim)));
    Ok(item)
}

/// The part of the index by time that a time lies in: its month in UTC, such as `2026-11`.
pub(super) fn month_of(time: Timestamp) -> String {
    time.strftime("%Y-%m").to_string()
}

/// A time as text that sorts as time does.
pub(super) fn sortable(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Who asked, as far as that can be read of a record that can't be read otherwise.
pub(super) fn addressee(mut item: Item) -> Option<Addressee> {
    serde_dynamo::from_attribute_value(item.remove("request")?).ok()
}

pub(super) fn due_at(claim: &Claim) -> String {
    claim.due_at().map_or_else(|| NEVER.to_owned(), sortable)
}

/// One line of history: what the claim became, when, why, and by whose word.
pub(super) fn event(claim: &Claim) -> Result<Item, StoreError> {
    let mut item = Item::from([
        ("state".to_owned(), string(claim.state.name())),
        ("epoch".to_owned(), number(claim.epoch)),
        (EXPIRES_AT.to_owned(), number(expires_at(claim))),
        ("at".to_owned(), value(claim, &claim.updated_at)?),
    ]);
    if let Some(code) = claim.code() {
        item.insert("code".to_owned(), string(code));
    }
    if let Some(person) = claim.state.decided_by().or(claim.cancel_by.as_deref()) {
        item.insert("by".to_owned(), string(person));
    }
    Ok(item)
}

/// Reads what [`whole`] and [`super::claim_update`] wrote.
pub(super) fn read(item: Item) -> Result<Claim, StoreError> {
    let key = item.get(PARTITION_KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&key, error))
}

/// What the index of open claims holds of one.
pub(super) fn due(item: &Item) -> Result<DueClaim, StoreError> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
    let key = text(PARTITION_KEY).unwrap_or_default();
    let read = || {
        Some(DueClaim {
            claim: id_of(key)?,
            group: text(DUE_GROUP)?.to_owned(),
            epoch: item.get(EPOCH)?.as_n().ok()?.parse().ok()?,
            due_at: text(DUE_AT)?.parse().ok()?,
            called_by: None,
            revision: None,
            asked_by: None,
        })
    };
    read().ok_or_else(|| StoreError::corrupt(key, "it can't be found again"))
}

/// The claim that a partition is of.
pub(super) fn id_of(partition: &str) -> Option<ClaimId> {
    partition.strip_prefix("CLAIM#")?.parse().ok()
}

/// When the claim may be forgotten, in seconds since 1970.
pub(super) fn expires_at(claim: &Claim) -> i64 {
    (claim.updated_at + KEPT).as_second()
}

pub(super) fn run_key(run: RunId) -> String {
    format!("RUN#{run}")
}

pub(super) fn repo_key(repo: RepoId) -> String {
    format!("REPO#{repo}")
}

pub(super) fn value(claim: &Claim, part: &impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(part).map_err(|error| corrupt(claim, error))
}

fn corrupt(claim: &Claim, error: serde_dynamo::Error) -> StoreError {
    StoreError::corrupt(&claim.id.to_string(), error)
}
