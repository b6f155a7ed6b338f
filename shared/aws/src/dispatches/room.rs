//! Room for a run: the conversation's lock, the repository's slots with the line before them, and its runs of a day.
//!
//! Owns their items and conditions. Each is taken and given back in the transaction of the transition that it belongs to, so
//! that none is ever held for nobody. Never decides whose turn it is: that is the domain's, and a condition keeps newcomers
//! behind those who wait.

use std::collections::BTreeSet;

use aws_sdk_dynamodb::types::builders::UpdateBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, TransactWriteItem};
use domain::claim::{Claim, ClaimId, Line, State};
use domain::decide::Room;
use domain::ids::RepoId;
use domain::request::Place;
use jiff::{SignedDuration, Timestamp};

use super::transaction::{Written, written};
use super::{Dispatches, claim_item};
use crate::error::StoreError;
use crate::table::{META, number, string};

/// How long a day's runs are remembered after they were counted last.
const DAY_KEPT: SignedDuration = SignedDuration::from_hours(72);

/// What became of an intent, or of a place in the line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It is written; what it takes is ours.
    Written,
    /// Another claim holds the conversation.
    InFlight,
    /// The repository has started as many runs today as it may.
    OverBudget,
    /// The repository has no free slot, or others wait for one.
    AtCapacity,
    /// Somebody else moved the claim.
    Lost,
}

/// The places of the writes in an intent's transaction.
const TRANSITION: usize = 0;
const LOCK: usize = 2;
const SLOT: usize = 3;
const BUDGET: usize = 4;

impl Dispatches {
    /// Writes an intent together with the conversation's lock, one of the repository's slots and one of its runs of the day.
    pub async fn begin(&self, from: &Claim, to: &Claim, room: Room) -> Result<Begun, StoreError> {
        let slot = self
            .slot(to)
            .update_expression("ADD holders :me DELETE waiting :me")
            .condition_expression(
                "(attribute_not_exists(holders) OR size(holders) < :slots OR contains(holders, :id)) \
                AND (attribute_not_exists(waiting) OR contains(waiting, :id))",
            )
            .expression_attribute_values(":id", string(to.id.to_string()))
            .expression_attribute_values(":slots", number(room.slots.get()));
        let mut writes = vec![self.transition(from, to)?, self.history(to)?, self.take_lock(to), written(slot)];
        writes.extend(room.runs_a_day.map(|runs| self.count(to, runs.get())));
        match self.transact(writes).await {
            Ok(Written::Done) => Ok(Begun::Written),
            Ok(Written::Failed(failed)) if failed.contains(&TRANSITION) => {
                Ok(if self.is_written(to).await? { Begun::Written } else { Begun::Lost })
            }
            // A command that could not start moves nobody out of the way.
            Ok(Written::Failed(failed)) if failed.contains(&BUDGET) => Ok(Begun::OverBudget),
            Ok(Written::Failed(failed)) if failed.contains(&LOCK) => Ok(Begun::InFlight),
            Ok(Written::Failed(failed)) if failed.contains(&SLOT) => Ok(Begun::AtCapacity),
            Ok(Written::Failed(_)) => Ok(Begun::Lost),
            // The answer may be all that was lost.
            Err(error) => match self.is_written(to).await {
                Ok(true) => Ok(Begun::Written),
                _ => Err(error),
            },
        }
    }

    /// Gives a claim its place in the line, together with the conversation's lock.
    pub async fn line_up(&self, from: &Claim, to: &Claim) -> Result<Begun, StoreError> {
        let place = written(self.slot(to).update_expression("ADD waiting :me"));
        let writes = vec![self.transition(from, to)?, self.history(to)?, self.take_lock(to), place];
        Ok(match self.transact(writes).await? {
            Written::Done => Begun::Written,
            Written::Failed(failed) if failed.contains(&TRANSITION) => Begun::Lost,
            Written::Failed(failed) if failed.contains(&LOCK) => Begun::InFlight,
            Written::Failed(_) => Begun::Lost,
        })
    }

    /// Who has the repository's slots, and who waits for one.
    pub async fn line(&self, repo: RepoId) -> Result<Line, StoreError> {
        let partition = slot_partition(repo);
        let Some(item) = self.get(&partition).await? else { return Ok(Line::default()) };
        let ids = |attribute: &str| -> Result<BTreeSet<ClaimId>, StoreError> {
            let Some(ids) = item.get(attribute) else { return Ok(BTreeSet::new()) };
            let ids = ids.as_ss().ok().and_then(|ids| ids.iter().map(|id| id.parse().ok()).collect());
            ids.ok_or_else(|| StoreError::corrupt(&partition, "it holds something else than claims"))
        };
        Ok(Line { holders: ids("holders")?, waiting: ids("waiting")? })
    }

