//! The Lambda's own binary: started as Lambda starts it, asked for its health through API Gateway, with AWS's services
//! answered by this test.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lambda_host::{LambdaHost, api_gateway_event};
use serde_json::{Value, json};
use tokio::process::Child;

/// A key in PEM, its line ends escaped as they often are.
static PRIVATE_KEY: LazyLock<String> = LazyLock::new(|| {
    let key = KeyPair::generate(KeySize::Rsa2048).expect("a key");
    let der = key.as_der().expect("a key that can be written");
    format!("-----BEGIN PRIVATE KEY-----\\n{}\\n-----END PRIVATE KEY-----\\n", STANDARD.encode(der.as_ref()))
});

async fn service(headers: HeaderMap, body: String) -> Response {
    let request: Value = serde_json::from_str(&body).expect("the SDK sends JSON");
    let target = headers["x-amz-target"].to_str().expect("an operation").to_owned();
    match target.as_str() {
        "secretsmanager.GetSecretValue" => secret(request["SecretId"].as_str().unwrap_or_default()),
        reads if reads.starts_with("DynamoDB_20120810.") => {
            let tables = ["the-mappings-table", "the-dispatches-table"];
            assert!(tables.iter().any(|table| request.to_string().contains(table)), "{request}");
            Json(json!({"Responses": {}, "UnprocessedKeys": {}})).into_response()
        }
        other => panic!("the admin has no business with {other}"),
    }
}

fn secret(id: &str) -> Response {
    let text = match id {
        "the-webhook-secret" => json!({"secrets": ["current"]}),
        "the-app-secret" => json!({"app_id": 1, "private_key": *PRIVATE_KEY}),
        "the-admin-secret" => json!({"access_code": "open sesame", "session_key": "0".repeat(32)}),
        _ => {
            let error = json!({"__type": "ResourceNotFoundException", "message": "Secrets Manager can't find the specified secret value"});
            return (StatusCode::BAD_REQUEST, Json(error)).into_response();
        }
    };
    Json(json!({"Name": id, "SecretString": text.to_string()})).into_response()
}

fn start(lambda: &LambdaHost, admin_secret: &str) -> Child {
    lambda
        .function("admin", env!("CARGO_BIN_EXE_admin"))
        .env("MAPPINGS_TABLE", "the-mappings-table")
        .env("DISPATCHES_TABLE", "the-dispatches-table")
        .env("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/Commands.fifo")
        .env("WEBHOOK_SECRET_ID", "the-webhook-secret")
        .env("PUBLIC_URL", "https://ai-implement.example")
        .env("GITHUB_APP_SECRET_ID", "the-app-secret")
        .env("ADMIN_SECRET_ID", admin_secret)
        .env("PUBLIC_URL", "https://admin.example")
        .env("ADMIN_ALLOW", "whoever comes along")
        .spawn()
        .expect("the binary starts")
}

#[tokio::test]
async fn the_binary_tells_its_health() {
    let event = api_gateway_event("GET", "/healthz", &json!({"host": "x", "x-request-id": "the-callers-own"}), None);
    let mut lambda = LambdaHost::with_event(event, Router::new().fallback(service)).await;
    let _function = start(&lambda, "the-admin-secret");
    let answer = lambda.answer().await;
    assert_eq!(answer["statusCode"], 200, "{answer}");
    assert_eq!(answer["headers"]["cache-control"], "no-store");
    assert_eq!(answer["headers"]["x-request-id"], "r", "the name that API Gateway gave it");
}

#[tokio::test]
async fn the_binary_starts_without_its_secret_and_says_so() {
    let headers = json!({"content-type": "application/json", "x-forwarded-for": "203.0.113.7"});
    let event = api_gateway_event("POST", "/api/auth", &headers, Some(r#"{"accessCode": "open sesame"}"#));
    let mut lambda = LambdaHost::with_event(event, Router::new().fallback(service)).await;
    let _function = start(&lambda, "an-empty-secret");
    let answer = lambda.answer().await;
    assert_eq!(answer["statusCode"], 503, "{answer}");
    let body: Value = serde_json::from_str(answer["body"].as_str().expect("a text")).expect("JSON");
    assert_eq!(body["code"], "NO_SECRET");
}
