//! The Lambda's own binary: started as Lambda starts it on its schedule, with AWS's services answered by this test.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, Router};
use domain::claim::ClaimId;
use domain::message::Message;
use lambda_host::LambdaHost;
use serde_json::{Value, json};
use tokio::sync::mpsc;

const CLAIM: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";
const DUE_AT: &str = "2026-11-01T10:02:00.000000000Z";

async fn service(
    State(queued): State<Arc<mpsc::UnboundedSender<Value>>>,
    headers: HeaderMap,
    body: String,
) -> Response {
    let request: Value = serde_json::from_str(&body).expect("the SDK sends JSON");
    let target = headers["x-amz-target"].to_str().expect("an operation").to_owned();
    match target.as_str() {
        "AmazonSQS.SendMessage" => {
            queued.send(request).expect("the test listens");
            Json(json!({"MessageId": "1"})).into_response()
        }
        "DynamoDB_20120810.Query" => Json(json!({"Items": due_in(&request)})).into_response(),
        "DynamoDB_20120810.GetItem" | "DynamoDB_20120810.PutItem" => Json(json!({})).into_response(),
        "secretsmanager.GetSecretValue" => {
            let error = json!({"__type": "ResourceNotFoundException", "message": "It has no value."});
            (StatusCode::BAD_REQUEST, Json(error)).into_response()
        }
        other => panic!("the sweeper has no business with {other}"),
    }
}

/// One doubtful claim, and nothing else.
fn due_in(request: &Value) -> Value {
    if request["ExpressionAttributeValues"][":open"]["S"] != "reconciling" {
        return json!([]);
    }
    json!([{
        "pk": {"S": format!("CLAIM#{CLAIM}")}, "sk": {"S": "META"},
        "open_key": {"S": "reconciling"}, "due_at": {"S": DUE_AT}, "due_group": {"S": "7#5"}, "epoch": {"N": "1"},
    }])
}

#[tokio::test]
async fn the_binary_queues_what_is_due_and_fails_for_what_it_could_not_do() {
    let (queued, mut queue) = mpsc::unbounded_channel();
    let services = Router::new().fallback(service).with_state(Arc::new(queued));
    let mut lambda = LambdaHost::with_event(json!({"source": "aws.events"}), services).await;
    let _function = lambda
        .function("sweeper", env!("CARGO_BIN_EXE_sweeper"))
        .env("MAPPINGS_TABLE", "the-mappings-table")
        .env("DISPATCHES_TABLE", "the-dispatches-table")
        .env("QUEUE_URL", "https://sqs.us-east-1.amazonaws.com/123456789012/Commands.fifo")
        .env("GITHUB_APP_SECRET_ID", "an-empty-secret")
        .spawn()
        .expect("the binary starts");
    let answer = lambda.answer().await;
    assert_eq!(answer["errorMessage"], "parts of the sweep failed: deliveries", "an alarm hangs on it: {answer}");
    let sent = queue.recv().await.expect("a message");
    let message = Message::from_json(sent["MessageBody"].as_str().expect("a text")).expect("a message of ours");
    let Message::Due(due) = message else { panic!("not due: {message:?}") };
    assert_eq!((due.claim, due.group.as_str(), due.epoch), (CLAIM.parse::<ClaimId>().expect("an id"), "7#5", 1));
    assert_eq!(sent["MessageGroupId"], "7#5", "behind the conversation's own messages");
}
