//! The Lambda's own binary: started as Lambda starts it, handed one event of API Gateway's, with AWS's services and
//! the runtime API answered by this test.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use domain::message::Message;
use domain::webhook::signature::Signature;
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};

const SECRET: &str = "It's a Secret to Everybody";
const PATIENCE: Duration = Duration::from_secs(30);

/// What Lambda and AWS's services are to the function.
struct Aws {
    event: Mutex<Option<Value>>,
    queued: mpsc::UnboundedSender<Value>,
    answered: mpsc::UnboundedSender<Value>,
}

async fn next_event(State(aws): State<Arc<Aws>>) -> Response {
    let Some(event) = aws.event.lock().await.take() else {
        // Lambda lets an idle function wait.
        return std::future::pending().await;
    };
    let headers = [
        ("lambda-runtime-aws-request-id", "request-1"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:111122223333:function:webhook"),
    ];
    (headers, Json(event)).into_response()
}

async fn response(State(aws): State<Arc<Aws>>, body: String) -> StatusCode {
    let answer = serde_json::from_str(&body).expect("an answer for API Gateway");
    aws.answered.send(answer).expect("the test listens");
    StatusCode::ACCEPTED
}

async fn service(State(aws): State<Arc<Aws>>, headers: HeaderMap, body: String) -> Response {
    let request: Value = serde_json::from_str(&body).expect("the SDK sends JSON");
    let target = headers["x-amz-target"].to_str().expect("an operation").to_owned();
    match target.as_str() {
        "secretsmanager.GetSecretValue" => {
            let secret = json!({"secrets": [SECRET]}).to_string();
            Json(json!({"Name": request["SecretId"], "SecretString": secret})).into_response()
        }
        "AmazonSQS.SendMessage" => {
            aws.queued.send(request).expect("the test listens");
            Json(json!({"MessageId": "1"})).into_response()
        }
        other => panic!("the webhook has no business with {other}"),
    }
}

/// Starts the binary with its environment, and nothing of ours.
fn start(address: &str) -> Child {
    let endpoint = format!("http://{address}");
    Command::new(env!("CARGO_BIN_EXE_webhook"))
        .env_clear()
        .env("AWS_LAMBDA_RUNTIME_API", address)
        .env("AWS_LAMBDA_FUNCTION_NAME", "webhook")
        .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
        .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
        .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
        .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_ENDPOINT_URL", &endpoint)
        .env("WEBHOOK_SECRET_ID", "the-webhook-secret")
        .env("QUEUE_URL", format!("{endpoint}/queue.fifo"))
        .stdout(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("the binary starts")
}

fn api_gateway_event(body: &str) -> Value {
    let signature = Signature::of(body.as_bytes(), SECRET).header_value();
    json!({
        "version": "2.0", "routeKey": "POST /webhooks/github", "rawPath": "/webhooks/github", "rawQueryString": "",
        "headers": {"content-type": "application/json", "x-github-event": "issue_comment", "x-hub-signature-256": signature},
        "requestContext": {"accountId": "1", "apiId": "a", "domainName": "x", "domainPrefix": "x",
            "http": {"method": "POST", "path": "/webhooks/github", "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1",
                "userAgent": "GitHub-Hookshot/1"},
            "requestId": "r", "routeKey": "POST /webhooks/github", "stage": "$default",
            "time": "01/Nov/2026:10:00:00 +0000", "timeEpoch": 1},
        "body": body, "isBase64Encoded": false,
    })
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
    let (queued, mut queue) = mpsc::unbounded_channel();
    let (answered, mut answers) = mpsc::unbounded_channel();
    let event = Mutex::new(Some(api_gateway_event(&body.to_string())));
    let router = Router::new()
        .route("/2018-06-01/runtime/invocation/next", get(next_event))
        .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
        .fallback(service)
        .with_state(Arc::new(Aws { event, queued, answered }));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("an address").to_string();
    tokio::spawn(async move { axum::serve(listener, router).await });

    let _function = start(&address);
    let answer = tokio::time::timeout(PATIENCE, answers.recv()).await.expect("an answer in time").expect("an answer");
    assert_eq!(answer["statusCode"], 202, "{answer}");
    let message = queue.try_recv().expect("queued before the answer");
    assert_eq!((&message["MessageGroupId"], &message["MessageDeduplicationId"]), (&json!("7#5"), &json!("c:7:900")));
    let message = Message::from_json(message["MessageBody"].as_str().expect("a text")).expect("a message of ours");
    assert!(matches!(message, Message::Comment(comment) if comment.comment.get() == 900));
}
