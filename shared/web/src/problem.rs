//! Problem documents: how every failed request is answered.
//!
//! Owns their form. Never decides what is a problem.
//! <https://www.rfc-editor.org/rfc/rfc9457>

use std::borrow::Cow;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/problem+json");

/// A request that failed, for whoever sent it: a stable code for programs, a sentence for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    status: StatusCode,
    code: &'static str,
    detail: Cow<'static, str>,
    errors: Vec<FieldProblem>,
    current_version: Option<u64>,
    current_state: Option<&'static str>,
    retry_after: Option<Duration>,
}

/// What is wrong with one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldProblem {
    /// The field's name in the API.
    pub field: String,
    /// What is wrong.
    pub detail: String,
}

/// The members of the document, in the order in which they are written.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    title: &'static str,
    status: u16,
    code: &'static str,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldProblem],
    #[serde(skip_serializing_if = "Option::is_none")]
    current_version: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    current_state: Option<&'static str>,
}

impl Problem {
    /// A problem with what to do about it.
    #[must_use]
    pub fn new(status: StatusCode, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self {
            status,
            code,
            detail: detail.into(),
            errors: Vec::new(),
            current_version: None,
            current_state: None,
            retry_after: None,
        }
    }

    /// A request that breaks a rule, as a whole.
    #[must_use]
    pub fn bad_request(detail: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "BAD_REQUEST", detail)
    }

    /// A request whose fields break rules, each explained at its field.
    #[must_use]
    pub fn bad_fields(errors: Vec<FieldProblem>) -> Self {
        let told: Vec<String> = errors.iter().map(|error| format!("{}: {}", error.field, error.detail)).collect();
        Self { errors, ..Self::bad_request(told.join("; ")) }
    }

    /// A request with one wrong field.
    #[must_use]
    pub fn bad_field(field: impl Into<String>, detail: impl Into<String>) -> Self {
        Self::bad_fields(vec![FieldProblem { field: field.into(), detail: detail.into() }])
    }

    /// The version that a conflicting write should have been made from.
    #[must_use]
    pub fn with_current_version(self, version: u64) -> Self {
        Self { current_version: Some(version), ..self }
    }

    /// The state of a thing that is not in the one that the request is for.
    #[must_use]
    pub fn with_current_state(self, state: &'static str) -> Self {
        Self { current_state: Some(state), ..self }
    }

    /// When the same request may be sent again, at the earliest.
    #[must_use]
    pub fn with_retry_after(self, wait: Duration) -> Self {
        Self { retry_after: Some(wait), ..self }
    }

    /// The status that it is answered with.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }

    /// What happened and what to do about it, for people.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// What is wrong with which fields.
    #[must_use]
    pub fn errors(&self) -> &[FieldProblem] {
        &self.errors
    }

    /// The version that a conflicting write should have been made from.
    #[must_use]
    pub const fn current_version(&self) -> Option<u64> {
        self.current_version
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let document = Document {
            title: self.status.canonical_reason().unwrap_or_default(),
            status: self.status.as_u16(),
            code: self.code,
            detail: &self.detail,
            errors: &self.errors,
            current_version: self.current_version,
            current_state: self.current_state,
        };
        let body = serde_json::to_string(&document).expect("texts and numbers are JSON");
        let mut response = (self.status, [(CONTENT_TYPE, MEDIA_TYPE)], body).into_response();
        if let Some(wait) = self.retry_after {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(whole_seconds(wait)));
        }
        response
    }
}

/// Rounded up: a moment too early would be refused again.
fn whole_seconds(wait: Duration) -> u64 {
    (wait.as_secs() + u64::from(wait.subsec_nanos() > 0)).max(1)
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    async fn written(problem: Problem) -> (Response<()>, String) {
        let (parts, body) = problem.into_response().into_parts();
        let body = to_bytes(body, usize::MAX).await.expect("a whole body");
        (Response::from_parts(parts, ()), String::from_utf8(body.to_vec()).expect("a text"))
    }

    #[tokio::test]
    async fn a_problem_says_no_more_than_it_knows() {
        let (answer, body) = written(Problem::new(StatusCode::FORBIDDEN, "CSRF", "Send the token.")).await;
        assert_eq!(answer.status(), 403);
        assert_eq!(answer.headers()[CONTENT_TYPE], "application/problem+json");
        assert!(!answer.headers().contains_key(RETRY_AFTER));
        assert_eq!(body, r#"{"title":"Forbidden","status":403,"code":"CSRF","detail":"Send the token."}"#);
    }

    #[tokio::test]
    async fn each_member_that_is_known_is_written() {
        let problem = Problem::bad_field("limit", "1 to 100").with_current_version(3).with_current_state("x");
        let (answer, body) = written(problem.with_retry_after(Duration::from_millis(1))).await;
        assert_eq!(answer.headers()[RETRY_AFTER], "1");
        assert_eq!(
            body,
            r#"{"title":"Bad Request","status":400,"code":"BAD_REQUEST","detail":"limit: 1 to 100","errors":[{"field":"limit","detail":"1 to 100"}],"currentVersion":3,"currentState":"x"}"#
        );
    }
}
