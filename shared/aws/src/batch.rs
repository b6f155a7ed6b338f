//! Several items in one request.
//!
//! Owns asking again for what DynamoDB left out. Never knows what an item means.

use std::collections::{HashMap, HashSet};

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{AttributeValue, KeysAndAttributes};

use crate::error::StoreError;
use crate::rounds::{ROUNDS, pause_before};
use crate::table::{META, PARTITION_KEY, SORT_KEY, string};

/// The `META` items of these partitions, at most 100, as they are now and in no order; those that are not there are left
/// out.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html>
pub(crate) async fn get_each(
    client: &Client,
    table: &str,
    partitions: impl IntoIterator<Item = String>,
    operation: &'static str,
) -> Result<Vec<HashMap<String, AttributeValue>>, StoreError> {
    // A request that names a key twice is refused.
    let mut named = HashSet::new();
    let keys: Vec<_> = partitions.into_iter().filter(|partition| named.insert(partition.clone())).map(key).collect();
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let wanted =
        KeysAndAttributes::builder().set_keys(Some(keys)).consistent_read(true).build().expect("there are keys");
    let mut wanted = Some([(table.to_owned(), wanted)].into());
    let mut items = Vec::new();
    for round in 0..ROUNDS {
        pause_before(round).await;
        let answer = client.batch_get_item().set_request_items(wanted).send().await;
        let answer = answer.map_err(StoreError::unavailable(operation))?;
        items.extend(answer.responses.unwrap_or_default().remove(table).unwrap_or_default());
        wanted = answer.unprocessed_keys.filter(|left| !left.is_empty());
        if wanted.is_none() {
            return Ok(items);
        }
    }
    Err(StoreError::Unavailable { operation, source: "some keys stay unprocessed".into() })
}

fn key(partition: String) -> HashMap<String, AttributeValue> {
    [(PARTITION_KEY, string(partition)), (SORT_KEY, string(META))].map(|(name, value)| (name.to_owned(), value)).into()
}
