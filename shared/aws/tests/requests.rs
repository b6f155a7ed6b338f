//! What our calls put on the wire, and what becomes of AWS's answers: a message is sent only when the queue has said
//! so, and no error tells a secret.
//!
//! Owns an AWS of a few lines that gives prepared answers and keeps what arrived. Never sleeps; where nothing answers,
//! time runs as fast as the timers allow.

use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws::{OldestMessage, Queue, QueueDepth, Sdk, SecretError, SecretSource, SqsQueue, WebhookSecretCell};
use axum::body::Bytes;
use axum::http::{HeaderMap, StatusCode};
use axum::{Json, Router};
use clock::{Clock, ManualClock};
use domain::command::{Command, Instructions, Verb};
use domain::ids::{CommentId, InstallationId, IssueNumber, RepoId, UserId};
use domain::message::{CommentCommand, Commenter, Message, RepoRef, SubjectKind};
use environment::chain;
use jiff::{SignedDuration, Timestamp};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpSocket};
use tokio::time::Instant;

const QUEUE_URL: &str = "https://sqs.us-east-1.amazonaws.com/123456789012/Commands.fifo";
/// What a secret's text is recognised by, plain and as AWS would write it in `SecretBinary`.
const SECRET: [&str; 2] = ["hunter2", "aHVudGVyMg=="];
/// GitHub waits this long for the webhook, which reads a secret and sends a message.
/// <https://docs.github.com/en/webhooks/using-webhooks/best-practices-for-using-webhooks>
const WEBHOOK_HAS: Duration = Duration::from_secs(10);
/// A call that takes longer than this is taken for one that never ends.
const NEVER: Duration = Duration::from_mins(10);

/// A request as it arrived.
#[derive(Debug, Clone, PartialEq)]
struct Arrived {
    target: String,
    body: Value,
}

/// AWS on this machine: its answers in order, the last one again and again.
struct Stub {
    endpoint: String,
    arrived: Arc<Mutex<Vec<Arrived>>>,
}

impl Stub {
    async fn answering<const N: usize>(answers: [(u16, Value); N]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("a bound port"));
        let arrived = Arc::<Mutex<Vec<Arrived>>>::default();
        let seen = Arc::clone(&arrived);
        let answer = async move |headers: HeaderMap, body: Bytes| {
            let target = headers["x-amz-target"].to_str().expect("a target in ASCII").to_owned();
            let body = serde_json::from_slice(&body).expect("a body in JSON");
            let mut seen = seen.lock().expect("no answer panicked");
            seen.push(Arrived { target, body });
            let (status, body) = answers[seen.len().min(N) - 1].clone();
            (StatusCode::from_u16(status).expect("a status"), Json(body))
        };
        let server = axum::serve(listener, Router::new().fallback(answer));
        tokio::spawn(server.into_future());
        Self { endpoint, arrived }
    }

    fn queue(&self) -> Queue {
        queue_at(&self.endpoint)
    }

    fn secret(&self) -> SecretSource {
        SecretSource::secrets_manager(&Sdk::local(&self.endpoint), "github-app")
    }

    fn arrived(&self) -> Vec<Arrived> {
        self.arrived.lock().expect("no answer panicked").clone()
    }
}

fn queue_at(endpoint: &str) -> Queue {
    Queue::Sqs(SqsQueue::new(&Sdk::local(endpoint), QUEUE_URL))
}

fn comment(instructions: &str) -> Message {
    Message::Comment(CommentCommand {
        repo: RepoRef {
            id: RepoId::new(7),
            name: "Octo/Hello".parse().expect("a name"),
            default_branch: "main".into(),
        },
        installation: Some(InstallationId::new(70)),
        subject: SubjectKind::PullRequest,
        number: IssueNumber::new(5),
        comment: CommentId::new(900),
        commenter: Commenter { id: UserId::new(4), login: "writer".into() },
        commented_at: "2026-11-01T10:00:00Z".parse().expect("a time"),
        after: None,
        command: Command { verb: Verb::Implement, instructions: Instructions::Given(instructions.into()) },
    })
}

fn taken() -> (u16, Value) {
    (200, json!({"MessageId": "9c3e", "SequenceNumber": "1"}))
}

fn fault(status: u16, kind: &str) -> (u16, Value) {
    (status, json!({"__type": kind, "message": "in AWS's words"}))
}

fn text(secret: &str) -> (u16, Value) {
    (200, json!({"Name": "github-app", "SecretString": secret}))
}

/// A call's time and its outcome, when nothing answers.
async fn timed<T>(call: impl Future<Output = T>) -> (Duration, T) {
    let begin = Instant::now();
    let outcome = tokio::time::timeout(NEVER, call).await.expect("a call ends by itself");
    (begin.elapsed(), outcome)
}

