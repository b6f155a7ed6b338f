//! One change of a mapping, worked out from what was read.
//!
//! Owns versions, homes and the line of history. Pure: never reads, writes or waits.

use domain::mapping::MappingDraft;
use jiff::Timestamp;

use super::keys::{Home, team_partition};
use super::reading::Known;
use super::record::Record;
use super::{Deleted, MappingAction, MappingChange, MappingEntry, Saved};

/// Why a draft can't be saved over what was read; `None` when it can.
pub(super) fn in_the_way(draft: &MappingDraft, before: &Known) -> Option<Saved> {
    let current = before.record.as_ref().map(Record::version);
    if draft.version != current.unwrap_or(0) || current == Some(0) {
        return Some(Saved::Conflict { current });
    }
    let bound = before.record.as_ref().and_then(Record::bound)?;
    draft.repo_id.filter(|named| *named != bound).map(|_| Saved::BoundElsewhere { bound })
}

/// A change that is ready to be written, on the condition that what it was worked out from still holds.
pub(super) struct Change {
    pub(super) name_key: String,
    /// What was read.
    pub(super) before: Known,
    /// What shall be there; `None` after a deletion.
    pub(super) after: Option<Record>,
    pub(super) line: MappingChange,
}

impl Change {
    /// The change that saves a draft, where nothing is in its way.
    pub(super) fn saving(draft: &MappingDraft, by: &str, at: Timestamp, before: Known) -> Self {
        let current = before.record.as_ref();
        let action = if current.is_some() { MappingAction::Updated } else { MappingAction::Created };
        let bound = current.and_then(Record::bound);
        let name_key = draft.name_key();
        let version = before.next_version();
        let draft = MappingDraft { repo_id: draft.repo_id.or(bound), version, ..draft.clone() };
        let line = MappingChange::new(version, action, at, by, draft.clone());
        let home = Home::of(draft.repo_id, &name_key);
        let (named_at, installation) =
            current.map_or((None, None), |current| (current.named_at, current.entry.installation));
        let entry = MappingEntry { draft, unreadable: None, installation, updated_at: at, updated_by: by.to_owned() };
        let after = Record { home, entry, named_at };
        Self { name_key, before, after: Some(after), line }
    }

    /// The change that deletes a version; or the answer, when there is nothing to write.
    pub(super) fn deleting(
        name_key: &str,
        deleted: u64,
        by: &str,
        at: Timestamp,
        before: Known,
    ) -> Result<Self, Deleted> {
        let Some(record) = &before.record else { return Err(Deleted::Missing) };
        if record.version() != deleted {
            return Err(Deleted::Conflict { current: record.version() });
        }
        let draft = record.entry.draft.clone();
        let version = before.next_version();
        let unreadable = record.entry.unreadable.clone();
        let line = MappingChange { unreadable, ..MappingChange::new(version, MappingAction::Deleted, at, by, draft) };
        Ok(Self { name_key: name_key.to_owned(), before, after: None, line })
    }

    /// The team key's item that the mapping gives up.
    pub(super) fn released_team(&self) -> Option<String> {
        let before = team_of(self.before.record.as_ref())?;
        (Some(&before) != team_of(self.after.as_ref()).as_ref()).then_some(before)
    }

    /// The team key's item that the mapping shall have.
    pub(super) fn held_team(&self) -> Option<String> {
        team_of(self.after.as_ref())
    }
}

impl MappingChange {
    pub(super) fn new(version: u64, action: MappingAction, at: Timestamp, by: &str, draft: MappingDraft) -> Self {
        Self { version, action, at, by: by.to_owned(), draft, renamed_from: None, unreadable: None }
    }
}

impl Known {
    /// Versions start at one and go on after a deletion.
    const fn next_version(&self) -> u64 {
        match self.last_version {
            Some(last) => last.saturating_add(1),
            None => 1,
        }
    }
}

fn team_of(record: Option<&Record>) -> Option<String> {
    record?.entry.draft.team_key.as_deref().map(team_partition)
}
