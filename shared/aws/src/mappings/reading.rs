//! Reading mappings by their names, as people do.
//!
//! Owns the ways from a name to its record, through the list, and through the history. Never judges what it reads; an
//! item that can't be read is an error.

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::repo_name::RepoFullName;
use jiff::Timestamp;

use super::keys::{LISTED, history_key, name_partition, team_partition};
use super::record::{Item, NameItem, Record, change_of, entry_of};
use super::{MappingChange, MappingEntry, MappingPage, Mappings, cursor};
use crate::error::StoreError;
use crate::rounds::{ROUNDS, pause_before};
use crate::table::{BY_NAME, LIST_KEY, META, NAME_KEY, PARTITION_KEY, SORT_KEY, string};

/// The most that one answer holds.
const MAX_LIMIT: u32 = 1_000;

/// What a failure to read the history is called.
const READ_HISTORY: &str = "read a mapping's history";

/// What is stored under a name.
pub(super) struct Known {
    /// The last version that the name had; `None` for a name that never had a mapping.
    pub(super) last_version: Option<u64>,
    /// The mapping, if there is one now.
    pub(super) record: Option<Record>,
}

impl Mappings {
    /// A mapping by its repository's name.
    pub async fn named(&self, name: &RepoFullName) -> Result<Option<MappingEntry>, StoreError> {
        Ok(self.known(&name.key()).await?.record.map(|record| record.entry))
    }

    /// The mapping of a ticket team, whatever the key's case.
    pub async fn of_team(&self, team_key: &str) -> Result<Option<MappingEntry>, StoreError> {
        let partition = team_partition(team_key);
        let Some(item) = self.get(&partition).await? else { return Ok(None) };
        let name = item.get(NAME_KEY).and_then(|name| name.as_s().ok());
        let name = name.ok_or_else(|| StoreError::corrupt(&partition, "it names no mapping"))?;
        let record = self.known(name).await?.record;
        // Between the two reads the key may have gone to another mapping.
        let is_its_own =
            |entry: &MappingEntry| entry.draft.team_key.as_deref().is_some_and(|key| team_partition(key) == partition);
        Ok(record.map(|record| record.entry).filter(is_its_own))
    }

    /// Mappings by name, at most `limit` (1 to 1,000), from behind the ones that led to the cursor `after`. A change of
    /// a moment ago may not show yet. [`StoreError::ForeignCursor`] when the cursor isn't one of this list's.
    pub async fn list(&self, limit: u32, after: Option<&str>) -> Result<MappingPage, StoreError> {
        let shown = limit.clamp(1, MAX_LIMIT);
        let query = self.client.query().table_name(&self.table).index_name(BY_NAME);
        let query = query.expression_attribute_names("#list", LIST_KEY);
        let query = query.expression_attribute_values(":list", string(LISTED));
        let query = match after {
            None => query.key_condition_expression("#list = :list"),
            Some(after) => query
                .key_condition_expression("#list = :list AND #name > :after")
                .expression_attribute_names("#name", NAME_KEY)
                .expression_attribute_values(":after", string(cursor::name_key_of(after)?)),
        };
        // One more than is shown tells whether there is a next page.
        let answer = query.limit(page_size(shown + 1)).send().await;
        let answer = answer.map_err(StoreError::unavailable("list the mappings"))?;
        let cut_short = answer.last_evaluated_key.is_some();
        let items = answer.items.unwrap_or_default();
        let has_next = cut_short || items.len() > shown as usize;
        let entries: Vec<_> = items.iter().take(shown as usize).map(entry_of).collect::<Result<_, _>>()?;
        let next = entries.last().filter(|_| has_next).map(|last| cursor::after(&last.draft.name_key()));
        Ok(MappingPage { entries, next })
    }

