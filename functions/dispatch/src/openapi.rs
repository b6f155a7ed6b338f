//! The description of this API, for programs: OpenAPI 3.1, written by hand beside the code.
//!
//! Owns that it is served as it is, to everybody. The crate's tests hold every answer that they see against it.

use axum::response::{IntoResponse, Response};
use http::header::CONTENT_TYPE;

const DOCUMENT: &str = include_str!("../openapi.json");

/// `GET /openapi.json`
pub(crate) async fn show() -> Response {
    ([(CONTENT_TYPE, "application/json")], DOCUMENT).into_response()
}
