//! The Mappings table against a real DynamoDB engine, embedded, through the AWS SDK.

mod binding;
mod changes;
mod following;
mod history;
mod installation;
mod list;
mod uniqueness;

use domain::mapping::MappingDraft;
use domain::repo_name::RepoFullName;

use super::*;
use crate::tests::{at, engine};

async fn mappings() -> Mappings {
    Mappings::new(&engine().await, "Mappings")
}

fn name(text: &str) -> RepoFullName {
    text.parse().expect("a name")
}

/// A draft of a repository with these settings beside the name.
fn draft(repo: &str, settings: &str) -> MappingDraft {
    let (owner, repo) = repo.split_once('/').expect("owner/name");
    let comma = if settings.is_empty() { "" } else { ", " };
    serde_json::from_str(&format!(r#"{{"owner": "{owner}", "repo": "{repo}"{comma}{settings}}}"#)).expect("a draft")
}

async fn save(mappings: &Mappings, draft: &MappingDraft) -> Saved {
    mappings.save(draft, "ada", at(0)).await.expect("a working table")
}

/// Saves what can be saved.
async fn saved(mappings: &Mappings, draft: &MappingDraft) -> MappingDraft {
    match save(mappings, draft).await {
        Saved::Created(entry) | Saved::Updated(entry) => entry.draft,
        other => panic!("not saved: {other:?}"),
    }
}

async fn deleted(mappings: &Mappings, draft: &MappingDraft) -> Deleted {
    let name = name(&draft.name_key());
    mappings.delete(&name, draft.version, "bea", at(9)).await.expect("a working table")
}

async fn stored(mappings: &Mappings, repo: &str) -> Option<MappingDraft> {
    mappings.named(&name(repo)).await.expect("a working table").map(|entry| entry.draft)
}

async fn used_by(mappings: &Mappings, id: u64, repo: &str) -> StoredMapping {
    mappings.of_repository(RepoId::new(id), &name(repo)).await.expect("a working table")
}

/// The version of what a repository finds.
async fn found_by(mappings: &Mappings, id: u64, repo: &str) -> u64 {
    match used_by(mappings, id, repo).await {
        StoredMapping::Found(mapping) => mapping.version,
        other => panic!("not found: {other:?}"),
    }
}

/// What lies in a partition, beside the name's own way to it.
async fn lies_in(mappings: &Mappings, partition: &str) -> bool {
    use crate::table::{META, PARTITION_KEY, SORT_KEY, string};
    let get = mappings.client.get_item().table_name(&mappings.table).consistent_read(true);
    let get = get.key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(META));
    get.send().await.expect("a working table").item.is_some()
}

/// Changes an attribute of a record by hand.
async fn by_hand(
    mappings: &Mappings,
    partition: &str,
    expression: &str,
    value: aws_sdk_dynamodb::types::AttributeValue,
) {
    use crate::table::{META, PARTITION_KEY, SORT_KEY, string};
    let update = mappings.client.update_item().table_name(&mappings.table);
    let update = update.key(PARTITION_KEY, string(partition)).key(SORT_KEY, string(META));
    let update = update.update_expression(expression).expression_attribute_values(":value", value);
    update.send().await.expect("written by hand");
}
