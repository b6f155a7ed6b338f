//! What is written to a claim that is there already.
//!
//! Owns which attributes each kind of write may touch, and the condition of those that must not undo another's. Never
//! writes, and never reads an item.

use aws_sdk_dynamodb::types::AttributeValue;
use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use domain::claim::Claim;

use super::claim_item::{due_at, expires_at, run_key, sortable, value};
use crate::error::StoreError;
use crate::table::{DISPATCHED_AT, DUE_AT, DUE_GROUP, EXPIRES_AT, OPEN_KEY, RUN_KEY, STATE_NAME, number, string};

/// Sets the parts that a transition may change; what others note on the item meanwhile stays.
pub(super) fn set_moved_parts(update: UpdateBuilder, claim: &Claim) -> Result<UpdateBuilder, StoreError> {
    let mut changes = Changes::default();
    changes.keep(claim)?;
    changes.set(STATE_NAME, string(claim.state.name()));
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
    if claim.failure.is_none() {
        changes.removed.push("failure");
    }
    match &claim.cancel_by {
        Some(by) => changes.set("cancel_by", string(by)),
        None => changes.removed.push("cancel_by"),
    }
    if let Some(run) = claim.state.run() {
        changes.set(RUN_KEY, string(run_key(run.id)));
        changes.set_once(DISPATCHED_AT, string(sortable(claim.updated_at)));
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
    /// What stays as it is where it is there already.
    set_once: Vec<(&'static str, AttributeValue)>,
    removed: Vec<&'static str>,
}

impl Changes {
    fn set(&mut self, name: &'static str, value: AttributeValue) {
        self.set.push((name, value));
    }

    fn set_once(&mut self, name: &'static str, value: AttributeValue) {
        self.set_once.push((name, value));
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
        self.keep_runs_words(claim)?;
        if let Some(failure) = &claim.failure {
            self.set("failure", value(claim, failure)?);
        }
        if let Some(pull_request) = &claim.pull_request {
            self.set("pull_request", value(claim, pull_request)?);
        }
        if claim.has_gone_on {
            self.set("has_gone_on", AttributeValue::Bool(true));
        }
        self.index(claim);
        Ok(())
    }

    /// What the run has proved and said: a new admission begins without words.
    fn keep_runs_words(&mut self, claim: &Claim) -> Result<(), StoreError> {
        if let Some(redeemed) = &claim.redeemed {
            self.set("redeemed", value(claim, redeemed)?);
        }
        match &claim.report {
            Some(report) => self.set("report", value(claim, report)?),
            None => self.removed.push("report"),
        }
        match &claim.progress {
            Some(progress) => self.set("progress", value(claim, progress)?),
            None => self.removed.push("progress"),
        }
        Ok(())
    }

    fn index(&mut self, claim: &Claim) {
        match claim.open_key() {
            Some(open_key) => {
                self.set(OPEN_KEY, string(open_key));
                self.set(DUE_AT, string(due_at(claim)));
                self.set(DUE_GROUP, string(claim.group_id()));
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
        let names = self.set.iter().chain(&self.set_once).map(|(name, _)| *name).chain(self.removed.iter().copied());
        for name in names {
            update = update.expression_attribute_names(format!("#{name}"), name);
        }
        let set = self.set.iter().map(|(name, _)| format!("#{name} = :{name}"));
        let set_once = self.set_once.iter().map(|(name, _)| format!("#{name} = if_not_exists(#{name}, :{name})"));
        let set: Vec<String> = set.chain(set_once).collect();
        let removed: Vec<String> = self.removed.iter().map(|name| format!("#{name}")).collect();
        for (name, value) in self.set.into_iter().chain(self.set_once) {
            update = update.expression_attribute_values(format!(":{name}"), value);
        }
        let clauses = [("SET", set), ("REMOVE", removed)].into_iter().filter(|(_, names)| !names.is_empty());
        let expression: Vec<String> = clauses.map(|(clause, names)| format!("{clause} {}", names.join(", "))).collect();
        update.update_expression(expression.join(" "))
    }
}
