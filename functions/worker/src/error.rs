//! Why a message isn't done yet.
//!
//! Owns two questions: what stands in the way, and for how long as far as is known. What is refused for good is no
//! error: it is told to the commenter, and the message is done.

use std::time::Duration;

use aws::{QueueError, SecretError, StoreError};
use domain::claim::WrongState;
use domain::message::MessageError;
use domain::refusal::Obstacle;
use github::GitHubError;
use github_app::AccessError;
use notifier::NotifyError;
use thiserror::Error;

/// Work that has to be taken up again.
#[derive(Debug, Error)]
pub(crate) enum Undone {
    /// Not a message of this release.
    #[error("the message can't be read")]
    Unreadable(#[from] MessageError),
    /// A table failed.
    #[error("a table failed")]
    Store(#[from] StoreError),
    /// The queue failed.
    #[error("the queue failed")]
    Queue(#[from] QueueError),
    /// A team's channel could not be reached.
    #[error("a channel could not be told")]
    Channel(#[from] NotifyError),
    /// GitHub failed in a way that may heal.
    #[error("GitHub failed")]
    GitHub(#[from] GitHubError),
    /// The App's credentials can't be used.
    #[error("GitHub can't be spoken to as the App")]
    Access(#[from] AccessError),
    /// The secret of runs can't be read.
    #[error("a run can't be told where to report")]
    Secret(#[from] SecretError),
    /// GitHub's limits leave no room for now; no call was made.
    #[error("GitHub's limits leave no room for {} s", remaining.as_secs())]
    Limited {
        /// For how long.
        remaining: Duration,
    },
    /// Lambda would end before GitHub has answered; nothing was sent.
    #[error("too little time was left for the dispatch")]
    OutOfTime,
    /// Another worker moved the claim.
    #[error("the claim was moved by somebody else")]
    Moved,
    /// The claim isn't where this step expects it.
    #[error("the claim is elsewhere")]
    WrongState(#[from] WrongState),
    /// The run that ended has no claim, or has none yet.
    #[error("the run is not known yet")]
    UnknownRun,
    /// Another worker is at the dispatch or at the status comment, or was and is gone; its lease tells.
    #[error("the claim is in another worker's hands")]
    Leased {
        /// How long that worker may still take.
        remaining: Duration,
    },
}

impl Undone {
    /// What people and operators are told stands in the way.
    pub(crate) const fn obstacle(&self) -> Obstacle {
        match self {
            Self::Limited { .. } | Self::GitHub(GitHubError::RateLimited { .. }) => Obstacle::RateLimit,
            Self::Access(_) | Self::GitHub(GitHubError::Unauthorized { .. }) => Obstacle::Credentials,
            Self::GitHub(_) => Obstacle::GitHub,
            _ => Obstacle::Ourselves,
        }
    }

    /// The wait that is known to be needed: the one that GitHub or a channel asked for, or the rest of a lease.
    pub(crate) const fn asked(&self) -> Option<Duration> {
        match self {
            Self::GitHub(GitHubError::RateLimited { retry_after })
            | Self::Channel(NotifyError::Transient { retry_after, .. }) => *retry_after,
            Self::Limited { remaining } | Self::Leased { remaining } => Some(*remaining),
            _ => None,
        }
    }
}
