//! A claim as an item of the table.
//!
//! Owns the attributes that conditions and indexes read, which stand beside the claim's own. Never writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use domain::claim::{Claim, ClaimId};
use domain::ids::RunId;
use domain::message::{Addressee, DueClaim};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::error::StoreError;
use crate::table::{DUE_AT, DUE_GROUP, EPOCH, EXPIRES_AT, OPEN_KEY, PARTITION_KEY, RUN_KEY, number, string};

/// How the sort key of a line of history begins; its revision follows.
pub(super) const EVENT: &str = "EVENT#";

/// How long a claim is kept after it last moved, and so after its end.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

type Item = HashMap<String, AttributeValue>;

/// When a claim that waits for a person is due: after everything else.
const NEVER: &str = "9999-12-31T23:59:59.999Z";

/// The whole claim, as it is first put.
pub(super) fn whole(claim: &Claim) -> Result<Item, StoreError> {
    let mut item: Item = serde_dynamo::to_item(claim).map_err(|error| corrupt(claim, error))?;
    item.insert("state_name".to_owned(), string(claim.state.name()));
    item.insert(DUE_GROUP.to_owned(), string(claim.request.group_id()));
    if let Some(open_key) = claim.open_key() {
        item.insert(OPEN_KEY.to_owned(), string(open_key));
        item.insert(DUE_AT.to_owned(), string(due_at(claim)));
    }
    item.insert(EXPIRES_AT.to_owned(), number(expires_at(claim)));
    Ok(item)
}

/// Sets the parts that a transition may change; what others note on the item meanwhile stays.
pub(super) fn set_moved_parts(update: UpdateBuilder, claim: &Claim) -> Result<UpdateBuilder, StoreError> {
    let mut changes = Changes::default();
    changes.keep(claim)?;
    changes.set("state_name", string(claim.state.name()));
    changes.set("epoch", number(claim.epoch));
    changes.set("revision", number(claim.revision));
    changes.set("updated_at", value(claim, &claim.updated_at)?);
    changes.set(EXPIRES_AT, number(expires_at(claim)));
    if let Some(order) = &claim.order {
        changes.set("order", value(claim, order)?);
    }
    if let Some(asked_anew_at) = &claim.asked_anew_at {
        changes.set("asked_anew_at", value(claim, asked_anew_at)?);
    }
    if let Some(run) = claim.state.run() {
        changes.set(RUN_KEY, string(run_key(run.id)));
    }
    Ok(changes.written_to(update))
}

/// Sets the parts that change while a claim stays where it is: what it waits for, and how often it was looked at.
pub(super) fn set_kept_parts(update: UpdateBuilder, claim: &Claim) -> Result<UpdateBuilder, StoreError> {
    let mut changes = Changes::default();
    changes.keep(claim)?;
    Ok(changes.written_to(update))
}

/// Sets what people know, and whether anything is left to do.
pub(super) fn set_told_parts(update: UpdateBuilder, claim: &Claim) -> UpdateBuilder {
    let mut changes = Changes::default();
    changes.index(claim);
    changes.note_comment(claim);
    if let Some(told) = claim.told {
        changes.set("told", number(told));
    }
    changes.written_to(update)
}

/// Sets where people are told, and nothing else: the claim has moved on since.
pub(super) fn set_comment(update: UpdateBuilder, claim: &Claim) -> UpdateBuilder {
    let mut changes = Changes::default();
    changes.note_comment(claim);
    changes.written_to(update)
}

/// The condition that the claim is still where a transition starts, and that no stray was noted or struck off since: a
/// write from an older reading would forget it.
pub(super) fn still_at(update: UpdateBuilder, from: &Claim) -> Result<UpdateBuilder, StoreError> {
    let update = update
        .expression_attribute_values(":from_state", string(from.state.name()))
        .expression_attribute_values(":from_epoch", number(from.epoch))
        .expression_attribute_values(":from_revision", number(from.revision));
    let moved = "state_name = :from_state AND epoch = :from_epoch AND revision = :from_revision";
    if from.strays.is_empty() {
        return Ok(update.condition_expression(format!("{moved} AND attribute_not_exists(strays)")));
    }
    let strays = value(from, &from.strays)?;
    let update = update.condition_expression(format!("{moved} AND strays = :from_strays"));
    Ok(update.expression_attribute_values(":from_strays", strays))
}

/// Attributes to set and to remove. Each has a placeholder of its own: some are words of DynamoDB's.
#[derive(Default)]
struct Changes {
    set: Vec<(&'static str, AttributeValue)>,
    removed: Vec<&'static str>,
}

impl Changes {
    fn set(&mut self, name: &'static str, value: AttributeValue) {
        self.set.push((name, value));
    }

    fn keep(&mut self, claim: &Claim) -> Result<(), StoreError> {
        self.set("state", value(claim, &claim.state)?);
        match &claim.wait {
            Some(wait) => self.set("wait", value(claim, wait)?),
            None => self.removed.push("wait"),
        }
        if claim.strays.is_empty() {
            self.removed.push("strays");
        } else {
            self.set("strays", value(claim, &claim.strays)?);
        }
        self.index(claim);
        Ok(())
    }

    fn index(&mut self, claim: &Claim) {
        match claim.open_key() {
            Some(open_key) => {
                self.set(OPEN_KEY, string(open_key));
                self.set(DUE_AT, string(due_at(claim)));
                self.set(DUE_GROUP, string(claim.request.group_id()));
            }
            None => self.removed.extend([OPEN_KEY, DUE_AT]),
        }
    }

    fn note_comment(&mut self, claim: &Claim) {
        if let Some(comment) = claim.status_comment {
            self.set("status_comment", number(comment));
        }
        if claim.comment_made_anew {
            self.set("comment_made_anew", AttributeValue::Bool(true));
        }
    }

    fn written_to(self, mut update: UpdateBuilder) -> UpdateBuilder {
        let names = self.set.iter().map(|(name, _)| *name).chain(self.removed.iter().copied());
        for name in names {
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        let set: Vec<String> = self.set.iter().map(|(name, _)| format!("#{name} = :{name}")).collect();
        let removed: Vec<String> = self.removed.iter().map(|name| format!("#{name}")).collect();
        for (name, value) in self.set {
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        let clauses = [("SET", set), ("REMOVE", removed)].into_iter().filter(|(_, names)| !names.is_empty());
        let expression: Vec<String> = clauses.map(|(clause, names)| format!("{clause} {}", names.join(", "))).collect();
        update.update_expression(expression.join(" "))
    }
}

/// A time as text that sorts as time does.
pub(super) fn sortable(time: Timestamp) -> String {
    format!("{time:.3}")
}

/// Who asked, as far as that can be read of a record that can't be read otherwise.
pub(super) fn addressee(mut item: Item) -> Option<Addressee> {
    serde_dynamo::from_attribute_value(item.remove("request")?).ok()
}

fn due_at(claim: &Claim) -> String {
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
    if let Some(person) = claim.state.decided_by() {
        item.insert("by".to_owned(), string(person));
    }
    Ok(item)
}

/// Reads what [`whole`] and [`set_moved_parts`] wrote.
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

fn value(claim: &Claim, part: &impl Serialize) -> Result<AttributeValue, StoreError> {
    serde_dynamo::to_attribute_value(part).map_err(|error| corrupt(claim, error))
}

fn corrupt(claim: &Claim, error: serde_dynamo::Error) -> StoreError {
    StoreError::corrupt(&claim.id.to_string(), error)
}
