//! One call: sent once, bounded in time and size, answered or classified.
//!
//! Owns the bounds. Never retries: whoever made the call knows whether that would be safe.

use std::time::Duration;

use clock::Clock;
use http::{Method, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use octocrab::Octocrab;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::GitHubError;

/// How long a call may take as a whole, from the first byte sent to the last one read.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take to come about.
pub(crate) const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// No answer that we read is larger: a page of comments is the largest.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// A request, relative to the API's address.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
}

/// A successful answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    body: Vec<u8>,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self { method: Method::GET, path: path.into(), body: None }
    }

    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::POST, path: path.into(), body: Some(body) }
    }

    pub(crate) fn patch(path: impl Into<String>, body: Value) -> Self {
        Self { method: Method::PATCH, path: path.into(), body: Some(body) }
    }

    /// Sends the call with the handle's credentials, once.
    pub(crate) async fn send(&self, octocrab: &Octocrab, clock: &Clock) -> Result<Answer, GitHubError> {
        tokio::time::timeout(CALL_TIMEOUT, self.exchange(octocrab, clock))
            .await
            .unwrap_or_else(|_| Err(GitHubError::ambiguous(format!("none within {} s", CALL_TIMEOUT.as_secs()))))
    }

    async fn exchange(&self, octocrab: &Octocrab, clock: &Clock) -> Result<Answer, GitHubError> {
        let request = http::Request::builder().method(self.method.clone()).uri(&self.path);
        let request = octocrab
            .build_request(request, self.body.as_ref())
            // Nothing was sent: the path or the body can't be a request.
            .map_err(|error| GitHubError::Rejected { status: 400, message: error.to_string() })?;
        let response = octocrab.execute(request).await.map_err(GitHubError::of_connection)?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, MAX_ANSWER_BYTES)
            .collect()
            .await
            .map_err(|source| GitHubError::Ambiguous { what: "its answer broke off".into(), source: Some(source) })?
            .to_bytes()
            .to_vec();
        if parts.status.is_success() {
            Ok(Answer { status: parts.status, body })
        } else {
            Err(GitHubError::of_answer(parts.status, &parts.headers, &body, clock.now()))
        }
    }
}

impl Answer {
    /// The body as JSON of a known shape.
    pub(crate) fn json<T: DeserializeOwned>(&self) -> Result<T, GitHubError> {
        serde_json::from_slice(&self.body).map_err(|error| GitHubError::Ambiguous {
            what: format!("its answer ({}) has an unknown shape", self.status),
            source: Some(Box::new(error)),
        })
    }
}
