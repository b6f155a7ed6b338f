//! The tables themselves: their keys, and the making of one on an engine of this machine.
//!
//! Owns the attribute names of every key. On AWS the template makes the tables, from the same [`TableDescription`] as
//! far as a test can tell. Never knows what an item means.

use std::iter;

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
pub(crate) const LIST_KEY: &str = "list_key";
pub(crate) const NAME_KEY: &str = "name_key";
pub(crate) const BY_NAME: &str = "by-name";
pub(crate) const RUN_KEY: &str = "run_key";
pub(crate) const BY_RUN: &str = "by-run";
pub(crate) const OPEN_KEY: &str = "open_key";
pub(crate) const DUE_AT: &str = "due_at";
pub(crate) const DUE_GROUP: &str = "due_group";
pub(crate) const EPOCH: &str = "epoch";
pub(crate) const BY_OPEN: &str = "by-open";
pub(crate) const BY_CONVERSATION: &str = "by-conversation";
pub(crate) const REPO_KEY: &str = "repo_key";
pub(crate) const BY_REPOSITORY: &str = "by-repository";
pub(crate) const TIME_KEY: &str = "time_key";
pub(crate) const STATE_NAME: &str = "state_name";
pub(crate) const ASKS_FOR: &str = "asks_for";
pub(crate) const ASKED_AT: &str = "asked_at";
pub(crate) const DISPATCHED_AT: &str = "dispatched_at";
pub(crate) const BY_TIME: &str = "by-time";
pub(crate) const EXPIRES_AT: &str = "expires_at";

/// The two tables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// Settings.
    Mappings,
    /// Claims and what belongs to them.
    Dispatches,
}

/// What a table looks like, on AWS as on this machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TableDescription {
    /// The attribute that says where an item lies (`HASH`).
    pub partition_key: &'static str,
    /// The attribute that orders the items of a partition (`RANGE`).
    pub sort_key: &'static str,
    /// Every attribute that is a key of the table or of an index; all are strings (`S`).
    pub attributes: &'static [&'static str],
    /// The global secondary indexes.
    pub indexes: &'static [IndexDescription],
    /// The TTL attribute, in seconds since 1970. Engines of this machine don't need it.
    pub time_to_live: &'static str,
}

/// A global secondary index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct IndexDescription {
    /// Its name.
    pub name: &'static str,
    /// Its `HASH` attribute.
    pub partition_key: &'static str,
    /// Its `RANGE` attribute, if it has one.
    pub sort_key: Option<&'static str>,
    /// What of an item it holds.
    pub projection: IndexProjection,
}

/// What of an item an index holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IndexProjection {
    /// Every attribute.
    All,
    /// The keys of the table and of the index.
    KeysOnly,
    /// Those, and these attributes.
    Include(&'static [&'static str]),
}

impl TableKind {
    /// What a table of this kind looks like.
    #[must_use]
    pub const fn description(self) -> TableDescription {
        match self {
            Self::Mappings => TableDescription {
                partition_key: PARTITION_KEY,
                sort_key: SORT_KEY,
                attributes: &[PARTITION_KEY, SORT_KEY, LIST_KEY, NAME_KEY],
                indexes: &[IndexDescription {
                    name: BY_NAME,
                    partition_key: LIST_KEY,
                    sort_key: Some(NAME_KEY),
                    projection: IndexProjection::All,
                }],
                time_to_live: EXPIRES_AT,
            },
            Self::Dispatches => TableDescription {
                partition_key: PARTITION_KEY,
                sort_key: SORT_KEY,
                attributes: &[PARTITION_KEY, SORT_KEY, RUN_KEY, OPEN_KEY, DUE_AT, DUE_GROUP, REPO_KEY, TIME_KEY],
                indexes: &[
                    IndexDescription {
                        name: BY_RUN,
                        partition_key: RUN_KEY,
                        sort_key: None,
                        projection: IndexProjection::KeysOnly,
                    },
                    IndexDescription {
                        name: BY_OPEN,
                        partition_key: OPEN_KEY,
                        sort_key: Some(DUE_AT),
                        projection: IndexProjection::Include(&[DUE_GROUP, EPOCH]),
                    },
                    IndexDescription {
                        name: BY_CONVERSATION,
                        partition_key: DUE_GROUP,
                        sort_key: Some(PARTITION_KEY),
                        projection: IndexProjection::KeysOnly,
                    },
                    IndexDescription {
                        name: BY_REPOSITORY,
                        partition_key: REPO_KEY,
                        sort_key: Some(PARTITION_KEY),
                        projection: IndexProjection::KeysOnly,
                    },
                    IndexDescription {
                        name: BY_TIME,
                        partition_key: TIME_KEY,
                        sort_key: Some(PARTITION_KEY),
                        projection: IndexProjection::Include(&[STATE_NAME, ASKS_FOR, ASKED_AT, DISPATCHED_AT]),
                    },
                ],
                time_to_live: EXPIRES_AT,
            },
        }
    }
}