    /// Takes a claim out of the line that isn't in it by its own record.
    pub async fn leave_line(&self, repo: RepoId, claim: ClaimId) -> Result<(), StoreError> {
        let update = self
            .update(&slot_partition(repo), META)
            .update_expression("DELETE waiting :it")
            .expression_attribute_values(":it", set_of(claim));
        self.transact(vec![written(update)]).await.map(drop)
    }

    /// Whether an intent is on record and is this writer's own, by its nonce.
    async fn is_written(&self, intent: &Claim) -> Result<bool, StoreError> {
        Ok(self
            .claim(intent.id)
            .await?
            .is_some_and(|stored| stored.state == intent.state && stored.epoch == intent.epoch))
    }

    /// What a transition makes of the conversation's lock.
    pub(super) fn lock_change(&self, from: &Claim, to: &Claim) -> Option<TransactWriteItem> {
        match (from.state.holds_lock(), to.state.holds_lock()) {
            (false, true) => Some(self.take_lock(to)),
            (true, false) => {
                let lock = self
                    .lock(to)
                    .update_expression("REMOVE holder")
                    .condition_expression("holder = :me OR attribute_not_exists(holder)");
                Some(written(lock))
            }
            (true, true) | (false, false) => None,
        }
    }

    /// What a transition makes of the slot, and of the place in the line.
    pub(super) fn slot_change(&self, from: &Claim, to: &Claim) -> Option<TransactWriteItem> {
        let leaves_line = from.state.is_queued() && !to.state.is_queued();
        let change = match (from.state.holds_slot(), to.state.holds_slot(), leaves_line) {
            (true, false, _) => "DELETE holders :me",
            // A run that shows itself late is there, whether there is room for it or not.
            (false, true, true) => "ADD holders :me DELETE waiting :me",
            (false, true, false) => "ADD holders :me",
            (_, _, true) => "DELETE waiting :me",
            (_, _, false) => return None,
        };
        Some(written(self.slot(to).update_expression(change)))
    }

    /// A run that was counted and never started counts no more.
    pub(super) fn budget_change(&self, from: &Claim, to: &Claim) -> Option<TransactWriteItem> {
        let order = from.order.as_ref().filter(|order| order.is_budgeted)?;
        let never_started = matches!(to.state, State::Refused { .. } | State::Withdrawn { .. });
        let day = self.day(to, order.pinned_at?);
        never_started.then(|| written(day.update_expression("SET expires_at = :expires_at DELETE claims :me")))
    }

    fn take_lock(&self, claim: &Claim) -> TransactWriteItem {
        let lock = self
            .lock(claim)
            .update_expression("SET holder = :me, last_claim = :me, expires_at = :expires_at")
            .condition_expression("attribute_not_exists(holder) OR holder = :me")
            .expression_attribute_values(":expires_at", number(claim_item::expires_at(claim)));
        written(lock)
    }

    fn count(&self, claim: &Claim, runs: u32) -> TransactWriteItem {
        let day = self
            .day(claim, claim.updated_at)
            .update_expression("SET expires_at = :expires_at ADD claims :me")
            .condition_expression("attribute_not_exists(claims) OR size(claims) < :runs OR contains(claims, :id)")
            .expression_attribute_values(":id", string(claim.id.to_string()))
            .expression_attribute_values(":runs", number(runs));
        written(day)
    }

    fn lock(&self, claim: &Claim) -> UpdateBuilder {
        self.update(&conversation_partition(&claim.request.place()), META)
            .expression_attribute_values(":me", string(claim.id.to_string()))
    }

    fn slot(&self, claim: &Claim) -> UpdateBuilder {
        self.update(&slot_partition(claim.request.repo().id), META).expression_attribute_values(":me", set_of(claim.id))
    }

    fn day(&self, claim: &Claim, day: Timestamp) -> UpdateBuilder {
        self.update(&format!("RUNS#{}", claim.request.repo().id), &day.strftime("DAY#%Y-%m-%d").to_string())
            .expression_attribute_values(":me", set_of(claim.id))
            .expression_attribute_values(":expires_at", number((day + DAY_KEPT).as_second()))
    }
}

fn set_of(claim: ClaimId) -> AttributeValue {
    AttributeValue::Ss(vec![claim.to_string()])
}

pub(super) fn conversation_partition(place: &Place) -> String {
    format!("PR#{place}")
}

fn slot_partition(repo: RepoId) -> String {
    format!("SLOT#{repo}")
}
