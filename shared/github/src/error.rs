//! What can go wrong with a call, by what the caller does about it.
//!
//! Owns the reading of GitHub's error answers and of a broken connection. Never holds a token or a request's body.
//! <https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api>

use std::error::Error;
use std::time::Duration;

use http::HeaderMap;
use http::StatusCode;
use jiff::Timestamp;
use serde::Deserialize;
use thiserror::Error;

/// The shortest wait when GitHub limits us and doesn't say for how long.
const DEFAULT_RETRY_AFTER: Duration = Duration::from_mins(1);

/// How GitHub words that an App lacks a permission; other refusals with the same status have other remedies.
const NOT_GRANTED: &str = "Resource not accessible by integration";

/// A failed call. Each variant is a reaction of the caller.
#[derive(Debug, Error)]
pub enum GitHubError {
    /// The token or JWT is not accepted; a fresh one may be.
    #[error("GitHub does not accept our credentials: {message}")]
    Unauthorized {
        /// GitHub's words.
        message: String,
    },
    /// The App is not installed there, or its installation is suspended: there is no token, not even to say so.
    #[error("the App has no installation there: {message}")]
    NotInstalled {
        /// GitHub's words.
        message: String,
    },
    /// The App may not do this; somebody has to grant it.
    #[error("GitHub does not allow it: {message}")]
    Forbidden {
        /// GitHub's words.
        message: String,
    },
    /// There is no such thing, or the App may not see it.
    #[error("GitHub does not have it: {message}")]
    NotFound {
        /// GitHub's words.
        message: String,
    },
    /// GitHub wants us to wait.
    #[error("GitHub limits our rate for {} s", retry_after.as_secs())]
    RateLimited {
        /// For how long.
        retry_after: Duration,
    },
    /// GitHub understood and refused; the same call will be refused again.
    #[error("GitHub refused ({status}): {message}")]
    Rejected {
        /// The HTTP status.
        status: u16,
        /// GitHub's words.
        message: String,
    },
    /// The call was sent, and whether it had its effect is not known.
    #[error("GitHub gave no clear answer: {what}")]
    Ambiguous {
        /// What came instead.
        what: String,
        /// The cause below, if there is one.
        #[source]
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// No connection came about, or no token to make the call with: it was definitely not sent.
    #[error("GitHub can't be reached")]
    Transport(#[source] Box<dyn Error + Send + Sync>),
}

impl GitHubError {
    /// Whether the same call may succeed later without anybody's doing.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. } | Self::Ambiguous { .. } | Self::Transport(_) | Self::Unauthorized { .. }
        )
    }

    pub(crate) fn ambiguous(what: impl Into<String>) -> Self {
        Self::Ambiguous { what: what.into(), source: None }
    }

    /// The same failure where it kept a call from being made: whatever is unclear, the call was not sent.
    pub(crate) fn before_the_call(self) -> Self {
        match self {
            unclear @ Self::Ambiguous { .. } => Self::Transport(Box::new(unclear)),
            clear => clear,
        }
    }

    /// Reads an answer whose status isn't a success.
    pub(crate) fn of_answer(status: StatusCode, headers: &HeaderMap, body: &[u8], now: Timestamp) -> Self {
        let message = message(status, body);
        if let Some(retry_after) = rate_limit(status, headers, &message, now) {
            return Self::RateLimited { retry_after };
        }
        match status.as_u16() {
            401 => Self::Unauthorized { message },
            403 if message.contains(NOT_GRANTED) => Self::Forbidden { message },
            404 | 410 => Self::NotFound { message },
            // A moved repository is not followed: an effect must not happen where nobody asked for it.
            code @ 300..=499 => Self::Rejected { status: code, message },
            code => Self::ambiguous(format!("status {code}")),
        }
    }

    /// Reads a failure below HTTP.
    pub(crate) fn of_connection(error: octocrab::Error) -> Self {
        if never_connected(&error) {
            Self::Transport(Box::new(error))
        } else {
            Self::Ambiguous { what: "the connection broke".into(), source: Some(Box::new(error)) }
        }
    }
}

/// GitHub's `message`, with the details of `errors` where it has some.
fn message(status: StatusCode, body: &[u8]) -> String {
    #[derive(Deserialize)]
    struct Body {
        message: String,
        #[serde(default)]
        errors: serde_json::Value,
    }
    let Ok(Body { message, errors }) = serde_json::from_slice::<Body>(body) else {
        return status.canonical_reason().unwrap_or("an unknown status").to_owned();
    };
    let details: Vec<&str> = errors
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| error.as_str().or_else(|| error.get("message")?.as_str()))
        .collect();
    if details.is_empty() { message } else { format!("{message} ({})", details.join("; ")) }
}

