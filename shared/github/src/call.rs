//! One call: sent once, bounded in time and size, answered or classified.
//!
//! Owns the bounds. Never retries: whoever made the call knows whether that would be safe.

use std::time::Duration;

use clock::Clock;
use http::header::{ETAG, HeaderName, IF_NONE_MATCH, LINK};
use http::{HeaderMap, Method, StatusCode};
use http_body_util::{BodyExt as _, Limited};
use octocrab::Octocrab;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::error::GitHubError;

/// How long a call may take as a whole, from the first byte sent to the last one read.
pub const CALL_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may take to come about.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(3);
/// No answer that we read is larger. A page of comments is the largest: a hundred of 65,536 characters, each of which
/// JSON may write as six bytes.
const MAX_ANSWER_BYTES: usize = 40 * 1024 * 1024;

/// How long GitHub may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Until a connection has come about.
    pub connect: Duration,
    /// For a call as a whole, from the first byte sent to the last one read.
    pub call: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { connect: CONNECT_TIMEOUT, call: CALL_TIMEOUT }
    }
}

/// A request, relative to the API's address.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    method: Method,
    path: String,
    body: Option<Value>,
    /// The entity tag of the answer that the caller has already.
    known: Option<String>,
}

/// A successful answer, or word that there is nothing new.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Call {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub(crate) fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    /// For what GitHub wants no body for.
    pub(crate) fn bare_post(path: impl Into<String>) -> Self {
        Self::new(Method::POST, path, None)
    }

    pub(crate) fn delete(path: impl Into<String>) -> Self {
        Self::new(Method::DELETE, path, None)
    }

    /// For what GitHub wants a body for even so.
    pub(crate) fn delete_with(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::DELETE, path, Some(body))
    }

    pub(crate) fn patch(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PATCH, path, Some(body))
    }

    /// The same call, to be answered in full only where the answer is no longer the one of this tag.
    /// <https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate>
    pub(crate) fn unless(self, known: Option<&str>) -> Self {
        Self { known: known.map(str::to_owned), ..self }
    }

    fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Self { method, path: path.into(), body, known: None }
    }

    /// Sends the call with the handle's credentials, once, and waits for as long as `limit`.
    pub(crate) async fn send(
        &self,
        octocrab: &Octocrab,
        clock: &Clock,
        limit: Duration,
    ) -> Result<Answer, GitHubError> {
        tokio::time::timeout(limit, self.exchange(octocrab, clock))
            .await
            .unwrap_or_else(|_| Err(GitHubError::ambiguous(format!("none within {limit:?}"))))
    }

    async fn exchange(&self, octocrab: &Octocrab, clock: &Clock) -> Result<Answer, GitHubError> {
        let mut request = http::Request::builder().method(self.method.clone()).uri(&self.path);
        if let Some(known) = &self.known {
            request = request.header(IF_NONE_MATCH, known);
        }
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
        // Nobody who didn't ask for it takes "nothing new" for a success.
        let is_nothing_new = self.known.is_some() && parts.status == StatusCode::NOT_MODIFIED;
        if parts.status.is_success() || is_nothing_new {
            Ok(Answer { status: parts.status, headers: parts.headers, body })
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

    /// What a later call may name instead of being answered with the same again.
    pub(crate) fn etag(&self) -> Option<String> {
        self.header(&ETAG).map(str::to_owned)
    }

    /// The address of the next page, as the `Link` header names it.
    /// <https://docs.github.com/en/rest/using-the-rest-api/using-pagination-in-the-rest-api#using-link-headers>
    pub(crate) fn next_page(&self) -> Option<&str> {
        let mut links = self.header(&LINK)?.split(", ");
        let next = links.find_map(|link| link.strip_suffix("; rel=\"next\""))?;
        next.strip_prefix('<')?.strip_suffix('>')
    }

    fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linked(link: &'static str) -> Answer {
        let headers = HeaderMap::from_iter([(LINK, http::HeaderValue::from_static(link))]);
        Answer { status: StatusCode::OK, headers, body: Vec::new() }
    }

    #[test]
    fn the_next_page_is_told_from_its_neighbours() {
        let answer = linked(r#"<https://h/l?page=1>; rel="prev", <https://h/l?page=3>; rel="next""#);
        assert_eq!(answer.next_page(), Some("https://h/l?page=3"));
        assert_eq!(linked(r#"<https://h/l?page=1>; rel="prev", <https://h/l?page=1>; rel="first""#).next_page(), None);
        assert_eq!(linked("").next_page(), None);
    }
}
