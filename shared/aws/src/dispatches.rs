//! The Dispatches table: claims, and the locks, slots and notices that belong to them.
//!
//! Owns its keys and conditions. A transition is written only on the (state, epoch, revision) it was made from,
//! together with its line of history and with the locks that it takes or gives back. Never invents a transition: both
//! ends of it come from the domain.

mod by_time;
mod claim_item;
mod claim_update;
mod cursor;
mod history;
mod listing;
mod loans;
mod notices;
mod open_claims;
mod reading;
mod room;
mod tallies;
mod transaction;

use aws_sdk_dynamodb::Client;
use domain::claim::{Claim, ClaimId};
use domain::repo_name::RepoFullName;
use jiff::SignedDuration;

pub use self::history::ClaimEvent;
pub use self::listing::{ListedClaim, ListedClaims};
pub use self::loans::KeptLoan;
pub use self::notices::Turn;
pub use self::open_claims::OpenCount;
pub use self::reading::ConversationRecord;
pub use self::room::Begun;
pub use self::tallies::KeptTally;
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
                let existing = self.claim_of_natural_key(&key).await?;
                let existing = existing.ok_or_else(|| StoreError::corrupt(&key_partition(&key), "it is gone"))?;
                // A write whose answer was lost is still ours: nobody else draws the same id.
                Ok(if existing.id == claim.id { Taken::New(existing) } else { Taken::Existing(existing) })
            }
        }
    }

    /// Writes any other transition; `false` when somebody else moved the claim, or holds the conversation that it is to hold
    /// again. Lock, slot, place in the line and budget follow the state.
    pub async fn advance(&self, from: &Claim, to: &Claim) -> Result<bool, StoreError> {
        let mut writes = vec![self.transition(from, to)?, self.history(to)?];
        writes.extend(self.lock_change(from, to));
        writes.extend(self.slot_change(from, to));
        writes.extend(self.budget_change(from, to));
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

#[cfg(test)]
mod tests;
