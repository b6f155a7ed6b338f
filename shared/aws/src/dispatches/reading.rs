//! Reading claims: by their id, their command, their run, their conversation.
//!
//! Owns the ways that lead to one claim. Every read sees what was written before; the way from a run leads through an index,
//! and may be a moment late.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::claim::{Claim, ClaimId};
use domain::ids::RunId;
use domain::request::Place;

use super::room::conversation_partition;
use super::{Dispatches, claim_item, claim_partition, key_partition};
use crate::error::StoreError;
use crate::table::{BY_RUN, META, PARTITION_KEY, RUN_KEY, SORT_KEY, string};

/// What is known of a conversation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ConversationRecord {
    /// The claim that holds it.
    pub holder: Option<Claim>,
    /// The last claim that was dispatched in it.
    pub last: Option<Claim>,
}

impl Dispatches {
    /// A claim by its id.
    pub async fn claim(&self, id: ClaimId) -> Result<Option<Claim>, StoreError> {
        let item = self.get(&claim_partition(id)).await?;
        item.map(claim_item::read).transpose()
    }

    /// The claim that a run answers.
    pub async fn claim_of_run(&self, run: RunId) -> Result<Option<Claim>, StoreError> {
        let answer = self
            .client
            .query()
            .table_name(&self.table)
            .index_name(BY_RUN)
            .key_condition_expression("#run = :run")
            .expression_attribute_names("#run", RUN_KEY)
            .expression_attribute_values(":run", string(claim_item::run_key(run)))
            .send()
            .await
            .map_err(StoreError::unavailable("look a run up"))?;
        let partition = answer.items().first().and_then(|item| item.get(PARTITION_KEY)?.as_s().ok().cloned());
        match partition {
            Some(partition) => self.get(&partition).await?.map(claim_item::read).transpose(),
            None => Ok(None),
        }
    }

    /// Who holds a conversation, or a ticket, and who held it last.
    pub async fn conversation(&self, place: &Place) -> Result<ConversationRecord, StoreError> {
        let Some(item) = self.get(&conversation_partition(place)).await? else {
            return Ok(ConversationRecord::default());
        };
        let claim_named = |attribute: &str| item.get(attribute)?.as_s().ok()?.parse::<ClaimId>().ok();
        // One that can't be read keeps its lock, and no other command from being judged.
        let read = async |id: Option<ClaimId>| match id {
            Some(id) => match self.claim(id).await {
                Err(StoreError::Corrupt { key, .. }) => {
                    tracing::error!(key, code = "UNREADABLE_RECORD", "a conversation's claim can't be read");
                    Ok(None)
                }
                read => read,
            },
            None => Ok(None),
        };
        let (holder, last) = tokio::try_join!(read(claim_named("holder")), read(claim_named("last_claim")))?;
        Ok(ConversationRecord { holder, last })
    }

    /// Whether a command was ever taken, by its natural key.
    pub async fn knows(&self, natural_key: &str) -> Result<bool, StoreError> {
        Ok(self.get(&key_partition(natural_key)).await?.is_some())
    }

    /// The claim of a request, by its natural key; `None` where nobody has taken it.
    pub async fn claim_of_natural_key(&self, natural_key: &str) -> Result<Option<Claim>, StoreError> {
        let partition = key_partition(natural_key);
        let Some(item) = self.get(&partition).await? else { return Ok(None) };
        let id = item.get("claim_id").and_then(|id| id.as_s().ok()?.parse().ok());
        let claim = match id {
            Some(id) => self.claim(id).await?,
            None => None,
        };
        claim.map(Some).ok_or_else(|| StoreError::corrupt(&partition, "it leads to no claim"))
    }

    pub(super) async fn get(&self, partition: &str) -> Result<Option<HashMap<String, AttributeValue>>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(META));
        Ok(get.send().await.map_err(StoreError::unavailable("read an item"))?.item)
    }
}
