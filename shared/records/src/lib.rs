//! Stored records, as the HTTP APIs answer for them: the claim that an address names, and a table that failed.
//!
//! Owns those answers, which are the same wherever they are given. Never reads a table, and knows no route.

mod claim_path;
mod failure;

pub use claim_path::{ClaimPath, no_claim};
pub use failure::store_failed;