impl IndexProjection {
    /// The word of DynamoDB's API and of the template (`ProjectionType`).
    /// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Projection.html>
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::All => "ALL",
            Self::KeysOnly => "KEYS_ONLY",
            Self::Include(_) => "INCLUDE",
        }
    }

    /// The attributes that are named one by one (`NonKeyAttributes`).
    #[must_use]
    pub const fn named(self) -> &'static [&'static str] {
        match self {
            Self::Include(attributes) => attributes,
            Self::All | Self::KeysOnly => &[],
        }
    }
}

/// Makes a table where there is none yet; one that is there is left as it is.
pub async fn create_table(sdk: &Sdk, kind: TableKind, name: &str) -> Result<(), StoreError> {
    let table = kind.description();
    let made = Client::new(&sdk.0)
        .create_table()
        .table_name(name)
        .billing_mode(BillingMode::PayPerRequest)
        .set_attribute_definitions(Some(table.attributes.iter().copied().map(attribute).collect()))
        .key_schema(key(table.partition_key, KeyType::Hash))
        .key_schema(key(table.sort_key, KeyType::Range))
        .set_global_secondary_indexes(Some(table.indexes.iter().map(index).collect()))
        .send()
        .await;
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.as_service_error().is_some_and(CreateTableError::is_resource_in_use_exception) => Ok(()),
        Err(error) => Err(StoreError::unavailable("make a table")(error)),
    }
}

fn index(index: &IndexDescription) -> GlobalSecondaryIndex {
    let sort_key = index.sort_key.map(|name| key(name, KeyType::Range));
    let keys = iter::once(key(index.partition_key, KeyType::Hash)).chain(sort_key);
    let named: Vec<String> = index.projection.named().iter().copied().map(str::to_owned).collect();
    let projection = Projection::builder()
        .projection_type(ProjectionType::from(index.projection.as_str()))
        .set_non_key_attributes((!named.is_empty()).then_some(named))
        .build();
    GlobalSecondaryIndex::builder()
        .index_name(index.name)
        .set_key_schema(Some(keys.collect()))
        .projection(projection)
        .build()
        .expect("an index has a name and a key")
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::engine;

    #[tokio::test]
    async fn a_table_is_made_as_it_is_described() {
        let sdk = engine().await;
        for kind in [TableKind::Mappings, TableKind::Dispatches] {
            let description = kind.description();
            let made = Client::new(&sdk.0).describe_table().table_name(format!("{kind:?}")).send().await;
            let made = made.expect("a working engine").table.expect("the table");
            let keys = |schema: &[KeySchemaElement]| {
                schema.iter().map(|key| (key.attribute_name().to_owned(), key.key_type().clone())).collect::<Vec<_>>()
            };
            let (hash, range) = (description.partition_key, description.sort_key);
            assert_eq!(keys(made.key_schema()), [(hash.into(), KeyType::Hash), (range.into(), KeyType::Range)]);
            let mut attributes: Vec<_> =
                made.attribute_definitions().iter().map(AttributeDefinition::attribute_name).collect();
            let mut described = description.attributes.to_vec();
            attributes.sort_unstable();
            described.sort_unstable();
            assert_eq!(attributes, described);
            assert_eq!(made.global_secondary_indexes().len(), description.indexes.len());
            for index in description.indexes {
                let made = made.global_secondary_indexes().iter().find(|made| made.index_name() == Some(index.name));
                let made = made.unwrap_or_else(|| panic!("there is no index {}", index.name));
                let mut expected = vec![(index.partition_key.to_owned(), KeyType::Hash)];
                expected.extend(index.sort_key.map(|name| (name.to_owned(), KeyType::Range)));
                assert_eq!(keys(made.key_schema()), expected);
                let projection = made.projection().expect("a projection");
                let kind = projection.projection_type().map(ProjectionType::as_str);
                assert_eq!(kind, Some(index.projection.as_str()));
                assert_eq!(projection.non_key_attributes(), index.projection.named());
            }
        }
    }
}
