//! A JSON body, read as what a handler asks for.
//!
//! Owns what is answered to a body that isn't: 413, 415, or 400 with the place. Never quotes the body.

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, Request};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, Method, StatusCode};
use serde::de::DeserializeOwned;

use crate::fault;
use crate::problem::Problem;

const JSON: &str = "application/json";
/// <https://www.rfc-editor.org/rfc/rfc7396>
const MERGE_PATCH: &str = "application/merge-patch+json";

/// A request's body.
#[derive(Debug, Clone, Copy)]
pub struct JsonBody<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        // A form of another site can't send this type without asking first: it is one more wall before a cookie.
        if !is_json(request.method(), request.headers()) {
            let detail = "Send the body as JSON, with the header `content-type: application/json`.";
            return Err(Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UNSUPPORTED_MEDIA_TYPE", detail));
        }
        let body = Bytes::from_request(request, state).await.map_err(|rejection| unread(&rejection))?;
        parse(&body).map(Self)
    }
}

fn is_json(method: &Method, headers: &HeaderMap) -> bool {
    let mut values = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return false };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case(JSON) || (method == Method::PATCH && essence.eq_ignore_ascii_case(MERGE_PATCH))
}

fn unread(rejection: &BytesRejection) -> Problem {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "TOO_LARGE",
            "The body is larger than anything meant here.",
        );
    }
    Problem::bad_request("The body broke off.")
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    let mut json = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut json).map_err(|error| fault::problem(&error))?;
    json.end().map_err(|_| Problem::bad_request("The body is one JSON value, and something follows it."))?;
    Ok(value)
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use axum::extract::DefaultBodyLimit;
    use axum::routing::{patch, post};
    use axum::{Router, response::IntoResponse as _};
    use serde::Deserialize;
    use serde_json::Value;
    use tower::ServiceExt as _;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Asked {
        access_code: String,
        tries: u64,
        #[serde(default)]
        again: Vec<u64>,
    }

    async fn take(asked: Result<JsonBody<Asked>, Problem>) -> axum::response::Response {
        match asked {
            Ok(JsonBody(asked)) => format!("{}{}{:?}", asked.access_code, asked.tries, asked.again).into_response(),
            Err(problem) => problem.into_response(),
        }
    }

    async fn answer(method: Method, content_type: Option<&str>, body: &str) -> (u16, Value) {
        let router =
            Router::new().route("/", post(take)).route("/patch", patch(take)).layer(DefaultBodyLimit::max(200));
        let uri = if method == Method::PATCH { "/patch" } else { "/" };
        let mut request = http::Request::builder().method(method).uri(uri);
        if let Some(content_type) = content_type {
            request = request.header(CONTENT_TYPE, content_type);
        }
        let request = request.body(Body::from(body.to_owned())).expect("a request");
        let response = router.oneshot(request).await.expect("a router always answers");
        let status = response.status().as_u16();
        let body = to_bytes(response.into_body(), usize::MAX).await.expect("a whole body");
        (status, serde_json::from_slice(&body).unwrap_or_default())
    }

    const GOOD: &str = r#"{"accessCode": "hunter2", "tries": 1}"#;

    #[tokio::test]
    async fn a_body_of_the_right_shape_is_taken() {
        for content_type in [JSON, "Application/JSON; charset=utf-8"] {
            assert_eq!(answer(Method::POST, Some(content_type), GOOD).await.0, 200, "{content_type}");
        }
        assert_eq!(answer(Method::PATCH, Some(MERGE_PATCH), GOOD).await.0, 200);
    }

    #[tokio::test]
    async fn another_content_type_is_refused() {
        for content_type in
            [None, Some(""), Some("text/plain"), Some("application/x-www-form-urlencoded"), Some(MERGE_PATCH)]
        {
            let (status, problem) = answer(Method::POST, content_type, GOOD).await;
            assert_eq!((status, &problem["code"]), (415, &"UNSUPPORTED_MEDIA_TYPE".into()), "{content_type:?}");
        }
    }

    #[tokio::test]
    async fn a_body_over_the_limit_is_refused() {
        let (status, problem) = answer(Method::POST, Some(JSON), &format!("{GOOD}{}", " ".repeat(300))).await;
        assert_eq!((status, &problem["code"]), (413, &"TOO_LARGE".into()));
    }

    #[tokio::test]
    async fn what_is_wrong_is_named_by_its_place_and_never_quoted() {
        for (body, told) in [
            ("", "not JSON; it breaks off at line 1, column 0"),
            (r#"{"accessCode": "hunter2""#, "not JSON; it breaks off at line 1, column 24"),
            ("hunter2", "not JSON; it breaks off at line 1"),
            (r#"{"accessCode": "hunter2", "tries": 1} hunter2"#, "something follows"),
            (r#""hunter2""#, "body: expected an object"),
            (r#"{"accessCode": ["hunter2"], "tries": 1}"#, "accessCode: expected a text"),
            (r#"{"accessCode": "hunter2", "tries": "hunter2, expected hunter3"}"#, "tries: expected a whole number"),
            (r#"{"accessCode": "hunter2", "tries": -1}"#, "tries: expected a whole number"),
            (r#"{"accessCode": "hunter2", "tries": 1, "again": [1, "hunter2"]}"#, "again[1]: expected a whole number"),
            (r#"{"accessCode": "hunter2", "tries": 1, "code": "hunter2"}"#, "code: there is no such field"),
            (r#"{"accessCode": "hunter2"}"#, "tries: it is needed"),
        ] {
            let (status, problem) = answer(Method::POST, Some(JSON), body).await;
            let detail = problem["detail"].as_str().unwrap_or_default();
            assert!(status == 400 && problem["code"] == "BAD_REQUEST" && detail.contains(told), "{body}: {problem}");
            assert!(!problem.to_string().contains("hunter"), "{body}: {problem}");
        }
    }
}
