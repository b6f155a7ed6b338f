//! The keys of the Mappings table's items, and the attributes that conditions read.
//!
//! Owns how a key is written and read. Never sends anything.

use std::fmt;

use domain::ids::RepoId;

/// The repository's id, as a draft writes it.
pub(super) const REPO_ID: &str = "repoId";
/// What was told last of the App there, and when GitHub had touched its installation.
pub(super) const INSTALLATION_STATE: &str = "installation_state";
pub(super) const INSTALLATION_AT: &str = "installation_at";
/// When GitHub had touched the repository by the event that the name is from.
pub(super) const NAMED_AT: &str = "named_at";
pub(super) const VERSION: &str = "version";
pub(super) const UPDATED_AT: &str = "updated_at";
pub(super) const UPDATED_BY: &str = "updated_by";
/// Where the record lives, on a name's item and on a team key's.
pub(super) const HOME: &str = "home";
/// The partition of the index by name: every record is in it, and nothing else.
pub(super) const LISTED: &str = "MAPPINGS";

/// The partition that a record lives in. Ids are digits and names have a slash: they never meet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Home {
    OfId(RepoId),
    OfName(String),
}

impl Home {
    /// Where a record belongs, by what is known of its repository.
    pub(super) fn of(id: Option<RepoId>, name_key: &str) -> Self {
        id.map_or_else(|| Self::OfName(name_key.to_owned()), Self::OfId)
    }

    pub(super) fn from_partition(partition: &str) -> Option<Self> {
        let rest = partition.strip_prefix("REPO#")?;
        if rest.contains('/') {
            return Some(Self::OfName(rest.to_owned()));
        }
        rest.parse().ok().map(|id| Self::OfId(RepoId::new(id)))
    }
}

impl fmt::Display for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OfId(id) => write!(f, "REPO#{id}"),
            Self::OfName(name_key) => write!(f, "REPO#{name_key}"),
        }
    }
}

/// The partition of a name: what leads to its record, and its history.
pub(super) fn name_partition(name_key: &str) -> String {
    format!("NAME#{name_key}")
}

/// The partition of a team key, which is compared without case.
pub(super) fn team_partition(team_key: &str) -> String {
    format!("TEAM#{}", team_key.to_ascii_uppercase())
}

/// The sort key of a line of history; texts sort as their versions do.
pub(super) fn history_key(version: u64) -> String {
    format!("HIST#{version:020}")
}
