//! The files by which AI-Implement works in a repository, and the one pull request that brings them there.
//!
//! Owns what is delivered where, and the branch `sync/ai-implement`. Files that AI-Implement keeps are brought up to date,
//! those that people fill are put there once. Never merges, never forces a branch, never writes upon a commit that
//! somebody else made, and takes nothing away: a file that is no longer delivered stays where it is.
//!
//! ```text
//! files (pure) ──┐
//! facts (GitHub) ┴▶ plan (pure) ──▶ sync: tree, commit, branch, pull request
//! ```

mod facts;
mod files;
mod plan;
mod refusal;
mod sync;

pub use files::{TargetFile, Upkeep, files_of};
pub use refusal::SyncRefusal;
pub use sync::{How, SyncError, Synced, sync};

/// The branch that the files come by.
pub const BRANCH: &str = "sync/ai-implement";