/// How long a limited caller has to wait: `retry-after`, else the reset of an emptied budget, else a minute.
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>
fn rate_limit(status: StatusCode, headers: &HeaderMap, message: &str, now: Timestamp) -> Option<Duration> {
    if !matches!(status.as_u16(), 403 | 429) {
        return None;
    }
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    if let Some(seconds) = number("retry-after") {
        return Some(Duration::from_secs(seconds));
    }
    if number("x-ratelimit-remaining") == Some(0) {
        let reset = number("x-ratelimit-reset").and_then(|reset| i64::try_from(reset).ok());
        let seconds = reset.map(|reset| reset.saturating_sub(now.as_second()).max(1).unsigned_abs());
        return Some(seconds.map_or(DEFAULT_RETRY_AFTER, Duration::from_secs));
    }
    let limited = status == StatusCode::TOO_MANY_REQUESTS || message.to_ascii_lowercase().contains("rate limit");
    limited.then_some(DEFAULT_RETRY_AFTER)
}

/// Only a failure to connect proves that nothing was sent.
fn never_connected(error: &(dyn Error + 'static)) -> bool {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if error
            .downcast_ref::<hyper_util::client::legacy::Error>()
            .is_some_and(hyper_util::client::legacy::Error::is_connect)
        {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(status: u16, headers: &[(&'static str, &str)], body: &str) -> GitHubError {
        let headers = headers
            .iter()
            .map(|(name, value)| (http::HeaderName::from_static(name), value.parse().expect("a header value")));
        let now = Timestamp::from_second(1_000).expect("a time");
        let status = StatusCode::from_u16(status).expect("a status");
        GitHubError::of_answer(status, &headers.collect(), body.as_bytes(), now)
    }

    fn wait(error: &GitHubError) -> Option<u64> {
        match error {
            GitHubError::RateLimited { retry_after } => Some(retry_after.as_secs()),
            _ => None,
        }
    }

    #[test]
    fn each_status_has_its_reaction() {
        let body = r#"{"message": "No."}"#;
        assert!(matches!(error(401, &[], body), GitHubError::Unauthorized { .. }));
        let not_granted = r#"{"message": "Resource not accessible by integration"}"#;
        assert!(matches!(error(403, &[], not_granted), GitHubError::Forbidden { .. }));
        assert!(matches!(error(403, &[], body), GitHubError::Rejected { status: 403, .. }));
        assert!(matches!(error(301, &[], body), GitHubError::Rejected { status: 301, .. }));
        assert!(matches!(error(404, &[], body), GitHubError::NotFound { .. }));
        assert!(matches!(error(422, &[], body), GitHubError::Rejected { status: 422, .. }));
        for status in [500, 502, 503, 504] {
            assert!(matches!(error(status, &[], body), GitHubError::Ambiguous { .. }), "{status}");
        }
    }

    #[test]
    fn limits_are_obeyed_in_githubs_order() {
        let limited = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        assert_eq!(wait(&error(403, &[("retry-after", "7"), ("x-ratelimit-remaining", "0")], limited)), Some(7));
        assert_eq!(
            wait(&error(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1090")], limited)),
            Some(90)
        );
        assert_eq!(wait(&error(403, &[("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "5")], limited)), Some(1));
        assert_eq!(wait(&error(403, &[], limited)), Some(60));
        assert_eq!(wait(&error(429, &[], "not json")), Some(60));
        assert_eq!(
            wait(&error(403, &[("x-ratelimit-remaining", "9")], r#"{"message": "Resource not accessible"}"#)),
            None
        );
    }

    #[test]
    fn githubs_words_are_kept_with_their_details() {
        let body = r#"{"message": "Validation Failed", "errors": [{"message": "title is missing"}, "and more", {"code": "x"}]}"#;
        assert_eq!(
            error(422, &[], body).to_string(),
            "GitHub refused (422): Validation Failed (title is missing; and more)"
        );
        assert_eq!(error(404, &[], "<html>").to_string(), "GitHub does not have it: Not Found");
    }

    #[test]
    fn only_what_time_can_heal_is_transient() {
        assert!(
            error(502, &[], "").is_transient()
                && error(429, &[], "").is_transient()
                && error(401, &[], "").is_transient()
        );
        assert!(
            !error(403, &[], "").is_transient()
                && !error(404, &[], "").is_transient()
                && !error(422, &[], "").is_transient()
        );
    }
}
