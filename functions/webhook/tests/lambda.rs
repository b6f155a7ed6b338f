//! The Lambda's own binary: started as Lambda starts it, handed one event of API Gateway's, with AWS's services
//! answered by this test.

use std::sync::Arc;

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use domain::message::Message;
use domain::webhook::signature::Signature;
use lambda_host::{LambdaHost, api_gateway_event};
use serde_json::{Value, json};
use tokio::sync::mpsc;

const SECRET: &str = "It's a Secret to Everybody";

async fn service(
    State(queued): State<Arc<mpsc::UnboundedSender<Value>>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let request: Value = serde_json::from_str(&body).expect("the SDK sends JSON");
    let target = headers["x-amz-target"].to_str().expect("an operation").to_owned();
    match target.as_str() {
        "secretsmanager.GetSecretValue" => {
            let secret = json!({"secrets": [SECRET]}).to_string();
            Json(json!({"Name": request["SecretId"], "SecretString": secret})).into_response()
        }
        "AmazonSQS.SendMessage" => {
            queued.send(request).expect("the test listens");
            Json(json!({"MessageId": "1"})).into_response()
        }
        other => panic!("the webhook has no business with {other}"),
    }
}

#[tokio::test]
async fn the_binary_queues_a_signed_command_and_answers_202() {
    let user = json!({"id": 4, "login": "writer", "type": "User"});
    let body = json!({
        "action": "created",
        "comment": {"id": 900, "body": "/ai-implement", "created_at": "2026-11-01T10:00:00Z", "user": user},
        "issue": {"number": 5, "locked": false, "pull_request": {}},
        "repository": {"id": 7, "full_name": "octo/hello", "default_branch": "main"},
        "sender": user,
    });
    let body = body.to_string();
    let headers = json!({
        "content-type": "application/json",
        "x-github-event": "issue_comment",
        "x-hub-signature-256": Signature::of(body.as_bytes(), SECRET).header_value(),
    });
    let (queued, mut queue) = mpsc::unbounded_channel();
    let services = Router::new().fallback(service).with_state(Arc::new(queued));
    let event = api_gateway_event("POST", "/webhooks/github", &headers, Some(&body));
    let mut lambda = LambdaHost::with_event(event, services).await;
    let _function = lambda
        .function("webhook", env!("CARGO_BIN_EXE_webhook"))
        .env("WEBHOOK_SECRET_ID", "the-webhook-secret")
        .env("QUEUE_URL", format!("{}/queue.fifo", lambda.endpoint()))
        .spawn()
        .expect("the binary starts");
    let answer = lambda.answer().await;
    assert_eq!(answer["statusCode"], 202, "{answer}");
    let message = queue.try_recv().expect("queued before the answer");
    assert_eq!((&message["MessageGroupId"], &message["MessageDeduplicationId"]), (&json!("7#5"), &json!("c:7:900")));
    let message = Message::from_json(message["MessageBody"].as_str().expect("a text")).expect("a message of ours");
    assert!(matches!(message, Message::Comment(comment) if comment.comment.get() == 900));
}
