//! GitHub's error bodies, in one place.
//!
//! Never decides that something is an error: the handlers do.

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

/// GitHub links each error to a page; the fake links them all to the REST reference.
const DOCUMENTATION_URL: &str = "https://docs.github.com/rest";

/// An error as GitHub's REST API answers it.
#[derive(Debug)]
pub(super) struct GithubError {
    status: StatusCode,
    message: String,
    errors: Option<Value>,
}

impl GithubError {
    /// An error of that status.
    pub(super) fn new(status: StatusCode, message: impl Into<String>) -> Self {
        Self { status, message: message.into(), errors: None }
    }

    /// 401: the caller could not be recognised.
    pub(super) fn unauthorized(message: &str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, message)
    }

    /// 403: the installation lacks the permission, or the token was narrowed away from the
    /// repository.
    pub(super) fn not_accessible() -> Self {
        Self::new(StatusCode::FORBIDDEN, "Resource not accessible by integration")
    }

    /// 403: the installation may do nothing for now.
    pub(super) fn suspended() -> Self {
        Self::new(StatusCode::FORBIDDEN, "This installation has been suspended")
    }

    /// 404: absent, or not for this caller's eyes.
    pub(super) fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "Not Found")
    }

    /// 422: the request can't be carried out.
    pub(super) fn unprocessable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, message)
    }

    /// 422 of GitHub's validation, in a sentence of its own.
    pub(super) fn custom(resource: &str, message: &str) -> Self {
        let errors = json!([{ "resource": resource, "code": "custom", "message": message }]);
        Self { errors: Some(errors), ..Self::unprocessable("Validation Failed") }
    }

    /// 422 of GitHub's validation, which names the field.
    pub(super) fn invalid_field(resource: &str, field: &str, code: &str) -> Self {
        let errors = json!([{ "resource": resource, "field": field, "code": code }]);
        Self { errors: Some(errors), ..Self::unprocessable("Validation Failed") }
    }
}

impl IntoResponse for GithubError {
    fn into_response(self) -> Response {
        let mut body = json!({
            "message": self.message,
            "documentation_url": DOCUMENTATION_URL,
            "status": self.status.as_u16().to_string(),
        });
        if let Some(errors) = self.errors {
            body["errors"] = errors;
        }
        (self.status, Json(body)).into_response()
    }
}
