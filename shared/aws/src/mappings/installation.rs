//! What GitHub's events tell of the App in mapped repositories.
//!
//! Owns two attributes of a record, and that word of one repository never reaches another's settings. Never touches a
//! setting or the version.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use domain::ids::RepoId;
use domain::installation::InstallationMark;
use domain::message::NamedRepository;

use super::Mappings;
use super::keys::{Home, LISTED, REPO_ID};
use super::record::{Item, mark_as_read, mark_of};
use crate::batch;
use crate::error::StoreError;
use crate::table::{BY_NAME, LIST_KEY, META, NAME_KEY, PARTITION_KEY, SORT_KEY, number, string};

/// A batch has room for 100 keys, and a repository has two places.
const REPOSITORIES_IN_A_BATCH: usize = 50;

/// A mapping that is bound to a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoundMapping {
    home: Home,
    /// The repository.
    pub repo: RepoId,
    /// What was told last of the App there.
    pub installation: Option<InstallationMark>,
}

impl Mappings {
    /// The mappings that are bound to some of these repositories.
    pub async fn bound_among(&self, repositories: &[NamedRepository]) -> Result<Vec<BoundMapping>, StoreError> {
        let mut bound = Vec::new();
        for part in repositories.chunks(REPOSITORIES_IN_A_BATCH) {
            let places = part.iter().flat_map(|it| [Home::OfId(it.id), Home::OfName(it.name.key())]);
            let places = places.map(|home| home.to_string());
            let items = batch::get_each(&self.client, &self.table, places, "read mappings").await?;
            let found = items.iter().filter_map(BoundMapping::of);
            bound.extend(found.filter(|mapping| part.iter().any(|it| it.id == mapping.repo)));
        }
        Ok(bound)
    }

    /// The mappings of an account's repositories, by the names that they have here. One that was made a moment ago may be
    /// missing.
    pub async fn bound_at(&self, account: &str) -> Result<Vec<BoundMapping>, StoreError> {
        let query = self.client.query().table_name(&self.table).index_name(BY_NAME);
        let mut items = query
            .key_condition_expression("#list = :list AND begins_with(#name, :account)")
            .expression_attribute_names("#list", LIST_KEY)
            .expression_attribute_names("#name", NAME_KEY)
            .expression_attribute_values(":list", string(LISTED))
            .expression_attribute_values(":account", string(format!("{}/", account.to_ascii_lowercase())))
            .into_paginator()
            .items()
            .send();
        let mut bound = Vec::new();
        while let Some(item) = items.next().await {
            bound.extend(BoundMapping::of(&item.map_err(StoreError::unavailable("list an account's mappings"))?));
        }
        Ok(bound)
    }

    /// Writes down what was told of the App, where the mapping is still the repository's and nothing else was told since it
    /// was read: else it is contended.
    pub async fn note_installation(&self, mapping: &BoundMapping, mark: InstallationMark) -> Result<(), StoreError> {
        const NOTE: &str = "note an installation";
        let (as_read, values) = mark_as_read(mapping.installation);
        let update = self.client.update_item().table_name(&self.table);
        let mut update = update.key(PARTITION_KEY, string(mapping.home.to_string())).key(SORT_KEY, string(META));
        for (name, value) in values {
            update = update.expression_attribute_values(name, value);
        }
        let answer = update
            .update_expression("SET installation_state = :state, installation_at = :at")
            .condition_expression(format!("repoId = :id AND {as_read}"))
            .expression_attribute_values(":state", string(mark.state.as_str()))
            .expression_attribute_values(":at", string(mark.at.to_string()))
            .expression_attribute_values(":id", number(mapping.repo))
            .send()
            .await;
        let is_written = StoreError::written(answer, UpdateItemError::is_conditional_check_failed_exception, NOTE)?;
        if is_written { Ok(()) } else { Err(StoreError::contended(NOTE)) }
    }
}

impl BoundMapping {
    /// The mapping of an item; `None` for one that is bound to no repository, and for a name's.
    fn of(item: &Item) -> Option<Self> {
        let home = Home::from_partition(item.get(PARTITION_KEY)?.as_s().ok()?)?;
        let repo = RepoId::new(item.get(REPO_ID)?.as_n().ok()?.parse().ok()?);
        Some(Self { home, repo, installation: mark_of(item) })
    }
}
