//! The place in a repository's comments, between memory and table.
//!
//! Owns that only a change is written. Never moves the place.

use aws::{Cursor, StoreError};
use domain::repo_name::RepoFullName;
use jiff::Timestamp;

use super::place::Place;
use crate::state::State;

/// How far a repository was read, here and in the table.
pub(super) struct Bookmark {
    cursor: Cursor<Place>,
    written: Place,
}

impl Bookmark {
    /// The one of a mapped repository.
    #[failpoint::everywhere]
    pub(super) async fn read(state: &State, name: &RepoFullName) -> Result<Self, StoreError> {
        let cursor = state.cursors.read::<Place>(&format!("comments#{}", name.key())).await?;
        Ok(Self { written: cursor.place.clone(), cursor })
    }

    /// The place, to be moved.
    pub(super) const fn place(&mut self) -> &mut Place {
        &mut self.cursor.place
    }

    /// Writes the place down if it has moved; `false` when another sweeper reads the same repository.
    #[failpoint::everywhere]
    pub(super) async fn write(&mut self, state: &State, now: Timestamp) -> Result<bool, StoreError> {
        if self.cursor.place == self.written {
            return Ok(true);
        }
        let is_ours = state.cursors.write(&mut self.cursor, now).await?;
        if is_ours {
            self.written = self.cursor.place.clone();
        } else {
            tracing::info!("another sweeper reads the same repository");
        }
        Ok(is_ours)
    }
}
