//! The webhook's router, driven as API Gateway and GitHub drive it.

use aws::{InProcessQueue, Queue, SecretSource};
use axum::Router;
use axum::body::Body;
use clock::Clock;
use domain::webhook::signature::Signature;
use http::{Request, StatusCode};
use http_body_util::BodyExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

const SECRET: &str = "It's a Secret to Everybody";

struct Door {
    router: Router,
    queue: InProcessQueue,
}

impl Door {
    fn with_secret(secret: &str) -> Self {
        let queue = InProcessQueue::default();
        let secret = SecretSource::Given(secret.to_owned().into());
        let state = webhook::State::new(secret, Queue::InProcess(queue.clone()), Clock::System);
        Self { router: webhook::router(state), queue }
    }

    fn open() -> Self {
        Self::with_secret(&json!({"secrets": [SECRET, "previous"]}).to_string())
    }

    async fn answer(&self, request: Request<Body>) -> (StatusCode, Value) {
        let response = self.router.clone().oneshot(request).await.expect("a router always answers");
        let status = response.status();
        let body = response.into_body().collect().await.expect("a whole body").to_bytes();
        (status, serde_json::from_slice(&body).unwrap_or(Value::Null))
    }

    /// The answer's status and its reason or code; nothing may be queued by a delivery that isn't accepted.
    async fn verdict(&self, request: Request<Body>) -> (u16, String) {
        let (status, body) = self.answer(request).await;
        assert_eq!(self.queue.depth() > 0, status == StatusCode::ACCEPTED, "only what is accepted is queued");
        let word =
            ["reason", "code", "status"].iter().find_map(|key| body[key].as_str()).unwrap_or_default().to_owned();
        (status.as_u16(), word)
    }
}

fn comment(body: &str) -> String {
    json!({
        "action": "created",
        "comment": {"id": 900, "body": body, "created_at": "2026-11-01T10:00:00Z", "user": {"id": 4, "login": "writer", "type": "User"}},
        "issue": {"number": 5, "locked": false, "pull_request": {}},
        "repository": {"id": 7, "full_name": "octo/hello", "default_branch": "main"},
        "sender": {"id": 4, "login": "writer", "type": "User"},
    })
    .to_string()
}

fn delivery(body: &str) -> http::request::Builder {
    Request::post("/webhooks/github")
        .header("content-type", "application/json")
        .header("x-github-event", "issue_comment")
        .header("x-github-delivery", "72d3162e-cc78-11e3-81ab-4c9367dc0958")
        .header("x-hub-signature-256", Signature::of(body.as_bytes(), SECRET).header_value())
}

fn signed(body: &str) -> Request<Body> {
    delivery(body).body(Body::from(body.to_owned())).expect("a request")
}

fn with_signature(signature: Option<&str>) -> Request<Body> {
    let mut request = signed(&comment("/ai-implement"));
    request.headers_mut().remove("x-hub-signature-256");
    if let Some(signature) = signature {
        request.headers_mut().insert("x-hub-signature-256", signature.parse().expect("a header value"));
    }
    request
}

fn refused(code: &str, status: u16) -> (u16, String) {
    (status, code.to_owned())
}

