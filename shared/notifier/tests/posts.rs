//! Posts over real connections, to a receiver of a few lines.
//!
//! Never sleeps: where a receiver falls silent, the test's time runs as fast as its timers allow.

use std::convert::Infallible;
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use domain::notify_url::NotifyUrl;
use notifier::{Notifier, NotifyError, POST_TIMEOUT};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::time::Instant;

const SECRET: &str = "s3cret";

/// What arrived: path, headers, body.
type Arrived = Arc<Mutex<Vec<(String, HeaderMap, Bytes)>>>;

struct Receiver {
    port: u16,
    arrived: Arrived,
}

impl Receiver {
    async fn start() -> Self {
        let arrived = Arrived::default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("a bound port").port();
        let router = Router::new().fallback(receive).with_state(Arc::clone(&arrived));
        tokio::spawn(async { axum::serve(listener, router).await });
        Self { port, arrived }
    }

    fn url(&self, what: &str) -> NotifyUrl {
        address(&format!("http://127.0.0.1:{}/{what}/{SECRET}", self.port))
    }

    /// Posts to the webhook that behaves so.
    async fn post(&self, what: &str) -> Result<(), NotifyError> {
        Notifier::with_loopback().post(&self.url(what), &message()).await
    }

    fn arrived(&self) -> Vec<(String, HeaderMap, Bytes)> {
        self.arrived.lock().expect("the receiver did not panic").clone()
    }
}

async fn receive(State(arrived): State<Arrived>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    arrived.lock().expect("nobody panics").push((uri.path().to_owned(), headers, body));
    let what = uri.path().split('/').nth(1).unwrap_or_default();
    match what {
        "limited" => (StatusCode::TOO_MANY_REQUESTS, [("retry-after", "7")], SECRET).into_response(),
        "dated" => {
            (StatusCode::SERVICE_UNAVAILABLE, [("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT")]).into_response()
        }
        "moved" => (StatusCode::TEMPORARY_REDIRECT, [("location", "/taken/elsewhere")]).into_response(),
        "huge" => Body::from(vec![b'x'; 64 << 20]).into_response(),
        "throttled" => "Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 \
                        with ContextId tcid=0."
            .into_response(),
        "silent" => {
            tokio::time::pause();
            std::future::pending().await
        }
        "endless" => endless().into_response(),
        "taken" => "ok".into_response(),
        status => StatusCode::from_bytes(status.as_bytes()).expect("a status").into_response(),
    }
}

/// A body that never comes: the answer's head is long read when the time begins to run.
fn endless() -> Body {
    Body::from_stream(futures::stream::once(async {
        for _ in 0..10_000 {
            tokio::task::yield_now().await;
        }
        tokio::time::pause();
        std::future::pending::<Result<Bytes, Infallible>>().await
    }))
}

fn address(text: &str) -> NotifyUrl {
    text.to_owned().try_into().expect("an address")
}

fn message() -> Value {
    json!({ "text": "🚀 *Dispatched*" })
}

/// An error with all that it was caused by, as a log would have it.
fn shown(error: &NotifyError) -> String {
    let mut shown = format!("{error:?} {error}");
    let mut cause = error.source();
    while let Some(error) = cause {
        shown = format!("{shown}: {error}");
        cause = error.source();
    }
    shown
}

#[tokio::test]
async fn a_message_is_posted_as_json_once() {
    let receiver = Receiver::start().await;
    receiver.post("taken").await.expect("it is taken");
    let [(path, headers, body)] = &receiver.arrived()[..] else { panic!("{:?}", receiver.arrived()) };
    assert_eq!(path, &format!("/taken/{SECRET}"));
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(serde_json::from_slice::<Value>(body).expect("json"), message());
}

#[tokio::test]
async fn every_success_is_one() {
    let receiver = Receiver::start().await;
    for status in ["200", "202", "204"] {
        receiver.post(status).await.expect(status);
    }
}

