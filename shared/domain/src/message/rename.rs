//! A repository's new name, as the queue carries it.
//!
//! Owns its fields, and what tells one renaming from another. What follows for a mapping is the store's to say.

use std::fmt::Write as _;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::RepoRef;
use crate::repo_name::RepoFullName;

/// So much of a digest tells names apart; SQS takes 128 characters, and two names may have more.
const DIGEST_BYTES: usize = 8;

/// A repository that was renamed, or transferred to another owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RepositoryRenamed {
    /// Which, with the name that it has now.
    pub repo: RepoRef,
    /// The name that it had before.
    pub old_name: RepoFullName,
    /// When GitHub had last touched it: of two events, the older one has no later time.
    pub at: Timestamp,
}

impl RepositoryRenamed {
    pub(super) fn deduplication_id(&self) -> String {
        let digest = Sha256::digest(format!("{}>{}", self.old_name, self.repo.name));
        let mut id = format!("renamed:{}:{}:", self.repo.id, self.at.as_second());
        for byte in &digest[..DIGEST_BYTES] {
            // Writing to a string never fails.
            let _ = write!(id, "{byte:02x}");
        }
        id
    }
}
