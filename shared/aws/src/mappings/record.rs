//! Items of the Mappings table, as values and back.
//!
//! Owns the attributes that stand beside the settings in a record, and telling a broken item from a broken rule. Never
//! sends anything.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;
use domain::ids::RepoId;
use domain::installation::{InstallationMark, InstallationState};
use domain::mapping::{Mapping, MappingDraft, MappingFaults};

use jiff::Timestamp;

use super::keys::{
    HOME, Home, INSTALLATION_AT, INSTALLATION_STATE, LISTED, NAMED_AT, REPO_ID, UPDATED_AT, UPDATED_BY, VERSION,
    history_key, name_partition,
};
use super::{MappingChange, MappingEntry, StoredMapping};
use crate::error::StoreError;
use crate::table::{LIST_KEY, META, NAME_KEY, PARTITION_KEY, SORT_KEY, number, string};

pub(super) type Item = HashMap<String, AttributeValue>;

/// Where a line of history has its settings.
const DRAFT: &str = "draft";

/// A mapping and where it lives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Record {
    pub(super) home: Home,
    pub(super) entry: MappingEntry,
    /// The time of the event that the name is from, where it is from one.
    pub(super) named_at: Option<Timestamp>,
}

/// A name's item: it outlives its mapping, so that versions go on.
pub(super) struct NameItem {
    /// The last version that the name had.
    pub(super) version: u64,
    /// Where its mapping lives; `None` after a deletion.
    pub(super) home: Option<Home>,
}

impl Record {
    /// A record as it lies in its home.
    pub(super) fn from_item(home: Home, item: &Item) -> Result<Self, StoreError> {
        Ok(Self { home, entry: entry_of(item)?, named_at: time_at(item, NAMED_AT) })
    }

    pub(super) fn name_key(&self) -> String {
        self.entry.draft.name_key()
    }

    pub(super) const fn version(&self) -> u64 {
        self.entry.draft.version
    }

    pub(super) const fn bound(&self) -> Option<RepoId> {
        self.entry.draft.repo_id
    }

    pub(super) fn to_item(&self) -> Result<Item, StoreError> {
        let partition = self.home.to_string();
        let mut item: Item =
            serde_dynamo::to_item(&self.entry.draft).map_err(|error| StoreError::corrupt(&partition, error))?;
        item.extend(meta(&partition));
        item.insert(LIST_KEY.to_owned(), string(LISTED));
        item.insert(NAME_KEY.to_owned(), string(self.name_key()));
        item.insert(UPDATED_AT.to_owned(), string(self.entry.updated_at.to_string()));
        item.insert(UPDATED_BY.to_owned(), string(&self.entry.updated_by));
        if let Some(mark) = self.entry.installation {
            item.insert(INSTALLATION_STATE.to_owned(), string(mark.state.as_str()));
            item.insert(INSTALLATION_AT.to_owned(), string(mark.at.to_string()));
        }
        if let Some(named_at) = self.named_at {
            item.insert(NAMED_AT.to_owned(), string(named_at.to_string()));
        }
        Ok(item)
    }
}

impl NameItem {
    pub(super) fn to_item(&self, name_key: &str) -> Item {
        let mut item = Item::from(meta(&name_partition(name_key)));
        item.insert(VERSION.to_owned(), number(self.version));
        if let Some(home) = &self.home {
            item.insert(HOME.to_owned(), string(home.to_string()));
        }
        item
    }

    pub(super) fn from_item(item: &Item) -> Result<Self, StoreError> {
        let unknown = |what: &str| StoreError::corrupt(partition_of(item), what);
        let version = item.get(VERSION).and_then(|version| version.as_n().ok()?.parse().ok());
        let home = item.get(HOME).map(|home| home.as_s().ok().and_then(|home| Home::from_partition(home)));
        Ok(Self {
            version: version.ok_or_else(|| unknown("it has no version"))?,
            home: home.map(|home| home.ok_or_else(|| unknown("it leads nowhere"))).transpose()?,
        })
    }
}

/// A record as it is stored.
pub(super) fn entry_of(item: &Item) -> Result<MappingEntry, StoreError> {
    let partition = partition_of(item).to_owned();
    let text = |name: &str| {
        let text = item.get(name).and_then(|text| text.as_s().ok()).cloned();
        text.ok_or_else(|| StoreError::corrupt(&partition, format!("it has no {name}")))
    };
    let updated_at = text(UPDATED_AT)?.parse().map_err(|error: jiff::Error| StoreError::corrupt(&partition, error))?;
    let updated_by = text(UPDATED_BY)?;
    let (draft, unreadable) = readable(item)?;
    Ok(MappingEntry { draft, unreadable, installation: mark_of(item), updated_at, updated_by })
}