#[tokio::test]
async fn a_busy_service_is_tried_again_when_it_says_so() {
    let receiver = Receiver::start().await;
    for (what, wait) in
        [("limited", Some(7)), ("dated", None), ("429", None), ("500", None), ("502", None), ("503", None)]
    {
        match receiver.post(what).await {
            Err(NotifyError::Transient { retry_after, source: None, .. }) => {
                assert_eq!(retry_after, wait.map(Duration::from_secs), "{what}");
            }
            other => panic!("{what}: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_webhook_that_is_gone_is_not_tried_again() {
    let receiver = Receiver::start().await;
    for status in [400, 401, 403, 404, 410] {
        let error = receiver.post(&status.to_string()).await.expect_err("a refusal");
        assert!(matches!(error, NotifyError::Refused { status: told } if told == status), "{error:?}");
        assert!(!error.is_transient());
    }
}

#[tokio::test]
async fn a_redirection_is_not_followed() {
    let receiver = Receiver::start().await;
    let error = receiver.post("moved").await.expect_err("it was not posted");
    assert!(matches!(error, NotifyError::Refused { status: 307 }), "{error:?}");
    assert_eq!(receiver.arrived().len(), 1);
}

#[tokio::test]
async fn a_service_that_falls_silent_is_given_up() {
    let receiver = Receiver::start().await;
    let begun = Instant::now();
    let error = receiver.post("silent").await.expect_err("no answer came");
    assert!(error.is_transient(), "{error:?}");
    let waited = begun.elapsed();
    assert!((POST_TIMEOUT..POST_TIMEOUT * 2).contains(&waited), "{waited:?}");
    assert_eq!(receiver.arrived().len(), 1);
}

#[tokio::test]
async fn what_was_taken_stays_taken_however_its_answer_goes_on() {
    for what in ["huge", "endless"] {
        let receiver = Receiver::start().await;
        receiver.post(what).await.expect(what);
    }
}

#[tokio::test]
async fn a_success_that_tells_of_teams_own_limit_is_none() {
    let receiver = Receiver::start().await;
    let error = receiver.post("throttled").await.expect_err("it was not posted");
    assert!(error.is_transient(), "{error:?}");
}

#[tokio::test]
async fn a_service_that_is_not_there_is_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let port = listener.local_addr().expect("a bound port").port();
    drop(listener);
    let url = address(&format!("http://127.0.0.1:{port}/taken/{SECRET}"));
    let error = Notifier::with_loopback().post(&url, &message()).await.expect_err("nobody listens");
    assert!(matches!(error, NotifyError::Transient { source: Some(_), .. }), "{error:?}");
}

#[tokio::test]
async fn on_lambda_nothing_goes_to_the_machine_itself() {
    let receiver = Receiver::start().await;
    let error = Notifier::new().post(&receiver.url("taken"), &message()).await.expect_err("it may not go there");
    assert!(matches!(error, NotifyError::NotAllowed), "{error:?}");
    assert!(receiver.arrived().is_empty());
}

#[tokio::test]
async fn https_is_spoken_by_tls_alone() {
    let receiver = Receiver::start().await;
    let url = address(&format!("https://127.0.0.1:{}/taken/{SECRET}", receiver.port));
    for notifier in [Notifier::new(), Notifier::with_loopback()] {
        let error = notifier.post(&url, &message()).await.expect_err("no certificate");
        assert!(error.is_transient(), "{error:?}");
    }
    assert!(receiver.arrived().is_empty());
}

#[tokio::test]
async fn no_error_shows_the_address_or_the_answer() {
    let receiver = Receiver::start().await;
    let tls = address(&format!("https://127.0.0.1:{}/{SECRET}", receiver.port));
    let mut errors = vec![Notifier::new().post(&tls, &message()).await.expect_err("no certificate")];
    errors.push(Notifier::new().post(&receiver.url("taken"), &message()).await.expect_err("not allowed"));
    for what in ["limited", "404", "moved", "throttled", "silent"] {
        errors.push(receiver.post(what).await.expect_err(what));
    }
    for error in &errors {
        assert!(!shown(error).contains(SECRET), "{}", shown(error));
    }
}
