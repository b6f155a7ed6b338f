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
    /// The repository has another name now. Nothing is followed: an effect must not happen where nobody asked for it.
    #[error("GitHub has it under another name: {message}")]
    Moved {
        /// GitHub's words.
        message: String,
    },
    /// GitHub wants us to wait.
    #[error("GitHub limits our rate {}", for_how_long(*retry_after))]
    RateLimited {
        /// For how long; `None` when GitHub names no time, and the caller lets its own wait grow.
        retry_after: Option<Duration>,
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
    /// Whether the work may succeed later without anybody's doing; a repository that moved is found by its id.
    #[must_use]
    pub const fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::RateLimited { .. }
                | Self::Ambiguous { .. }
                | Self::Transport(_)
                | Self::Unauthorized { .. }
                | Self::Moved { .. }
        )
    }

    /// Whether no answer came, so that what was asked for may still be under way at GitHub.
    #[must_use]
    pub const fn may_still_happen(&self) -> bool {
        matches!(self, Self::Ambiguous { source: Some(_), .. })
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
        if let Some(limited) = rate_limit(status, headers, &message, now) {
            return limited;
        }
        match status.as_u16() {
            401 => Self::Unauthorized { message },
            403 if message.contains(NOT_GRANTED) => Self::Forbidden { message },
            404 | 410 => Self::NotFound { message },
            301 | 307 | 308 => Self::Moved { message },
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

fn for_how_long(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(|| "and names no time".to_owned(), |wait| format!("for {} s", wait.as_secs()))
}

/// Word to wait: for `retry-after`, else until the reset of an emptied budget, else for a time that GitHub doesn't name.
/// `None` for a caller that isn't limited.
/// <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api#exceeding-the-rate-limit>
fn rate_limit(status: StatusCode, headers: &HeaderMap, message: &str, now: Timestamp) -> Option<GitHubError> {
    if !matches!(status.as_u16(), 403 | 429) {
        return None;
    }
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let is_budget_empty = number("x-ratelimit-remaining") == Some(0);
    let until_reset = || {
        let reset = i64::try_from(number("x-ratelimit-reset").filter(|_| is_budget_empty)?).ok()?;
        Some(reset.saturating_sub(now.as_second()).max(1).unsigned_abs())
    };
    let seconds = number("retry-after").or_else(until_reset);
    let is_limited = seconds.is_some()
        || is_budget_empty
        || status == StatusCode::TOO_MANY_REQUESTS
        || message.to_ascii_lowercase().contains("rate limit");
    is_limited.then(|| GitHubError::RateLimited { retry_after: seconds.map(Duration::from_secs) })
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
            GitHubError::RateLimited { retry_after } => retry_after.map(|wait| wait.as_secs()),
            unlimited => panic!("{unlimited:?} is no limit"),
        }
    }

    #[test]
    fn each_status_has_its_reaction() {
        let body = r#"{"message": "No."}"#;
        assert!(matches!(error(401, &[], body), GitHubError::Unauthorized { .. }));
        let not_granted = r#"{"message": "Resource not accessible by integration"}"#;
        assert!(matches!(error(403, &[], not_granted), GitHubError::Forbidden { .. }));
        assert!(matches!(error(403, &[], body), GitHubError::Rejected { status: 403, .. }));
        assert!(matches!(error(301, &[], body), GitHubError::Moved { .. }));
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
    }

    #[test]
    fn a_limit_without_a_time_leaves_the_wait_to_the_caller() {
        let limited = r#"{"message": "You have exceeded a secondary rate limit."}"#;
        assert_eq!(wait(&error(403, &[], limited)), None);
        assert_eq!(wait(&error(429, &[], "not json")), None);
        assert_eq!(wait(&error(429, &[("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")], "")), None);
        assert_eq!(wait(&error(403, &[("x-ratelimit-remaining", "0")], limited)), None);
    }

    #[test]
    fn a_refusal_with_budget_left_is_no_limit() {
        let refused = error(403, &[("x-ratelimit-remaining", "9")], r#"{"message": "Resource not accessible"}"#);
        assert!(matches!(refused, GitHubError::Rejected { status: 403, .. }), "{refused:?}");
    }

    #[test]
    fn a_limit_is_told_with_its_time_or_without_one() {
        assert_eq!(error(429, &[("retry-after", "7")], "").to_string(), "GitHub limits our rate for 7 s");
        assert_eq!(error(429, &[], "").to_string(), "GitHub limits our rate and names no time");
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
