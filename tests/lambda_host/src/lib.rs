//! What Lambda is to a function's binary: starts it, hands it one event, takes its answer.
//!
//! Owns Lambda's runtime API and environment. AWS's services are the test's own; for tests only, and never a sleep.
//! <https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html>

use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::process::Command;
use tokio::sync::{Mutex, mpsc};

const PATIENCE: Duration = Duration::from_secs(30);

/// Lambda, and behind it the services that the function calls.
pub struct LambdaHost {
    address: String,
    answers: mpsc::UnboundedReceiver<Value>,
}

/// One event, until it is fetched, and where its answer goes.
struct Invocation {
    event: Mutex<Option<Value>>,
    answered: mpsc::UnboundedSender<Value>,
}

impl LambdaHost {
    /// A Lambda with one event; `services` answers every call to AWS.
    pub async fn with_event(event: Value, services: Router) -> Self {
        let (answered, answers) = mpsc::unbounded_channel();
        let invocation = Arc::new(Invocation { event: Mutex::new(Some(event)), answered });
        let runtime = Router::new()
            .route("/2018-06-01/runtime/invocation/next", get(next_event))
            .route("/2018-06-01/runtime/invocation/{id}/response", post(response))
            .route("/2018-06-01/runtime/invocation/{id}/error", post(response))
            .with_state(invocation);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        let router = runtime.fallback_service(services);
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { address, answers }
    }

    /// Where the function finds AWS's services.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The binary, in Lambda's environment and in nothing of ours; it ends when it is dropped.
    #[must_use]
    pub fn function(&self, name: &str, binary: &str) -> Command {
        let mut command = Command::new(binary);
        command
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", &self.address)
            .env("AWS_LAMBDA_FUNCTION_NAME", name)
            .env("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256")
            .env("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST")
            .env("AWS_LAMBDA_LOG_STREAM_NAME", "stream")
            .env("AWS_LAMBDA_LOG_GROUP_NAME", "group")
            .env("AWS_REGION", "us-east-1")
            .env("AWS_ACCESS_KEY_ID", "test")
            .env("AWS_SECRET_ACCESS_KEY", "test")
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// The function's answer; that of a failed invocation has an `errorMessage`.
    pub async fn answer(&mut self) -> Value {
        let answer = tokio::time::timeout(PATIENCE, self.answers.recv()).await;
        answer.expect("an answer in time").expect("the runtime API is up")
    }
}

/// An HTTP API's event of payload format 2.0, to which the caller may add.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html>
#[must_use]
pub fn api_gateway_event(method: &str, path: &str, headers: &Value, body: Option<&str>) -> Value {
    let route = format!("{method} {path}");
    json!({
        "version": "2.0", "routeKey": route, "rawPath": path, "rawQueryString": "", "headers": headers,
        "requestContext": {"accountId": "1", "apiId": "a", "domainName": "x", "domainPrefix": "x",
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1", "userAgent": "test"},
            "requestId": "r", "routeKey": route, "stage": "$default",
            "time": "01/Nov/2026:10:00:00 +0000", "timeEpoch": 1},
        "body": body, "isBase64Encoded": false,
    })
}

async fn next_event(State(invocation): State<Arc<Invocation>>) -> Response {
    let Some(event) = invocation.event.lock().await.take() else {
        // Lambda lets an idle function wait.
        return std::future::pending().await;
    };
    let headers = [
        ("lambda-runtime-aws-request-id", "request-1"),
        ("lambda-runtime-deadline-ms", "4102444800000"),
        ("lambda-runtime-invoked-function-arn", "arn:aws:lambda:us-east-1:111122223333:function:test"),
    ];
    (headers, Json(event)).into_response()
}

async fn response(State(invocation): State<Arc<Invocation>>, body: String) -> StatusCode {
    let answer = serde_json::from_str(&body).expect("an answer in JSON");
    invocation.answered.send(answer).expect("the test listens");
    StatusCode::ACCEPTED
}
