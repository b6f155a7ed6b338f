//! Reads JSON request bodies and words GitHub's complaints about them.

use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::sandbox::github_error::GithubError;

/// The body as a value of that type. An empty body reads as `{}`.
///
/// # Errors
/// 400 for text that is no JSON, 422 for JSON of another shape.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, GithubError> {
    let body = if body.is_empty() { b"{}" } else { body };
    let value: Value =
        serde_json::from_slice(body).map_err(|_| GithubError::new(StatusCode::BAD_REQUEST, "Problems parsing JSON"))?;
    serde_json::from_value(value).map_err(|error| GithubError::unprocessable(format!("Invalid request.\n\n{error}")))
}