/// What was told last of the App there.
pub(super) fn mark_of(item: &Item) -> Option<InstallationMark> {
    let state = InstallationState::parse(item.get(INSTALLATION_STATE)?.as_s().ok()?)?;
    time_at(item, INSTALLATION_AT).map(|at| InstallationMark { state, at })
}

/// The condition that nothing was told of the App since.
pub(super) fn mark_as_read(mark: Option<InstallationMark>) -> (&'static str, Item) {
    let Some(InstallationMark { state, at }) = mark else {
        return ("attribute_not_exists(installation_at)", Item::new());
    };
    let values = [(":mark", string(state.as_str())), (":marked_at", string(at.to_string()))];
    let values = values.map(|(name, value)| (name.to_owned(), value)).into();
    ("installation_state = :mark AND installation_at = :marked_at", values)
}

fn time_at(item: &Item, name: &str) -> Option<Timestamp> {
    item.get(name)?.as_s().ok()?.parse().ok()
}

/// The settings; or which mapping it is, and why the rest can't be read.
fn readable(item: &Item) -> Result<(MappingDraft, Option<MappingFaults>), StoreError> {
    match draft_of(item.clone()) {
        Ok(draft) => Ok((draft, None)),
        Err(error) => Ok((identity_of(item)?, Some(MappingFaults::unreadable(&error)))),
    }
}

/// Which mapping it is, of settings that can't be read.
fn identity_of(item: &Item) -> Result<MappingDraft, StoreError> {
    let text = |name: &str| item.get(name)?.as_s().ok().cloned();
    let number = |name: &str| item.get(name)?.as_n().ok()?.parse::<u64>().ok();
    let identity = || {
        Some(MappingDraft {
            owner: text("owner")?,
            repo: text("repo")?,
            version: number(VERSION)?,
            repo_id: number(REPO_ID).map(RepoId::new),
            // Given back with the record.
            team_key: text("teamKey"),
            ..MappingDraft::default()
        })
    };
    identity().ok_or_else(|| StoreError::corrupt(partition_of(item), "it doesn't say which mapping it is"))
}

/// A record as the worker wants it: valid, or with what is wrong.
pub(super) fn judged(item: Item) -> StoredMapping {
    match draft_of(item).map_err(|error| MappingFaults::unreadable(&error)).and_then(Mapping::try_from) {
        Ok(mapping) => StoredMapping::Found(Box::new(mapping)),
        Err(faults) => StoredMapping::Invalid(faults),
    }
}

/// A line of history as an item of its name's partition.
pub(super) fn history_item(name_key: &str, change: &MappingChange) -> Result<Item, StoreError> {
    let partition = name_partition(name_key);
    let mut item: Item = serde_dynamo::to_item(change).map_err(|error| StoreError::corrupt(&partition, error))?;
    item.insert(PARTITION_KEY.to_owned(), string(partition));
    item.insert(SORT_KEY.to_owned(), string(history_key(change.version)));
    Ok(item)
}

pub(super) fn change_of(mut item: Item) -> Result<MappingChange, StoreError> {
    let partition = partition_of(&item).to_owned();
    let Some(AttributeValue::M(settings)) = item.remove(DRAFT) else {
        return Err(StoreError::corrupt(&partition, "a line of history has no settings"));
    };
    let (draft, unreadable) = readable(&settings)?;
    // What stands in for the settings is replaced at once.
    item.insert(DRAFT.to_owned(), AttributeValue::M(Item::new()));
    let line: MappingChange = serde_dynamo::from_item(item).map_err(|error| StoreError::corrupt(&partition, error))?;
    Ok(MappingChange { draft, unreadable, ..line })
}

fn draft_of(mut item: Item) -> Result<MappingDraft, serde_dynamo::Error> {
    let of_the_record = [PARTITION_KEY, SORT_KEY, LIST_KEY, NAME_KEY, UPDATED_AT, UPDATED_BY];
    for beside in of_the_record.into_iter().chain([INSTALLATION_STATE, INSTALLATION_AT, NAMED_AT]) {
        item.remove(beside);
    }
    serde_dynamo::from_item(item)
}

fn meta(partition: &str) -> [(String, AttributeValue); 2] {
    [(PARTITION_KEY.to_owned(), string(partition)), (SORT_KEY.to_owned(), string(META))]
}

/// The partition that an item came from, for the words of an error.
fn partition_of(item: &Item) -> &str {
    item.get(PARTITION_KEY).and_then(|key| key.as_s().ok()).map_or("", String::as_str)
}
