//! The Mappings table: the settings of repositories.
//!
//! Owns its keys and conditions, and what is one mapping: a record, the names that lead to it, and its history. Never
//! judges a setting, fills one in or corrects one.
//!
//! A record lives in one partition, its *home*: under the repository's id once that is known when it is saved, else
//! under its name. The worker binds a record that lives under a name to the id of the first repository that uses it;
//! the next save moves it home. So a name that changed hands never hands its settings on, and a repository that changes
//! its name keeps them.

mod binding;
mod change;
mod cursor;
mod following;
mod installation;
mod keys;
mod reading;
mod record;
mod saving;
mod writes;

use aws_sdk_dynamodb::Client;
use domain::ids::RepoId;
use domain::installation::InstallationMark;
use domain::mapping::{Mapping, MappingDraft, MappingFaults};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::following::Followed;
pub use self::installation::BoundMapping;

use crate::sdk::Sdk;

/// The Mappings table.
#[derive(Debug, Clone)]
pub struct Mappings {
    client: Client,
    table: String,
}

/// What is stored for a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoredMapping {
    /// Nothing.
    Missing,
    /// Settings under the repository's name that belong to another repository: the name has changed hands.
    Foreign {
        /// The repository that they belong to.
        bound: RepoId,
    },
    /// Settings that break a rule: they weren't written by us.
    Invalid(MappingFaults),
    /// Valid settings.
    Found(Box<Mapping>),
}

/// A mapping as it is stored, judged or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingEntry {
    /// The settings, with their version and, once it is known, the repository's id.
    pub draft: MappingDraft,
    /// Why the settings can't be read, where another release or somebody by hand wrote them. The draft then has the
    /// names, the version and the id only: enough to replace or delete the mapping.
    pub unreadable: Option<MappingFaults>,
    /// What was told last of the App there; no setting, and of no version.
    pub installation: Option<InstallationMark>,
    /// When they were last saved, or came to another name.
    pub updated_at: Timestamp,
    /// Who saved them.
    pub updated_by: String,
}

/// A part of the list of mappings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappingPage {
    /// The mappings, by name.
    pub entries: Vec<MappingEntry>,
    /// What leads to the next part; `None` at the end.
    pub next: Option<String>,
}

/// One line of a mapping's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappingChange {
    /// The version that the change made; a name never has the same one twice.
    pub version: u64,
    /// What was done.
    pub action: MappingAction,
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
    /// The settings that were saved; of a deletion, those that were deleted, with the version they had.
    pub draft: MappingDraft,
    /// The name that the repository had before, where it has another one now. Both names have the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub renamed_from: Option<String>,
    /// Why the settings can't be read, as in a [`MappingEntry`].
    #[serde(skip)]
    pub unreadable: Option<MappingFaults>,
}

/// What was done to a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MappingAction {
    /// There was none before.
    Created,
    /// There was one before.
    Updated,
    /// It has followed its repository to another name.
    Renamed,
    /// There is none any more.
    Deleted,
}

/// What became of a save.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saved {
    /// There was none of the name; the first version of a new one, or the one after a deletion's.
    Created(MappingEntry),
    /// The version that the draft was made from is replaced.
    Updated(MappingEntry),
    /// The draft was made from another version than the one that is there.
    Conflict {
        /// The version that is there; `None` without a mapping.
        current: Option<u64>,
    },
    /// Another mapping has the team key.
    TeamKeyTaken {
        /// The key, as the draft has it.
        key: String,
    },
    /// Another name's mapping has this repository id.
    RepositoryTaken,
    /// The draft names another repository than the one that the mapping is bound to.
    BoundElsewhere {
        /// The repository that it is bound to.
        bound: RepoId,
    },
}

/// What became of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deleted {
    /// It is gone; its history stays.
    Done,
    /// Another version is there.
    Conflict {
        /// The version that is there.
        current: u64,
    },
    /// There is none.
    Missing,
}

impl Mappings {
    /// The table of that name.
    #[must_use]
    pub fn new(sdk: &Sdk, table: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), table: table.into() }
    }
}

#[cfg(test)]
mod tests;