fn assert_tells_no_secret(error: &(dyn Error + 'static)) {
    for shown in [chain(error).to_string(), format!("{error:?}")] {
        assert!(!SECRET.iter().any(|secret| shown.contains(secret)), "{shown}");
    }
}

#[tokio::test]
async fn a_message_is_sent_with_its_group_and_its_deduplication_id() {
    let aws = Stub::answering([taken()]).await;
    aws.queue().send(&comment("be brief")).await.expect("taken");
    let [Arrived { target, body }] = &aws.arrived()[..] else { panic!("one request: {:?}", aws.arrived()) };
    assert_eq!(target, "AmazonSQS.SendMessage");
    let sent = body["MessageBody"].as_str().expect("a text");
    assert_eq!(Message::from_json(sent).expect("our own form"), comment("be brief"));
    let expected = json!({"QueueUrl": QUEUE_URL, "MessageGroupId": "7#5", "MessageDeduplicationId": "c:7:900", "MessageBody": sent});
    assert_eq!(body, &expected);
}

fn counts(visible: &str, in_flight: &str, delayed: &str) -> (u16, Value) {
    let attributes = json!({
        "ApproximateNumberOfMessages": visible,
        "ApproximateNumberOfMessagesNotVisible": in_flight,
        "ApproximateNumberOfMessagesDelayed": delayed,
    });
    (200, json!({"Attributes": attributes}))
}

#[tokio::test]
async fn a_queues_depth_is_asked_for_by_its_three_counts() {
    let aws = Stub::answering([counts("3", "2", "1")]).await;
    let depth = aws.queue().depths().await.expect("told");
    assert_eq!(depth, QueueDepth { visible: 3, in_flight: 2, delayed: 1 });
    let [Arrived { target, body }] = &aws.arrived()[..] else { panic!("one request: {:?}", aws.arrived()) };
    assert_eq!((target.as_str(), &body["QueueUrl"]), ("AmazonSQS.GetQueueAttributes", &json!(QUEUE_URL)));
    assert_eq!(body["AttributeNames"].as_array().map(Vec::len), Some(3));
    assert_eq!(aws.queue().oldest(), OldestMessage::Untold);
}

#[tokio::test]
async fn dead_letters_are_counted_where_it_is_known_which_queue_has_them() {
    let aws = Stub::answering([counts("3", "2", "1")]).await;
    assert_eq!(aws.queue().dead_letter_count().await.expect("nothing to ask"), None);
    assert_eq!(aws.arrived(), []);
    let dead = "https://sqs.us-east-1.amazonaws.com/123456789012/Dead.fifo";
    let queue = SqsQueue::new(&Sdk::local(&aws.endpoint), QUEUE_URL).with_dead_letters(Some(dead.to_owned()));
    assert_eq!(Queue::Sqs(queue).dead_letter_count().await.expect("told"), Some(6));
    assert_eq!(aws.arrived()[0].body["QueueUrl"], dead);
}

#[tokio::test]
async fn a_count_that_is_missing_is_no_zero() {
    for answer in
        [(200, json!({})), (200, json!({"Attributes": {"ApproximateNumberOfMessages": "3"}})), counts("3", "x", "1")]
    {
        let aws = Stub::answering([answer]).await;
        aws.queue().depths().await.expect_err("not told");
    }
}

#[tokio::test]
async fn characters_that_sqs_refuses_are_replaced() {
    let aws = Stub::answering([taken()]).await;
    aws.queue().send(&comment("a\u{0}\u{b}\u{fffe}\u{ffff}ü\u{10ffff}")).await.expect("taken");
    let body = aws.arrived()[0].body["MessageBody"].as_str().expect("a text").to_owned();
    assert!(!body.contains(['\u{0}', '\u{b}', '\u{fffe}', '\u{ffff}']), "{body:?}");
    let received = Message::from_json(&body).expect("our own form");
    assert_eq!(received, comment("a\u{0}\u{b}\u{fffd}\u{fffd}ü\u{10ffff}"));
}

#[tokio::test]
async fn a_message_is_postponed_by_its_receipt() {
    let aws = Stub::answering([(200, json!({}))]).await;
    aws.queue().postpone("AQEBwJnK", Duration::from_secs(90)).await.expect("postponed");
    let body = json!({"QueueUrl": QUEUE_URL, "ReceiptHandle": "AQEBwJnK", "VisibilityTimeout": 90});
    assert_eq!(aws.arrived(), [Arrived { target: "AmazonSQS.ChangeMessageVisibility".into(), body }]);
}

#[tokio::test]
async fn a_refused_message_is_not_sent_and_not_tried_again() {
    let aws = Stub::answering([fault(400, "com.amazonaws.sqs#AccessDeniedException")]).await;
    let error = aws.queue().send(&comment("")).await.expect_err("not taken");
    assert!(chain(&error).to_string().contains("AccessDenied"), "{}", chain(&error));
    let error = aws.queue().postpone("AQEBwJnK", Duration::ZERO).await.expect_err("not postponed");
    assert!(chain(&error).to_string().contains("AccessDenied"), "{}", chain(&error));
    assert_eq!(aws.arrived().len(), 2);
}

#[tokio::test]
async fn a_message_that_is_tried_again_is_the_same_message() {
    let aws = Stub::answering([fault(500, "InternalFailure"), taken()]).await;
    aws.queue().send(&comment("be brief")).await.expect("taken at last");
    let arrived = aws.arrived();
    assert_eq!((arrived.len(), &arrived[0]), (2, &arrived[1]));
}

#[tokio::test]
async fn a_queue_that_stays_broken_has_no_message() {
    let aws = Stub::answering([fault(500, "InternalFailure")]).await;
    aws.queue().send(&comment("")).await.expect_err("not taken");
    assert!(aws.arrived().len() > 1, "tried again before");
}

#[tokio::test(start_paused = true)]
async fn an_aws_that_does_not_answer_leaves_the_webhook_its_time() {
    // Connections come about, and nobody ever accepts them.
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    // The port is taken, and nobody listens there.
    let closed = TcpSocket::new_v4().expect("a socket");
    closed.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
    for address in [silent.local_addr(), closed.local_addr()] {
        let endpoint = format!("http://{}", address.expect("a bound port"));
        let source = SecretSource::secrets_manager(&Sdk::local(&endpoint), "github-app");
        let (for_secret, secret) = timed(source.read()).await;
        let (for_message, sent) = timed(queue_at(&endpoint).send(&comment(""))).await;
        assert!(matches!(secret, Err(SecretError::Unreadable { .. })) && sent.is_err(), "{secret:?}, {sent:?}");
        assert!(for_secret + for_message < WEBHOOK_HAS, "{for_secret:?} and {for_message:?} at {endpoint}");
    }
}

#[tokio::test]
async fn a_secret_is_read_by_its_name() {
    let aws = Stub::answering([text("hunter2")]).await;
    assert_eq!(aws.secret().read().await.expect("readable").expose_secret(), "hunter2");
    let body = json!({"SecretId": "github-app"});
    assert_eq!(aws.arrived(), [Arrived { target: "secretsmanager.GetSecretValue".into(), body }]);
}

#[tokio::test]
async fn a_secret_without_a_text_is_named_and_not_told() {
    let aws = Stub::answering([(200, json!({"Name": "github-app", "SecretBinary": "aHVudGVyMg=="}))]).await;
    let error = aws.secret().read().await.expect_err("no text");
    assert!(matches!(&error, SecretError::Shape { name, .. } if name == "github-app"), "{error:?}");
    assert_tells_no_secret(&error);
}

#[tokio::test]
async fn a_secret_without_a_value_is_missing_and_named() {
    let aws = Stub::answering([fault(400, "ResourceNotFoundException")]).await;
    let error = aws.secret().read().await.expect_err("not there");
    assert!(matches!(&error, SecretError::Missing { name, .. } if name == "github-app"), "{error:?}");
    let shown = chain(&error).to_string();
    assert!(shown.contains("github-app") && shown.contains("ResourceNotFoundException"), "{shown}");
}

#[tokio::test]
async fn an_empty_text_is_no_value() {
    let aws = Stub::answering([text("")]).await;
    let error = aws.secret().read().await.expect_err("no value");
    assert!(matches!(&error, SecretError::Missing { .. }), "{error:?}");
}

#[tokio::test]
async fn a_secret_that_we_may_not_read_is_not_called_missing() {
    let aws = Stub::answering([fault(400, "AccessDeniedException")]).await;
    let error = aws.secret().read().await.expect_err("not ours to read");
    assert!(matches!(&error, SecretError::Unreadable { .. }), "{error:?}");
}

#[tokio::test]
async fn an_answer_of_another_shape_does_not_tell_the_secret_in_it() {
    for body in [json!({"SecretString": ["hunter2"]}), json!({"SecretBinary": "hunter2"}), json!(["hunter2"])] {
        let aws = Stub::answering([(200, body)]).await;
        let error = aws.secret().read().await.expect_err("another shape");
        assert_tells_no_secret(&error);
    }
}

#[tokio::test]
async fn a_rotated_webhook_secret_is_read_again_after_a_mismatch() {
    let aws = Stub::answering([text(r#"{"secrets": ["old"]}"#), text(r#"{"secrets": ["new", "old"]}"#)]).await;
    let hand = ManualClock::at(Timestamp::UNIX_EPOCH);
    let cell = WebhookSecretCell::new(aws.secret(), Clock::Manual(hand.clone()));
    for _ in 0..2 {
        assert_eq!(cell.current().await.expect("readable").iter().collect::<Vec<_>>(), ["old"]);
    }
    assert_eq!(aws.arrived().len(), 1);

    hand.advance(SignedDuration::from_mins(1));
    assert_eq!(cell.current().await.expect("kept").iter().collect::<Vec<_>>(), ["old"]);
    for _ in 0..2 {
        assert_eq!(cell.after_mismatch().await.expect("readable").iter().collect::<Vec<_>>(), ["new", "old"]);
    }
    assert_eq!(cell.current().await.expect("kept").iter().collect::<Vec<_>>(), ["new", "old"]);
    assert_eq!(aws.arrived().len(), 2);
}
