//! What stands around every function's routes.
//!
//! Owns the answers to unknown paths and methods, the headers that every answer carries, and the id by which a
//! request is found in the log.

use axum::Router;
use axum::extract::Request;
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use http::header::{CACHE_CONTROL, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tracing::Instrument as _;

use crate::problem::Problem;

/// The header with a request's name. On Lambda, a function's main puts API Gateway's own id there, whatever the caller
/// sent.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// AWS's ids have at most 36 characters.
const MAX_ID_LENGTH: usize = 64;

/// The routes with problems for answers where there is no route, headers against caches and guesses, and a log that
/// names the request.
pub fn frame<S: Clone + Send + Sync + 'static>(routes: Router<S>) -> Router<S> {
    routes
        .method_not_allowed_fallback(async || {
            let detail = "There is something at this address, and it does not take this method.";
            Problem::new(StatusCode::METHOD_NOT_ALLOWED, "METHOD_NOT_ALLOWED", detail)
        })
        .fallback(async || Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is nothing at this address."))
        .layer(from_fn(pass))
}

async fn pass(request: Request, next: Next) -> Response {
    let id = request_id(request.headers());
    // Of the highest level, so that no `LOG_LEVEL` takes the id from an error.
    let span = tracing::error_span!("request", request.id = id, http.method = %request.method(), http.path = request.uri().path());
    let mut response = next.run(request).instrument(span).await;
    let headers = response.headers_mut();
    // Nothing is kept anywhere, but what says itself that it never changes.
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(id) = HeaderValue::try_from(id) {
        headers.insert(REQUEST_ID, id);
    }
    response
}

/// The id that came along, or one of our own. Where nobody stands before us anybody can send one: it must look like
/// one, and proves nothing.
fn request_id(headers: &HeaderMap) -> String {
    let sound = |id: &&str| {
        (1..=MAX_ID_LENGTH).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_=".contains(&b))
    };
    let given = headers.get(REQUEST_ID).and_then(|id| id.to_str().ok()).filter(sound);
    given.map_or_else(own_id, str::to_owned)
}

fn own_id() -> String {
    let mut random = [0; 8];
    getrandom::fill(&mut random).expect("the operating system has random numbers");
    format!("{:016x}", u64::from_be_bytes(random))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::routing::get;
    use tower::ServiceExt as _;

    use super::*;

    async fn answer(request: http::request::Builder) -> Response {
        let router = frame(Router::new().route("/here", get(async || "here")));
        router.oneshot(request.body(Body::empty()).expect("a request")).await.expect("a router always answers")
    }

    #[tokio::test]
    async fn unknown_paths_and_methods_are_problems() {
        for (request, status) in [(Request::get("/there"), 404), (Request::post("/here"), 405)] {
            let answer = answer(request).await;
            assert_eq!(
                (answer.status().as_u16(), &answer.headers()["content-type"]),
                (status, &"application/problem+json".parse().expect("a value"))
            );
            assert_eq!(answer.headers()[CACHE_CONTROL], "no-store");
        }
    }

    #[tokio::test]
    async fn every_answer_names_its_request_and_is_kept_nowhere() {
        let given = answer(Request::get("/here").header("x-request-id", "JKJaXmPLvHcESHA=")).await;
        assert_eq!(given.headers()[REQUEST_ID], "JKJaXmPLvHcESHA=");
        assert_eq!(
            (&given.headers()[CACHE_CONTROL], &given.headers()[X_CONTENT_TYPE_OPTIONS]),
            (&"no-store".parse().expect("a value"), &"nosniff".parse().expect("a value"))
        );
        for odd in ["", "a b", "{\"x\":1}", &"x".repeat(65)] {
            let answer = answer(Request::get("/here").header("x-request-id", odd)).await;
            assert_eq!(answer.headers()[REQUEST_ID].len(), 16, "{odd}");
        }
    }
}
