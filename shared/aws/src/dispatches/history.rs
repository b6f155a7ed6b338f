//! What one claim went through.
//!
//! Owns a line of history as it is read. Never writes one: each is a part of its transition.

use domain::claim::ClaimId;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Dispatches, claim_item, claim_partition};
use crate::error::StoreError;
use crate::table::string;

/// One line of a claim's history.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ClaimEvent {
    /// When the claim moved.
    pub at: Timestamp,
    /// The name of the state that it moved to.
    pub state: String,
    /// Its epoch since then.
    pub epoch: u32,
    /// The stable reason code, where there is one.
    #[serde(default)]
    pub code: Option<String>,
    /// The person by whose word it moved, where a person decided.
    #[serde(default)]
    pub by: Option<String>,
}

impl Dispatches {
    /// Everything that a claim went through, the oldest first; nothing for a claim that nobody took.
    pub async fn history_of(&self, claim: ClaimId) -> Result<Vec<ClaimEvent>, StoreError> {
        let partition = claim_partition(claim);
        let lines = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :claim AND begins_with(sk, :event)")
            .expression_attribute_values(":claim", string(&partition))
            .expression_attribute_values(":event", string(claim_item::EVENT))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(StoreError::unavailable("read a claim's history"))?;
        let line = |item| serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&partition, error));
        lines.into_iter().map(line).collect()
    }
}
