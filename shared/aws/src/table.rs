//! The tables themselves: their keys, and the making of one on an engine of this machine.
//!
//! Owns the attribute names. On AWS the template makes the tables; a test compares the two.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::create_table::CreateTableError;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};

use crate::error::StoreError;
use crate::sdk::Sdk;

pub(crate) const PARTITION_KEY: &str = "pk";
pub(crate) const SORT_KEY: &str = "sk";
pub(crate) const META: &str = "META";
pub(crate) const RUN_KEY: &str = "run_key";
pub(crate) const BY_RUN: &str = "by-run";
pub(crate) const EXPIRES_AT: &str = "expires_at";

/// The two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// Settings.
    Mappings,
    /// Claims and what belongs to them.
    Dispatches,
}

/// Makes a table where there is none yet.
pub async fn create_table(sdk: &Sdk, kind: TableKind, name: &str) -> Result<(), StoreError> {
    let client = Client::new(&sdk.0);
    let mut table = client
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute(PARTITION_KEY))
        .attribute_definitions(attribute(SORT_KEY))
        .key_schema(key(PARTITION_KEY, KeyType::Hash))
        .key_schema(key(SORT_KEY, KeyType::Range));
    if kind == TableKind::Dispatches {
        let keys_only = Projection::builder().projection_type(ProjectionType::KeysOnly).build();
        let by_run = GlobalSecondaryIndex::builder()
            .index_name(BY_RUN)
            .key_schema(key(RUN_KEY, KeyType::Hash))
            .projection(keys_only)
            .build()
            .expect("an index has a name and a key");
        table = table.attribute_definitions(attribute(RUN_KEY)).global_secondary_indexes(by_run);
    }
    match table.send().await {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => Ok(()),
        Err(error) => Err(StoreError::unavailable("make a table")(error)),
    }
}

fn attribute(name: &str) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(name)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .expect("an attribute has a name and a type")
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().expect("a key has a name and a type")
}

pub(crate) fn string(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(crate) fn number(number: impl ToString + Copy) -> AttributeValue {
    AttributeValue::N(number.to_string())
}
