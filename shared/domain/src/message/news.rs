//! That somebody outside GitHub is to be told of a claim.
//!
//! Owns its fields. Never holds an address: that is the mapping's, and is read when the news is told.

use serde::{Deserialize, Serialize};

use crate::announcement::Announcement;
use crate::claim::ClaimId;

/// One piece of news of a claim.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Of which claim.
    pub claim: ClaimId,
    /// Of which attempt of its run.
    pub attempt: u32,
    /// What there is to tell.
    pub news: Announcement,
}
