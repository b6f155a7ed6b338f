//! Remembers the REST requests that arrived, and derives GitHub's rate-limit headers from their
//! number.
//!
//! Never sees a control route.

use std::collections::VecDeque;
use std::time::Duration;

use axum::http::StatusCode;
use serde::Serialize;

/// The log of a sandbox that runs for days keeps this many requests.
const KEPT_REQUESTS: usize = 10_000;

/// One REST request, as it arrived and as it was answered.
#[derive(Debug, Clone, Serialize)]
pub struct LoggedRequest {
    /// HTTP method.
    pub method: String,
    /// Path with its query.
    pub path: String,
    /// When it arrived, since the sandbox was started.
    pub started: Duration,
    /// When it was answered; `None` while it is being served.
    pub ended: Option<Duration>,
    /// Status of the answer; `None` while it is being served, or when the connection was reset
    /// instead.
    pub status: Option<u16>,
}

/// The requests of this sandbox, oldest first.
#[derive(Debug, Default)]
pub(super) struct RequestLog {
    entries: VecDeque<LoggedRequest>,
    forgotten: usize,
    uncharged: usize,
}

impl RequestLog {
    /// Notes an arrival, and returns its number for [`RequestLog::answered`].
    pub(super) fn arrived(&mut self, method: &str, path: &str, at: Duration) -> usize {
        if self.entries.len() == KEPT_REQUESTS {
            self.entries.pop_front();
            self.forgotten += 1;
        }
        self.entries.push_back(LoggedRequest {
            method: method.to_owned(),
            path: path.to_owned(),
            started: at,
            ended: None,
            status: None,
        });
        self.count() - 1
    }

    /// Notes the end of the request of that number; `None` when the connection was reset.
    pub(super) fn answered(&mut self, number: usize, status: Option<StatusCode>, at: Duration) {
        let entry = number.checked_sub(self.forgotten).and_then(|index| self.entries.get_mut(index));
        if let Some(entry) = entry {
            entry.ended = Some(at);
            entry.status = status.map(|status| status.as_u16());
        }
        if status == Some(StatusCode::NOT_MODIFIED) {
            self.uncharged += 1;
        }
    }

    /// How many requests have arrived.
    pub(super) fn count(&self) -> usize {
        self.forgotten + self.entries.len()
    }

    /// How many of them count against the rate limit: one that is answered with "not modified" doesn't.
    /// <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate>
    pub(super) fn charged(&self) -> usize {
        self.count().saturating_sub(self.uncharged)
    }

    pub(super) fn entries(&self) -> Vec<LoggedRequest> {
        self.entries.iter().cloned().collect()
    }

    pub(super) fn clear(&mut self) {
        (self.forgotten, self.uncharged) = (0, 0);
        self.entries.clear();
    }
}
