//! The worker's way to a repository's settings, and their binding to the first repository that uses them.
//!
//! Owns which of the places of a mapping counts. Writes one attribute, the repository's id, and only where none is.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::RepoId;
use domain::mapping::MappingFaults;
use domain::repo_name::RepoFullName;

use super::keys::{Home, REPO_ID, name_partition};
use super::record::{Item, NameItem, judged};
use super::{Mappings, StoredMapping};
use crate::batch;
use crate::error::StoreError;
use crate::rounds::{ROUNDS, pause_before};
use crate::table::{META, PARTITION_KEY, SORT_KEY, number, string};

/// What the places of a repository's mapping hold.
enum Reading {
    /// This, whatever anybody does.
    Settled(StoredMapping),
    /// Settings under the name that belong to nobody yet.
    Unbound(Item),
    /// The name leads to a home where nothing was: the record moved while the places were read.
    Moved,
}

impl Mappings {
    /// A repository's settings: those under its id, whatever name they were saved for; else those under its name, which
    /// are bound to the id now, if they weren't. One round trip, two at the first use of a name.
    pub async fn of_repository(&self, repo: RepoId, name: &RepoFullName) -> Result<StoredMapping, StoreError> {
        let name_home = Home::OfName(name.key());
        for round in 0..ROUNDS {
            pause_before(round).await;
            match self.places_of(repo, name).await? {
                Reading::Settled(stored) => return Ok(stored),
                Reading::Unbound(mut item) => {
                    if self.bind(&name_home, repo).await? {
                        item.insert(REPO_ID.to_owned(), number(repo));
                        return Ok(judged(item));
                    }
                }
                Reading::Moved if round + 1 == ROUNDS => {
                    return Ok(StoredMapping::Invalid(MappingFaults::unreadable(&"the record is not there")));
                }
                Reading::Moved => {}
            }
        }
        Err(StoreError::contended("bind a mapping"))
    }

    /// Reads every place in one request. Each item is up to date, but a transaction may fall between two of them.
    async fn places_of(&self, repo: RepoId, name: &RepoFullName) -> Result<Reading, StoreError> {
        let id_home = Home::OfId(repo).to_string();
        let name_home = Home::OfName(name.key()).to_string();
        let pointer = name_partition(&name.key());
        // Each as it is now: a repository that was paused a moment ago is paused.
        let places = [&id_home, &name_home, &pointer].map(String::clone);
        let items = batch::get_each(&self.client, &self.table, places, "read a mapping").await?;
        let at = |partition: &str| items.iter().find(|item| item.get(PARTITION_KEY) == Some(&string(partition)));
        if let Some(item) = at(&id_home) {
            return Ok(Reading::Settled(judged(item.clone())));
        }
        if let Some(item) = at(&name_home) {
            return Ok(under_the_name(item, repo));
        }
        let Some(item) = at(&pointer) else { return Ok(Reading::Settled(StoredMapping::Missing)) };
        Ok(match NameItem::from_item(item)?.home {
            None => Reading::Settled(StoredMapping::Missing),
            Some(Home::OfId(bound)) if bound != repo => Reading::Settled(StoredMapping::Foreign { bound }),
            Some(_) => Reading::Moved,
        })
    }

    /// Sets the id of settings under a name; `false` when somebody else was at them.
    pub(super) async fn bind(&self, name_home: &Home, repo: RepoId) -> Result<bool, StoreError> {
        let answer = self
            .client
            .update_item()
            .table_name(&self.table)
            .key(PARTITION_KEY, string(name_home.to_string()))
            .key(SORT_KEY, string(META))
            .update_expression("SET repoId = :id")
            .condition_expression("attribute_exists(pk) AND (attribute_not_exists(repoId) OR repoId = :id)")
            .expression_attribute_values(":id", number(repo))
            .send()
            .await;
        StoreError::written(answer, is_a_lost_race, "bind a mapping")
    }
}

fn is_a_lost_race(error: &UpdateItemError) -> bool {
    error.is_conditional_check_failed_exception() || error.is_transaction_conflict_exception()
}

fn under_the_name(item: &Item, repo: RepoId) -> Reading {
    match item.get(REPO_ID) {
        None => Reading::Unbound(item.clone()),
        Some(AttributeValue::N(bound)) => match bound.parse().map(RepoId::new) {
            Ok(bound) if bound != repo => Reading::Settled(StoredMapping::Foreign { bound }),
            _ => Reading::Settled(judged(item.clone())),
        },
        Some(_) => Reading::Settled(judged(item.clone())),
    }
}
