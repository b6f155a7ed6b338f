//! The Mappings table.
//!
//! Owns its keys and the difference between a mapping that is missing and one that somebody broke. Never fills in or
//! corrects a setting.

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::RepoId;
use domain::mapping::{Mapping, MappingDraft, MappingFaults};

use crate::error::StoreError;
use crate::sdk::Sdk;
use crate::table::{META, PARTITION_KEY, SORT_KEY, string};

/// The Mappings table.
#[derive(Debug, Clone)]
pub struct Mappings {
    client: Client,
    table: String,
}

/// What is stored for a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredMapping {
    /// Nothing.
    Missing,
    /// Settings that break a rule: they weren't written by us.
    Invalid(MappingFaults),
    /// Valid settings.
    Found(Box<Mapping>),
}

impl Mappings {
    /// The table of that name.
    #[must_use]
    pub fn new(sdk: &Sdk, table: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), table: table.into() }
    }

    /// A repository's settings, by its id: a name can change hands.
    pub async fn of_repository(&self, repo: RepoId) -> Result<StoredMapping, StoreError> {
        let key = partition(repo);
        let answer = self
            .client
            .get_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, string(&key))
            .key(SORT_KEY, string(META))
            // A repository that was paused a moment ago is paused.
            .consistent_read(true)
            .send()
            .await
            .map_err(StoreError::unavailable("read a mapping"))?;
        Ok(answer.item.map_or(StoredMapping::Missing, stored))
    }

    /// Writes a repository's settings, whatever was there.
    pub async fn put(&self, repo: RepoId, draft: &MappingDraft) -> Result<(), StoreError> {
        let key = partition(repo);
        let mut item: HashMap<String, AttributeValue> =
            serde_dynamo::to_item(draft).map_err(|error| StoreError::corrupt(&key, error))?;
        item.insert(PARTITION_KEY.to_owned(), string(&key));
        item.insert(SORT_KEY.to_owned(), string(META));
        let put = self.client.put_item().table_name(&self.table).set_item(Some(item));
        put.send().await.map(drop).map_err(StoreError::unavailable("write a mapping"))
    }
}

fn partition(repo: RepoId) -> String {
    format!("REPO#{repo}")
}

fn stored(mut item: HashMap<String, AttributeValue>) -> StoredMapping {
    item.remove(PARTITION_KEY);
    item.remove(SORT_KEY);
    let draft: Result<MappingDraft, _> = serde_dynamo::from_item(item);
    match draft.map_err(|error| MappingFaults::unreadable(&error)).and_then(Mapping::try_from) {
        Ok(mapping) => StoredMapping::Found(Box::new(mapping)),
        Err(faults) => StoredMapping::Invalid(faults),
    }
}