    /// What was done to a name's mappings, the newest first: at most `limit` (1 to 1,000), of versions below `before`.
    pub async fn history(
        &self,
        name: &RepoFullName,
        limit: u32,
        before: Option<u64>,
    ) -> Result<Vec<MappingChange>, StoreError> {
        let Some(newest @ 1..) = before.unwrap_or(u64::MAX).checked_sub(1) else { return Ok(Vec::new()) };
        let limit = limit.clamp(1, MAX_LIMIT);
        let mut lines = self.lines_until(name, newest).limit(page_size(limit)).into_paginator().items().send();
        let mut changes = Vec::new();
        while changes.len() < limit as usize
            && let Some(line) = lines.next().await
        {
            changes.push(change_of(line.map_err(StoreError::unavailable(READ_HISTORY))?)?);
        }
        Ok(changes)
    }

    /// When the mapping of a name was made, under whatever name that was: the last time, where a name had several. `None`
    /// for a name that never had one.
    pub async fn made_at(&self, name: &RepoFullName) -> Result<Option<Timestamp>, StoreError> {
        let (mut name, mut newest, mut came_at) = (name.clone(), u64::MAX, None);
        while let Some(line) = self.beginning(&name, newest).await? {
            came_at = Some(line.at);
            // Each name is looked at below the version that it was left with, so this comes to an end.
            match line.renamed_from.as_deref().map(str::parse) {
                Some(Ok(before)) => (name, newest) = (before, line.version - 1),
                Some(Err(_)) | None => break,
            }
        }
        Ok(came_at)
    }

    /// The newest line, up to a version, with which a mapping was made under a name, or came to it.
    async fn beginning(&self, name: &RepoFullName, newest: u64) -> Result<Option<MappingChange>, StoreError> {
        let mut lines = self
            .lines_until(name, newest)
            .filter_expression("#action IN (:created, :renamed)")
            .expression_attribute_names("#action", "action")
            .expression_attribute_values(":created", string("created"))
            .expression_attribute_values(":renamed", string("renamed"))
            .into_paginator()
            .items()
            .send();
        let Some(line) = lines.next().await else { return Ok(None) };
        change_of(line.map_err(StoreError::unavailable(READ_HISTORY))?).map(Some)
    }

    /// A name's lines of history, the newest first, from this version back.
    fn lines_until(&self, name: &RepoFullName, newest: u64) -> QueryFluentBuilder {
        self.client
            .query()
            .table_name(&self.table)
            .key_condition_expression("pk = :name AND sk BETWEEN :oldest AND :newest")
            .expression_attribute_values(":name", string(name_partition(&name.key())))
            .expression_attribute_values(":oldest", string(history_key(1)))
            .expression_attribute_values(":newest", string(history_key(newest)))
            .scan_index_forward(false)
            .consistent_read(true)
    }

    /// What is stored under a name, and where.
    pub(super) async fn known(&self, name_key: &str) -> Result<Known, StoreError> {
        let partition = name_partition(name_key);
        for round in 0..ROUNDS {
            pause_before(round).await;
            let Some(item) = self.get(&partition).await? else {
                return Ok(Known { last_version: None, record: None });
            };
            let name = NameItem::from_item(&item)?;
            let Some(home) = name.home else {
                return Ok(Known { last_version: Some(name.version), record: None });
            };
            // Between the two reads the record may have moved, and another name's have come.
            if let Some(item) = self.get(&home.to_string()).await?
                && item.get(NAME_KEY) == Some(&string(name_key))
            {
                let record = Record::from_item(home, &item)?;
                return Ok(Known { last_version: Some(record.version()), record: Some(record) });
            }
        }
        Err(StoreError::corrupt(&partition, "it leads to no mapping"))
    }

    async fn get(&self, partition: &str) -> Result<Option<Item>, StoreError> {
        let get = self.client.get_item().table_name(&self.table).consistent_read(true);
        let get = get.key(PARTITION_KEY, string(partition)).key(SORT_KEY, AttributeValue::S(META.to_owned()));
        Ok(get.send().await.map_err(StoreError::unavailable("read a mapping"))?.item)
    }
}

fn page_size(limit: u32) -> i32 {
    i32::try_from(limit).unwrap_or(i32::MAX)
}
