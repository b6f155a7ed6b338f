//! The door of the REST API: logs each request, carries scripted faults out and adds GitHub's
//! standard headers.
//!
//! Never reads a request's body, and asks the world for the time only.

use std::sync::Arc;

use axum::Json;
use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use super::core::Core;
use super::digest::{entity_tag, stable_number};
use super::faults::Fault;
use super::github_error::GithubError;

/// The limit that GitHub grants to an installation in an hour.
const HOURLY_LIMIT: usize = 5_000;
const HOUR_SECONDS: i64 = 3_600;
const JSON_UTF8: &str = "application/json; charset=utf-8";
/// Answers are built in memory; this is far above the largest.
const MAX_ANSWER_BYTES: usize = 64 << 20;

/// Marks a response that must not be sent: the server ends the connection instead.
#[derive(Clone)]
pub(super) struct ResetConnection;

/// Serves one REST request with all that surrounds it.
pub(super) async fn pass(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let method = request.method().clone();
    let uri = request.uri().clone();
    let if_none_match = request.headers().get(IF_NONE_MATCH).cloned();
    let path_and_query = uri.path_and_query().map_or(uri.path(), |path| path.as_str());
    let number = core.log().arrived(method.as_str(), path_and_query, core.started.elapsed());

    let fault = core.faults().take(method.as_str(), uri.path());
    let answer = match fault {
        Some(fault) => fail(&fault, request, next).await,
        None => next.run(request).await,
    };
    let reset = answer.extensions().get::<ResetConnection>().is_some();
    let mut answer = unless_known(&method, if_none_match.as_ref(), answer).await;
    core.log().answered(number, (!reset).then(|| answer.status()), core.started.elapsed());
    add_standard_headers(&core, answer.headers_mut());
    answer
}

/// Carries out what is scripted for a path that is not the REST API's.
pub(super) async fn fail_as_scripted(State(core): State<Arc<Core>>, request: Request, next: Next) -> Response {
    let fault = core.faults().take(request.method().as_str(), request.uri().path());
    match fault {
        Some(fault) => fail(&fault, request, next).await,
        None => next.run(request).await,
    }
}

/// Carries a fault out, around, before or instead of the true answer.
async fn fail(fault: &Fault, request: Request, next: Next) -> Response {
    let replaces_answer = fault.reset || fault.status.is_some();
    let has_effect = fault.after_effect || !replaces_answer;
    // The pause comes before what the fault lets happen, unless it is said to come after.
    if !fault.after_effect {
        tokio::time::sleep(fault.delay()).await;
    }
    let true_answer = if has_effect { Some(next.run(request).await) } else { None };
    if fault.after_effect {
        tokio::time::sleep(fault.delay()).await;
    }
    if fault.reset {
        return (axum::Extension(ResetConnection), StatusCode::BAD_GATEWAY).into_response();
    }
    match true_answer {
        Some(answer) if !replaces_answer => answer,
        _ => scripted_answer(fault),
    }
}

fn scripted_answer(fault: &Fault) -> Response {
    let status = fault.status.and_then(|code| StatusCode::from_u16(code).ok()).unwrap_or(StatusCode::BAD_GATEWAY);
    let mut answer = match &fault.body {
        Some(body) => (status, Json(body)).into_response(),
        None if status.is_success() => status.into_response(),
        None => GithubError::new(status, status.canonical_reason().unwrap_or("Scripted failure")).into_response(),
    };
    for (name, value) in &fault.headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            answer.headers_mut().insert(name, value);
        }
    }
    answer
}

/// Tags what is read, and spares the body when the caller has it already.
async fn unless_known(method: &Method, if_none_match: Option<&HeaderValue>, answer: Response) -> Response {
    let (mut parts, body) = answer.into_parts();
    let mut body = to_bytes(body, MAX_ANSWER_BYTES).await.unwrap_or_default();
    if method == Method::GET && parts.status == StatusCode::OK {
        let fresh = tag(&mut parts.headers, &body);
        if if_none_match.is_some_and(|known| *known == fresh) {
            parts.status = StatusCode::NOT_MODIFIED;
            parts.headers.remove(CONTENT_TYPE);
            body = Bytes::new();
        }
    }
    if !body.is_empty() && !is_another_format(&parts.headers) {
        parts.headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON_UTF8));
    }
    Response::from_parts(parts, Body::from(body))
}

/// Whether the answer is one of GitHub's other formats, such as a diff.
fn is_another_format(headers: &HeaderMap) -> bool {
    headers.get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/vnd.github"))
}

/// Adds what GitHub sends with every answer.
fn add_standard_headers(core: &Core, headers: &mut HeaderMap) {
    let (used, now) = (core.log().charged(), core.world().now());
    for (name, value) in standard_headers(used, now) {
        // A scripted header, such as an exhausted rate limit, stays as it was scripted.
        headers.entry(name).or_insert(value);
    }
}

fn tag(headers: &mut HeaderMap, body: &Bytes) -> HeaderValue {
    let tag = HeaderValue::try_from(entity_tag(body)).expect("a hexadecimal digest is a header value");
    headers.insert(ETAG, tag.clone());
    tag
}

fn standard_headers(requests: usize, now: Timestamp) -> [(HeaderName, HeaderValue); 8] {
    let used = requests % HOURLY_LIMIT;
    let now = now.as_second();
    let reset = now - now % HOUR_SECONDS + HOUR_SECONDS;
    let request_id = format!("{:08X}:{requests:06X}", stable_number(&now.to_string()));
    let header = |name: &'static str, value: String| {
        let value = HeaderValue::try_from(value).expect("numbers and plain words are header values");
        (HeaderName::from_static(name), value)
    };
    [
        header("x-ratelimit-limit", HOURLY_LIMIT.to_string()),
        header("x-ratelimit-remaining", (HOURLY_LIMIT - used).to_string()),
        header("x-ratelimit-used", used.to_string()),
        header("x-ratelimit-reset", reset.to_string()),
        header("x-ratelimit-resource", "core".to_owned()),
        header("x-github-request-id", request_id),
        header("x-github-media-type", "github.v3; format=json".to_owned()),
        header("x-github-api-version-selected", "2022-11-28".to_owned()),
    ]
}
