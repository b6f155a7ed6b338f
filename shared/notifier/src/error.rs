//! What can go wrong with a post, by what the caller does about it.
//!
//! Owns the words. Never holds an address or an answer's body.

use std::error::Error;
use std::time::Duration;

use http::StatusCode;
use thiserror::Error;

/// A message that was not posted, as far as we know. Each variant is a reaction of the caller.
#[derive(Debug, Error)]
pub enum NotifyError {
    /// The same post may succeed later.
    #[error("the notification was not taken: {what}")]
    Transient {
        /// What happened instead.
        what: String,
        /// For how long the service wants us to wait, where it says so.
        retry_after: Option<Duration>,
        /// The cause below, if there is one.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// The service has no such webhook, or doesn't take this of us: it is not tried again.
    #[error("the notification was refused ({status})")]
    Refused {
        /// The HTTP status.
        status: u16,
    },
    /// Nothing was sent, and nothing will be: the mapping is to be mended.
    #[error("notifications may not go to that address from here")]
    NotAllowed,
}

impl NotifyError {
    /// Whether the same post may succeed later.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(self, Self::Transient { .. })
    }

    pub(crate) fn transient(what: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Transient { what: what.to_owned(), retry_after: None, source: Some(source.into()) }
    }

    pub(crate) fn busy(status: StatusCode, retry_after: Option<Duration>) -> Self {
        Self::Transient { what: format!("status {}", status.as_u16()), retry_after, source: None }
    }
}
