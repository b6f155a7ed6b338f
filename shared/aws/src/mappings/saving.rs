//! Saving and deleting mappings.
//!
//! Owns the rounds: read, work the change out, write it on the condition that nothing moved, and start again when
//! something did. Never judges a draft.

use domain::mapping::MappingDraft;
use domain::repo_name::RepoFullName;
use jiff::Timestamp;

use super::change::{Change, in_the_way};
use super::writes::Written;
use super::{Deleted, MappingAction, Mappings, Saved};
use crate::error::StoreError;
use crate::rounds::{ROUNDS, pause_before};

impl Mappings {
    /// Saves a draft: as a new mapping when its version is zero, else in place of exactly that version. A binding that
    /// came in between is kept. The draft's rules are the caller's to judge.
    pub async fn save(&self, draft: &MappingDraft, author: &str, now: Timestamp) -> Result<Saved, StoreError> {
        let name_key = draft.name_key();
        for round in 0..ROUNDS {
            pause_before(round).await;
            let before = self.known(&name_key).await?;
            if let Some(answer) = in_the_way(draft, &before) {
                return Ok(answer);
            }
            let change = Change::saving(draft, author, now, before);
            match self.write(&change).await? {
                Written::Done => return Ok(saved(change)),
                Written::RepositoryTaken => return Ok(Saved::RepositoryTaken),
                Written::TeamKeyTaken => {
                    return Ok(Saved::TeamKeyTaken { key: draft.team_key.clone().unwrap_or_default() });
                }
                Written::Overtaken => {}
            }
        }
        Err(StoreError::contended("write a mapping"))
    }

    /// Deletes exactly that version of a mapping. Its name, its team key and its repository are free again; its history
    /// and its count of versions stay.
    pub async fn delete(
        &self,
        name: &RepoFullName,
        version: u64,
        author: &str,
        now: Timestamp,
    ) -> Result<Deleted, StoreError> {
        let name_key = name.key();
        for round in 0..ROUNDS {
            pause_before(round).await;
            let before = self.known(&name_key).await?;
            let change = match Change::deleting(&name_key, version, author, now, before) {
                Ok(change) => change,
                Err(answer) => return Ok(answer),
            };
            // A deletion takes nothing that could be taken already: what fails was overtaken.
            if let Written::Done = self.write(&change).await? {
                return Ok(Deleted::Done);
            }
        }
        Err(StoreError::contended("delete a mapping"))
    }
}

fn saved(change: Change) -> Saved {
    let entry = change.after.expect("a save leaves a mapping").entry;
    match change.line.action {
        MappingAction::Created => Saved::Created(entry),
        MappingAction::Updated | MappingAction::Renamed | MappingAction::Deleted => Saved::Updated(entry),
    }
}
