//! How far the sweeper's rounds have come: one item for each place to go on from. Part of the Dispatches table.
//!
//! Owns the keys, the versions, and that nobody writes over what they haven't read. Never knows what a place means: to
//! the table it is a text.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use serde::de::DeserializeOwned;

use std::collections::HashMap;

use crate::error::StoreError;
use crate::sdk::Sdk;
use crate::table::{EXPIRES_AT, META, PARTITION_KEY, SORT_KEY, number, string};

/// How long a place that nobody comes back to is kept.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

const VERSION: &str = "version";
const PLACE: &str = "place";

/// The places that rounds go on from.
#[derive(Debug, Clone)]
pub struct Cursors {
    client: Client,
    table: String,
}

/// A place as it was read, to be changed and written back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor<T> {
    /// The place.
    pub place: T,
    name: String,
    /// What is in the table; 0 for nothing.
    version: u64,
}

impl Cursors {
    /// In the Dispatches table of that name.
    #[must_use]
    pub fn new(sdk: &Sdk, table: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), table: table.into() }
    }

    /// The place of that name; the beginning where none is kept, or one that another release wrote: every round may
    /// start over.
    pub async fn read<T: DeserializeOwned + Default>(&self, name: &str) -> Result<Cursor<T>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(PARTITION_KEY, string(partition(name))).key(SORT_KEY, string(META));
        let item = get.send().await.map_err(StoreError::unavailable("read a cursor"))?.item.unwrap_or_default();
        let version = item.get(VERSION).and_then(|version| version.as_n().ok()?.parse().ok()).unwrap_or(0);
        let place = place_of(&item).unwrap_or_else(|error| {
            tracing::warn!(cursor = name, %error, "a cursor has an unknown shape; its round starts over");
            T::default()
        });
        Ok(Cursor { place, name: name.to_owned(), version })
    }

    /// Writes a place back; `false` when somebody else has written it since it was read.
    pub async fn write<T: Serialize>(&self, cursor: &mut Cursor<T>, now: Timestamp) -> Result<bool, StoreError> {
        let partition = partition(&cursor.name);
        let place = serde_json::to_string(&cursor.place).map_err(|error| StoreError::corrupt(&partition, error))?;
        let next = cursor.version + 1;
        let answer = self
            .client
            .put_item()
            .table_name(&self.table)
            .item(PARTITION_KEY, string(partition))
            .item(SORT_KEY, string(META))
            .item(VERSION, number(next))
            .item(PLACE, string(place))
            .item(EXPIRES_AT, number((now + KEPT).as_second()))
            .condition_expression("attribute_not_exists(pk) OR version = :read")
            .expression_attribute_values(":read", number(cursor.version))
            .send()
            .await;
        let written =
            StoreError::written(answer, PutItemError::is_conditional_check_failed_exception, "write a cursor")?;
        if written {
            cursor.version = next;
        }
        Ok(written)
    }
}

fn partition(name: &str) -> String {
    format!("CURSOR#{name}")
}

fn place_of<T: DeserializeOwned + Default>(item: &HashMap<String, AttributeValue>) -> Result<T, serde_json::Error> {
    match item.get(PLACE).and_then(|place| place.as_s().ok()) {
        Some(place) => serde_json::from_str(place),
        None => Ok(T::default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{at, engine};

    async fn cursors() -> Cursors {
        Cursors::new(&engine().await, "Dispatches")
    }

    #[tokio::test]
    async fn a_place_is_found_again_by_its_name() {
        let cursors = cursors().await;
        let mut here: Cursor<Vec<u32>> = cursors.read("here").await.expect("a working engine");
        assert_eq!(here.place, Vec::<u32>::new());
        for place in [vec![1], vec![1, 2]] {
            here.place = place;
            assert!(cursors.write(&mut here, at(0)).await.expect("a working engine"));
        }
        let again: Cursor<Vec<u32>> = cursors.read("here").await.expect("a working engine");
        assert_eq!(again, here);
        let elsewhere: Cursor<Vec<u32>> = cursors.read("elsewhere").await.expect("a working engine");
        assert_eq!(elsewhere.place, Vec::<u32>::new());
    }

    #[tokio::test]
    async fn of_two_who_read_the_same_place_one_writes() {
        let cursors = cursors().await;
        let mut one: Cursor<u32> = cursors.read("here").await.expect("a working engine");
        let mut other = one.clone();
        (one.place, other.place) = (1, 2);
        assert!(cursors.write(&mut one, at(0)).await.expect("a working engine"));
        assert!(!cursors.write(&mut other, at(0)).await.expect("a working engine"));
        let read: Cursor<u32> = cursors.read("here").await.expect("a working engine");
        assert_eq!(read.place, 1);
    }

    #[tokio::test]
    async fn a_place_of_an_unknown_shape_is_the_beginning_and_is_replaced() {
        let cursors = cursors().await;
        let mut text: Cursor<String> = cursors.read("here").await.expect("a working engine");
        text.place = "from the future".to_owned();
        assert!(cursors.write(&mut text, at(0)).await.expect("a working engine"));
        let mut number: Cursor<u32> = cursors.read("here").await.expect("a working engine");
        assert_eq!(number.place, 0);
        number.place = 7;
        assert!(cursors.write(&mut number, at(0)).await.expect("a working engine"));
    }
}