#[tokio::test]
async fn a_signed_command_is_queued_and_accepted() {
    let door = Door::open();
    assert_eq!(door.verdict(signed(&comment("/ai-implement"))).await, refused("accepted", 202));
    let batch = door.queue.receive().await;
    assert_eq!((batch.len(), batch[0].group.as_str()), (1, "7#5"));
    assert!(batch[0].body.contains(r#""comment":900"#));
}

#[tokio::test]
async fn the_reference_products_address_is_an_alias() {
    let mut request = signed(&comment("/ai-implement"));
    *request.uri_mut() = "/api/github/webhook".parse().expect("a path");
    assert_eq!(Door::open().verdict(request).await.0, 202);
}

#[tokio::test]
async fn the_previous_secret_still_signs_during_a_rotation() {
    let body = comment("/ai-implement");
    let mut request = signed(&body);
    let previous = Signature::of(body.as_bytes(), "previous").header_value();
    request.headers_mut().insert("x-hub-signature-256", previous.parse().expect("a header value"));
    assert_eq!(Door::open().verdict(request).await.0, 202);
}

#[tokio::test]
async fn a_forged_delivery_gets_nothing() {
    let right = Signature::of(comment("/ai-implement").as_bytes(), SECRET).header_value();
    let wrong = Signature::of(comment("/ai-implement").as_bytes(), "another").header_value();
    let upper = right.to_uppercase().replace("SHA256", "sha256");
    for signature in
        [None, Some(""), Some("sha256="), Some(wrong.as_str()), Some(upper.as_str()), Some(&right["sha256=".len()..])]
    {
        let verdict = Door::open().verdict(with_signature(signature)).await;
        assert_eq!(verdict, refused("BAD_SIGNATURE", 401), "{signature:?}");
    }
}

#[tokio::test]
async fn a_sha_1_signature_alone_is_none() {
    let mut request = with_signature(None);
    request.headers_mut().insert("x-hub-signature", "sha1=b1f6f1f6".parse().expect("a header value"));
    assert_eq!(Door::open().verdict(request).await, refused("BAD_SIGNATURE", 401));
}

#[tokio::test]
async fn two_signatures_are_none() {
    let mut request = signed(&comment("/ai-implement"));
    let again = request.headers()["x-hub-signature-256"].clone();
    request.headers_mut().append("x-hub-signature-256", again);
    assert_eq!(Door::open().verdict(request).await, refused("BAD_SIGNATURE", 401));
}

#[tokio::test]
async fn the_signature_covers_the_raw_bytes() {
    let body = comment("/ai-implement");
    let request = delivery(&body).body(Body::from(body.replace(':', ": "))).expect("a request");
    assert_eq!(Door::open().verdict(request).await, refused("BAD_SIGNATURE", 401));
}

#[tokio::test]
async fn a_signed_body_that_is_no_payload_is_bad() {
    for body in ["", "{", "[]", "null", r#"{"action":"created"}"#, r#"{"action":"created","comment":{},"issue":{}}"#] {
        assert_eq!(Door::open().verdict(signed(body)).await, refused("BAD_PAYLOAD", 400), "{body}");
    }
}

#[tokio::test]
async fn a_form_encoded_delivery_is_read() {
    let payload: String = form_urlencoded::byte_serialize(comment("/ai-implement status").as_bytes()).collect();
    let form = format!("payload={payload}");
    let mut request = signed(&form);
    request.headers_mut().insert("content-type", "application/x-www-form-urlencoded".parse().expect("a header value"));
    assert_eq!(Door::open().verdict(request).await, refused("accepted", 202));
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whoever_signed_it() {
    let body = comment(&format!("/ai-implement\n{}", "x".repeat(webhook::MAX_BODY_BYTES)));
    assert_eq!(Door::open().verdict(signed(&body)).await, refused("TOO_LARGE", 413));
}

#[tokio::test]
async fn without_a_secret_nothing_is_accepted() {
    for secret in ["", "not json", r#"{"secrets":[]}"#, r#"{"secrets":[""]}"#] {
        let verdict = Door::with_secret(secret).verdict(signed(&comment("/ai-implement"))).await;
        assert_eq!(verdict, refused("NO_SECRET", 503), "{secret}");
    }
}

#[tokio::test]
async fn what_is_not_for_us_is_ignored_with_its_reason() {
    let edited = comment("/ai-implement").replace("created\"", "edited\"");
    let by_bot = comment("/ai-implement").replace("\"User\"", "\"Bot\"");
    let locked = comment("/ai-implement").replace("\"locked\":false", "\"locked\":true");
    for (body, reason) in [
        (edited, "action-not-handled"),
        (by_bot, "not-by-a-person"),
        (comment("thanks\n/ai-implement"), "not-a-command"),
        (locked, "conversation-locked"),
    ] {
        assert_eq!(Door::open().verdict(signed(&body)).await, refused(reason, 200), "{body}");
    }
}

fn signed_as(event: &str, body: &str) -> Request<Body> {
    let mut request = signed(body);
    request.headers_mut().insert("x-github-event", event.parse().expect("a header value"));
    request
}

#[tokio::test]
async fn a_new_name_and_a_closed_pull_request_are_queued_in_order_with_what_they_are_about() {
    let repository =
        r#"{"id": 7, "full_name": "octo/hello", "default_branch": "main", "updated_at": "2026-11-01T10:00:00Z"}"#;
    let renamed = r#""action": "renamed", "changes": {"repository": {"name": {"from": "hi"}}}"#;
    let closed = r#""action": "closed", "number": 5, "pull_request": {"closed_at": "2026-11-01T10:00:00Z"}"#;
    for (event, members, group) in [("repository", renamed, "repo#7"), ("pull_request", closed, "7#5")] {
        let door = Door::open();
        let body = format!(r#"{{{members}, "repository": {repository}}}"#);
        assert_eq!(door.verdict(signed_as(event, &body)).await, refused("accepted", 202), "{event}");
        let batch = door.queue.receive().await;
        assert_eq!((batch.len(), batch[0].group.as_str()), (1, group));
    }
}

#[tokio::test]
async fn an_installation_with_many_repositories_is_queued_in_pieces() {
    let door = Door::open();
    let repositories: Vec<_> = (1..=250).map(|id| json!({"id": id, "full_name": format!("octo/r{id}")})).collect();
    let installation = json!({"id": 70, "app_id": 9, "account": {"login": "octo"}, "updated_at": 1_777_000_000});
    let body = json!({"action": "created", "installation": installation, "repositories": repositories}).to_string();
    assert_eq!(door.verdict(signed_as("installation", &body)).await, refused("accepted", 202));
    assert_eq!(door.queue.depth(), 3);
}

#[tokio::test]
async fn the_event_header_can_not_turn_a_body_into_something_else() {
    for event in ["issues", "workflow_run", "ping", "pull_request", "installation"] {
        let request = signed_as(event, &comment("/ai-implement"));
        assert_eq!(Door::open().verdict(request).await, refused("BAD_PAYLOAD", 400), "{event}");
    }
}

#[tokio::test]
async fn a_ping_is_answered() {
    let body = r#"{"zen":"Keep it logically awesome.","hook_id":1,"hook":{}}"#;
    assert_eq!(Door::open().verdict(signed_as("ping", body)).await, refused("pong", 200));
}

#[tokio::test]
async fn other_methods_and_paths_are_none_of_ours() {
    let get = Request::get("/webhooks/github").body(Body::empty()).expect("a request");
    assert_eq!(Door::open().answer(get).await.0, StatusCode::METHOD_NOT_ALLOWED);
    let elsewhere = Request::post("/webhooks").body(Body::empty()).expect("a request");
    assert_eq!(Door::open().answer(elsewhere).await.0, StatusCode::NOT_FOUND);
}

/// API Gateway's HTTP API sends format 2.0, with lower-case header names, and the body in base64 when it likes to.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
#[tokio::test]
async fn an_api_gateway_event_is_understood_in_plain_and_in_base64() {
    use base64::Engine as _;
    let body = comment("/ai-implement");
    let signature = Signature::of(body.as_bytes(), SECRET).header_value();
    let encoded = base64::engine::general_purpose::STANDARD.encode(&body);
    for (body, is_base64) in [(body, false), (encoded, true)] {
        let event = json!({
            "version": "2.0", "routeKey": "POST /webhooks/github", "rawPath": "/webhooks/github", "rawQueryString": "",
            "headers": {"content-type": "application/json", "x-github-event": "issue_comment", "x-hub-signature-256": signature, "host": "x"},
            "requestContext": {"accountId": "1", "apiId": "a", "domainName": "x", "http": {"method": "POST", "path": "/webhooks/github",
                "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "GitHub-Hookshot/1"}, "requestId": "r",
                "routeKey": "POST /webhooks/github", "stage": "$default", "time": "01/Nov/2026:10:00:00 +0000", "timeEpoch": 1},
            "body": body, "isBase64Encoded": is_base64,
        });
        let door = Door::open();
        let request: lambda_http::Request =
            lambda_http::request::from_str(&event.to_string()).expect("an event of API Gateway");
        let response = door.router.clone().oneshot(request.map(lambda_body)).await.expect("a router always answers");
        assert_eq!((response.status().as_u16(), door.queue.depth()), (202, 1), "base64: {is_base64}");
    }
}

fn lambda_body(body: lambda_http::Body) -> Body {
    match body {
        lambda_http::Body::Text(text) => Body::from(text),
        lambda_http::Body::Binary(bytes) => Body::from(bytes),
        _ => Body::empty(),
    }
}
