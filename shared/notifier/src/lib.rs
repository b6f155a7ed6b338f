//! Posts a message to an incoming webhook: once, bounded in time, without following anything.
//!
//! Owns the connection and its bounds. Never words a message, never tries again, and never shows an address or an
//! answer: whoever has the address can post there, and the answer is a stranger's.

mod error;

use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use domain::notify_url::NotifyUrl;
use http::header::{CONTENT_TYPE, RETRY_AFTER, USER_AGENT};
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use http_body_util::{BodyExt as _, Collected, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

pub use error::NotifyError;

/// How long a post may take in all, from the look-up of the host to the last byte that is read.
pub const POST_TIMEOUT: Duration = Duration::from_secs(5);
/// Of an answer no more is read.
const MAX_ANSWER_BYTES: usize = 4 * 1024;
/// How Teams' older webhooks say, with a 200, that they posted nothing.
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using#rate-limiting-for-connectors>
const LIMITED_BY_TEAMS: &[u8] = b"Microsoft Teams endpoint returned HTTP error 429";

type HttpsClient = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Posts messages. Made at no cost: certificates are read for the first post.
#[derive(Debug)]
pub struct Notifier {
    reach: Reach,
    client: OnceLock<HttpsClient>,
}

/// Where messages may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    Https,
    HttpsAndLoopback,
}

impl Notifier {
    /// Posts by TLS only. On Lambda, what listens on this machine is Lambda's own.
    #[must_use]
    pub const fn new() -> Self {
        Self { reach: Reach::Https, client: OnceLock::new() }
    }

    /// The same, and by plain HTTP to this machine, where the local system has its receiver.
    #[must_use]
    pub const fn with_loopback() -> Self {
        Self { reach: Reach::HttpsAndLoopback, client: OnceLock::new() }
    }

    /// Posts a message, once.
    pub async fn post(&self, url: &NotifyUrl, message: &Value) -> Result<(), NotifyError> {
        if url.is_loopback() && self.reach == Reach::Https {
            return Err(NotifyError::NotAllowed);
        }
        let deadline = Instant::now() + POST_TIMEOUT;
        let sending = self.client()?.request(request(url, message)?);
        let response = timeout_at(deadline, sending)
            .await
            .map_err(|elapsed| NotifyError::transient("no answer in time", elapsed))?
            .map_err(|error| NotifyError::transient("the connection failed", error))?;
        let (parts, body) = response.into_parts();
        judge(parts.status, &parts.headers)?;
        // It is taken now. An answer that breaks off, goes on for too long or never ends has nothing more to say.
        let answer = timeout_at(deadline, Limited::new(body, MAX_ANSWER_BYTES).collect()).await;
        let answer = answer.ok().and_then(Result::ok).map(Collected::to_bytes).unwrap_or_default();
        if answer.windows(LIMITED_BY_TEAMS.len()).any(|part| part == LIMITED_BY_TEAMS) {
            return Err(NotifyError::busy(StatusCode::TOO_MANY_REQUESTS, None));
        }
        Ok(())
    }

    fn client(&self) -> Result<&HttpsClient, NotifyError> {
        if let Some(client) = self.client.get() {
            return Ok(client);
        }
        let connector = HttpsConnectorBuilder::new()
            .with_native_roots()
            .map_err(|error| NotifyError::transient("this machine's certificates can't be read", error))?
            // Which of the two it is, is judged by the address.
            .https_or_http()
            .enable_http1()
            .build();
        // News is rare, and a connection that outlived a frozen Lambda is dead.
        let client = Client::builder(TokioExecutor::new()).pool_max_idle_per_host(0).build(connector);
        Ok(self.client.get_or_init(|| client))
    }
}

impl Default for Notifier {
    fn default() -> Self {
        Self::new()
    }
}

fn request(url: &NotifyUrl, message: &Value) -> Result<Request<Full<Bytes>>, NotifyError> {
    Request::post(url.expose())
        .header(CONTENT_TYPE, HeaderValue::from_static("application/json"))
        .header(USER_AGENT, HeaderValue::from_static("ai-implement"))
        .body(Full::from(message.to_string()))
        .map_err(|_| NotifyError::NotAllowed)
}

fn judge(status: StatusCode, headers: &HeaderMap) -> Result<(), NotifyError> {
    if status.is_success() {
        Ok(())
    } else if status == StatusCode::TOO_MANY_REQUESTS || status.is_server_error() {
        Err(NotifyError::busy(status, retry_after(headers)))
    } else {
        Err(NotifyError::Refused { status: status.as_u16() })
    }
}

/// In seconds; a date is left to the caller's own waits.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
