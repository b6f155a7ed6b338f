//! API tokens, in the Mappings table.
//!
//! Owns their keys and conditions. Never sees a token's text: a record lies where the text's hash says, so whoever reads the
//! whole table still has no token. Never judges one; that it is revoked, over or too narrow is the domain's to say.

mod cursor;
mod listing;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::{AttributeValue, Put, ReturnValue, TransactWriteItem};
use domain::api_token::{ApiToken, ApiTokenHash, ApiTokenId, Revocation, USE_NOTED_EVERY};
use jiff::Timestamp;

pub use self::listing::{ApiTokenPage, ListedToken};

use crate::error::StoreError;
use crate::sdk::Sdk;
use crate::table::{LIST_KEY, META, NAME_KEY, PARTITION_KEY, SORT_KEY, string};

/// The partition of the index by name that tokens are in. Mappings have another one.
const LISTED: &str = "TOKENS";
/// Where the record is, on an id's item.
const HOME: &str = "home";
const REVOKED: &str = "revoked";

type Item = HashMap<String, AttributeValue>;

/// The API tokens.
#[derive(Debug, Clone)]
pub struct ApiTokens {
    client: Client,
    table: String,
}

/// What became of a revocation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Revoked {
    /// The token is good for nothing from now on.
    Now,
    /// It was before; by whom and when stays as it was written then.
    Before,
    /// There is none of this id.
    Unknown,
}

impl ApiTokens {
    /// The tokens in the Mappings table of that name.
    #[must_use]
    pub fn new(sdk: &Sdk, table: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), table: table.into() }
    }

    /// Keeps a new token, where neither its hash nor its id is taken: nobody is given another one's. Tells whether it was.
    pub async fn mint(&self, hash: ApiTokenHash, token: &ApiToken) -> Result<bool, StoreError> {
        let home = home_of(hash);
        let mut record: Item = serde_dynamo::to_item(token).map_err(|error| StoreError::corrupt(&home, error))?;
        record.extend(key(&home));
        record.insert(LIST_KEY.to_owned(), string(LISTED));
        record.insert(NAME_KEY.to_owned(), string(token.id.to_string()));
        let mut way = Item::from(key(&way_of(token.id)));
        way.insert(HOME.to_owned(), string(home));
        let write = self.client.transact_write_items().set_transact_items(Some(vec![self.put(record), self.put(way)]));
        StoreError::written(write.send().await, is_taken, "keep a new API token")
    }

    /// The token whose text has this hash, as it is now: one that was revoked a moment ago is.
    pub async fn find(&self, hash: ApiTokenHash) -> Result<Option<ApiToken>, StoreError> {
        self.get(&home_of(hash)).await?.map(token_of).transpose()
    }

    /// Takes a token back, for good. One that was made a moment ago is found, and one that can't be read is revoked too.
    pub async fn revoke(&self, id: ApiTokenId, by: &str, now: Timestamp) -> Result<Revoked, StoreError> {
        let way = way_of(id);
        let Some(item) = self.get(&way).await? else { return Ok(Revoked::Unknown) };
        let home = item.get(HOME).and_then(|home| home.as_s().ok());
        let home = home.ok_or_else(|| StoreError::corrupt(&way, "it leads nowhere"))?;
        let revocation = serde_dynamo::to_attribute_value(Revocation { at: now, by: by.to_owned() });
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, string(home))
            .key(SORT_KEY, string(META))
            .update_expression("SET revoked = if_not_exists(revoked, :revocation)")
            .condition_expression("attribute_exists(pk)")
            .expression_attribute_values(":revocation", revocation.map_err(|error| StoreError::corrupt(home, error))?)
            .return_values(ReturnValue::AllOld)
            .send()
            .await;
        let before = answer.map_err(|error| match error.as_service_error() {
            Some(error) if is_not_there(error) => StoreError::corrupt(&way, "it leads to no token"),
            _ => StoreError::unavailable("revoke an API token")(error),
        })?;
        let was_revoked = before.attributes.is_some_and(|item| item.contains_key(REVOKED));
        Ok(if was_revoked { Revoked::Before } else { Revoked::Now })
    }

    /// Writes down that a token was used, unless that was done within the last minute; tells whether it was done now. Nothing
    /// hangs on it: a caller goes on without.
    pub async fn note_use(&self, hash: ApiTokenHash, now: Timestamp) -> Result<bool, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, string(home_of(hash)))
            .key(SORT_KEY, string(META))
            .update_expression("SET last_used_at = :now")
            .condition_expression(
                "attribute_exists(pk) AND (attribute_not_exists(last_used_at) OR last_used_at <= :last)",
            )
            .expression_attribute_values(":now", string(sortable(now)))
            .expression_attribute_values(":last", string(sortable(now - USE_NOTED_EVERY)))
            .send()
            .await;
        StoreError::written(answer, is_not_there, "note an API token's use")
    }

    async fn get(&self, partition: &str) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(META));
        Ok(get.send().await.map_err(StoreError::unavailable("read an API token"))?.item)
    }

    fn put(&self, item: Item) -> TransactWriteItem {
        let put = Put::builder().table_name(&self.table).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(pk)").build().expect("a put has a table and an item");
        TransactWriteItem::builder().put(put).build()
    }
}

fn token_of(item: Item) -> Result<ApiToken, StoreError> {
    let partition = item.get(PARTITION_KEY).and_then(|key| key.as_s().ok()).cloned().unwrap_or_default();
    serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&partition, error))
}

/// Where a token's record lies.
fn home_of(hash: ApiTokenHash) -> String {
    format!("TOKEN#{hash}")
}

/// Where an id's way to its record lies. An id has 26 characters and a hash 64: they never meet.
fn way_of(id: ApiTokenId) -> String {
    format!("TOKEN#{id}")
}

fn key(partition: &str) -> [(String, AttributeValue); 2] {
    [(PARTITION_KEY.to_owned(), string(partition)), (SORT_KEY.to_owned(), string(META))]
}

/// A time as text that sorts as time does.
fn sortable(time: Timestamp) -> String {
    format!("{time:.3}")
}

fn is_taken(error: &TransactWriteItemsError) -> bool {
    let TransactWriteItemsError::TransactionCanceledException(cancelled) = error else { return false };
    cancelled.cancellation_reasons().iter().any(|reason| reason.code() == Some("ConditionalCheckFailed"))
}

fn is_not_there(error: &UpdateItemError) -> bool {
    error.is_conditional_check_failed_exception()
}

#[cfg(test)]
mod tests;
