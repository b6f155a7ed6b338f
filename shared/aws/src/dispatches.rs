//! The Dispatches table: claims, and the locks, slots and notices that belong to them.
//!
//! Owns its keys and conditions. A transition is written only on the (state, epoch, revision) it was made from,
//! together with its line of history and with the locks that it takes or gives back. Never invents a transition: both
//! ends of it come from the domain.

mod claim_item;
mod claim_update;
mod cursor;
mod listing;
mod notices;
mod open_claims;
mod reading;
mod transaction;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::claim::{Claim, ClaimId};
use domain::ids::{IssueNumber, RepoId};
use domain::repo_name::RepoFullName;
use jiff::SignedDuration;

pub use self::listing::{ClaimEvent, OpenClaim, OpenClaims};
pub use self::notices::Turn;
pub use self::reading::ConversationRecord;
use self::transaction::{Written, written};
use crate::error::StoreError;
use crate::sdk::Sdk;
use crate::table::{EXPIRES_AT, META, number, string};

/// How long a natural key is remembered: longer than any queue or delivery list can repeat a comment, and less long
/// than the claim that it leads to.
const KEY_LIFETIME: SignedDuration = SignedDuration::from_hours(60 * 24);

/// The Dispatches table.
#[derive(Debug, Clone)]
pub struct Dispatches {
    client: Client,
    table: String,
}

/// Who has a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Taken {
    /// The claim that was just put: the command is ours.
    New(Claim),
    /// The claim that was there already.
    Existing(Claim),
}

/// What became of an intent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Begun {
    /// It is written; the lock and a slot are ours.
    Written,
    /// Another claim holds the conversation.
    InFlight,
    /// The repository has no free slot.
    AtCapacity,
    /// Somebody else moved the claim.
    Lost,
}

impl Dispatches {
    /// The table of that name.
    #[must_use]
    pub fn new(sdk: &Sdk, table: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), table: table.into() }
    }

    /// Puts a received claim, unless its command is taken already.
    pub async fn take(&self, claim: Claim) -> Result<Taken, StoreError> {
        let key = claim.request.natural_key();
        let expires_at = (claim.created_at + KEY_LIFETIME).as_second();
        let idem = [("claim_id", string(claim.id.to_string())), (EXPIRES_AT, number(expires_at))];
        let writes = vec![
            self.put_if_absent(&claim_partition(claim.id), META, claim_item::whole(&claim)?),
            self.put_if_absent(&key_partition(&key), META, idem.map(|(name, value)| (name.to_owned(), value)).into()),
            self.history(&claim)?,
        ];
        match self.transact(writes).await? {
            Written::Done => Ok(Taken::New(claim)),
            Written::Failed(_) => {
                let existing = self.claim_of_key(&key).await?;
                // A write whose answer was lost is still ours: nobody else draws the same id.
                Ok(if existing.id == claim.id { Taken::New(existing) } else { Taken::Existing(existing) })
            }
        }
    }

    /// Writes an intent together with the conversation's lock and one of the repository's `slots`.
    pub async fn begin(&self, from: &Claim, to: &Claim, slots: u32) -> Result<Begun, StoreError> {
        let mine = string(to.id.to_string());
        let lock = self
            .update(&conversation_partition(to.request.repo.id, to.request.number), META)
            .update_expression("SET holder = :me, last_claim = :me, expires_at = :expires_at")
            .condition_expression("attribute_not_exists(holder) OR holder = :me")
            .expression_attribute_values(":me", mine)
            .expression_attribute_values(":expires_at", number(claim_item::expires_at(to)));
        let slot = self
            .update(&slot_partition(to.request.repo.id), META)
            .update_expression("ADD holders :me")
            .condition_expression("attribute_not_exists(holders) OR size(holders) < :slots OR contains(holders, :id)")
            .expression_attribute_values(":me", AttributeValue::Ss(vec![to.id.to_string()]))
            .expression_attribute_values(":id", string(to.id.to_string()))
            .expression_attribute_values(":slots", number(slots));
        let writes = vec![self.transition(from, to)?, self.history(to)?, written(lock), written(slot)];
        match self.transact(writes).await {
            Ok(Written::Done) => Ok(Begun::Written),
            Ok(Written::Failed(failed)) if failed.contains(&0) => {
                Ok(if self.is_written(to).await? { Begun::Written } else { Begun::Lost })
            }
            // Both may be so: then nobody is moved out of the way for a command that could not start.
            Ok(Written::Failed(failed)) if failed.contains(&3) => Ok(Begun::AtCapacity),
            Ok(Written::Failed(_)) => Ok(Begun::InFlight),
            // The answer may be all that was lost.
            Err(error) => match self.is_written(to).await {
                Ok(true) => Ok(Begun::Written),
                _ => Err(error),
            },
        }
    }

    /// Whether an intent is on record and is this writer's own, by its nonce.
    async fn is_written(&self, intent: &Claim) -> Result<bool, StoreError> {
        Ok(self
            .claim(intent.id)
            .await?
            .is_some_and(|stored| stored.state == intent.state && stored.epoch == intent.epoch))
    }

    /// Writes any other transition; `false` when somebody else moved the claim. Lock and slot follow the state.
    pub async fn advance(&self, from: &Claim, to: &Claim) -> Result<bool, StoreError> {
        let mut writes = vec![self.transition(from, to)?, self.history(to)?];
        let mine = || AttributeValue::Ss(vec![to.id.to_string()]);
        let slot = || self.update(&slot_partition(to.request.repo.id), META).expression_attribute_values(":me", mine());
        if from.state.holds_lock() && !to.state.holds_lock() {
            let lock = self
                .update(&conversation_partition(to.request.repo.id, to.request.number), META)
                .update_expression("REMOVE holder")
                .condition_expression("holder = :me OR attribute_not_exists(holder)")
                .expression_attribute_values(":me", string(to.id.to_string()));
            writes.push(written(lock));
        }
        match (from.state.holds_slot(), to.state.holds_slot()) {
            (true, false) => writes.push(written(slot().update_expression("DELETE holders :me"))),
            // A run that shows itself late is there, whether there is room for it or not.
            (false, true) => writes.push(written(slot().update_expression("ADD holders :me"))),
            (true, true) | (false, false) => {}
        }
        Ok(matches!(self.transact(writes).await?, Written::Done))
    }

    /// Gives a claim the name that its repository has now.
    pub async fn note_name(&self, claim: ClaimId, name: &RepoFullName) -> Result<(), StoreError> {
        let update = self
            .update(&claim_partition(claim), META)
            .update_expression("SET #request.#repo.#name = :name")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_names("#request", "request")
            .expression_attribute_names("#repo", "repo")
            .expression_attribute_names("#name", "name")
            .expression_attribute_values(":name", string(name.to_string()));
        self.transact(vec![written(update)]).await.map(drop)
    }
}

fn claim_partition(id: ClaimId) -> String {
    format!("CLAIM#{id}")
}

fn key_partition(natural_key: &str) -> String {
    format!("IDEM#{natural_key}")
}

fn conversation_partition(repo: RepoId, number: IssueNumber) -> String {
    format!("PR#{repo}#{number}")
}

fn slot_partition(repo: RepoId) -> String {
    format!("SLOT#{repo}")
}

#[cfg(test)]
mod tests;
