//! Why a part of a sweep isn't done.
//!
//! Owns which of GitHub's refusals mean that there is nothing for us in a repository. Whatever failed is tried again by a
//! later sweep.

use aws::{QueueError, StoreError};
use github::GitHubError;
use github_app::AccessError;
use thiserror::Error;

/// A part, or a repository, that has to be swept again.
#[derive(Debug, Error)]
pub(crate) enum Undone {
    /// A table failed.
    #[error("a table failed")]
    Store(#[from] StoreError),
    /// The queue did not take something.
    #[error(transparent)]
    Queue(#[from] QueueError),
    /// GitHub failed.
    #[error("GitHub failed")]
    GitHub(#[from] GitHubError),
    /// The App's credentials can't be used.
    #[error("GitHub can't be spoken to as the App")]
    Access(#[from] AccessError),
    /// It took so long that the sweep would not have come to its end.
    #[error("there was no time left")]
    OutOfTime,
    /// Some of the repositories could not be looked at; the log names each.
    #[error("{0} of the repositories could not be looked at")]
    Repositories(usize),
}

impl Undone {
    /// Whether GitHub accepts our key no longer: it may have been rotated.
    pub(crate) const fn is_refused_key(&self) -> bool {
        matches!(self, Self::GitHub(GitHubError::Unauthorized { .. }))
    }
}

/// Whether GitHub said a clear no to one repository: only somebody's doing changes it, no repetition.
pub(crate) const fn is_refusal(error: &GitHubError) -> bool {
    matches!(error, GitHubError::Moved { .. }) || !error.is_transient()
}
