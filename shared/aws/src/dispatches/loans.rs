//! Tokens that a claim's run was lent, as long as they may have to be taken back.
//!
//! Owns their items. Never sees a token: what it keeps is sealed.

use domain::claim::ClaimId;
use jiff::Timestamp;
use serde::Deserialize;

use super::{Dispatches, claim_partition};
use crate::error::StoreError;
use crate::table::{EXPIRES_AT, PARTITION_KEY, SORT_KEY, number, string};

/// How the sort key of a loan begins; when it ends, and a part of its seal, follow.
const LOAN: &str = "LOAN#";
/// So much of a seal tells one loan from another: its nonce is there.
const TOLD_APART_BY: usize = 16;

/// A token that was lent.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct KeptLoan {
    #[serde(rename = "sk")]
    key: String,
    /// The token, sealed.
    pub sealed: String,
    /// When it ends by itself.
    #[serde(rename = "ends_at")]
    pub expires_at: Timestamp,
}

impl Dispatches {
    /// Keeps a sealed token until it ends.
    pub async fn keep_loan(&self, claim: ClaimId, sealed: &str, expires_at: Timestamp) -> Result<(), StoreError> {
        let mark: String = sealed.chars().take(TOLD_APART_BY).collect();
        let put = self.client.put_item().table_name(&self.table);
        let put = put
            .item(PARTITION_KEY, string(claim_partition(claim)))
            .item(SORT_KEY, string(format!("{LOAN}{}#{mark}", expires_at.as_millisecond())))
            .item("sealed", string(sealed))
            .item("ends_at", string(expires_at.to_string()))
            .item(EXPIRES_AT, number(expires_at.as_second()));
        put.send().await.map(drop).map_err(StoreError::unavailable("keep a loan"))
    }

    /// Everything that a claim's run was lent.
    pub async fn loans(&self, claim: ClaimId) -> Result<Vec<KeptLoan>, StoreError> {
        let partition = claim_partition(claim);
        let items = self
            .client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :claim AND begins_with(sk, :loan)")
            .expression_attribute_values(":claim", string(&partition))
            .expression_attribute_values(":loan", string(LOAN))
            .consistent_read(true)
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(StoreError::unavailable("read a claim's loans"))?;
        let loan = |item| serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&partition, error));
        items.into_iter().map(loan).collect()
    }

    /// Forgets a loan that was taken back, or has ended.
    pub async fn forget_loan(&self, claim: ClaimId, loan: &KeptLoan) -> Result<(), StoreError> {
        let delete = self.client.delete_item().table_name(&self.table);
        let delete = delete.key(PARTITION_KEY, string(claim_partition(claim))).key(SORT_KEY, string(&loan.key));
        delete.send().await.map(drop).map_err(StoreError::unavailable("forget a loan"))
    }
}
