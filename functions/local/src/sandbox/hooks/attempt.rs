//! One attempt to deliver a webhook: its headers, its signature, and what came of it.
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads#delivery-headers>

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::{Response, StatusCode};

use crate::sandbox::WebhookTarget;
use crate::sandbox::core::Core;
use crate::sandbox::digest::webhook_signature;
use crate::sandbox::world::Delivery;

/// What GitHub records when it can't reach the receiver.
const UNREACHABLE: (u16, &str) = (502, "failed to connect to host");
/// What GitHub records when the receiver takes too long.
const TIMED_OUT: (u16, &str) = (504, "timed out");

/// A delivery before its answer.
pub(super) struct Attempt {
    pub(super) guid: String,
    pub(super) event: String,
    pub(super) action: Option<String>,
    pub(super) redelivery: bool,
    pub(super) installation_id: Option<u64>,
    pub(super) repository_id: Option<u64>,
    pub(super) payload: String,
}

/// What came back.
struct Answer {
    status_code: u16,
    status: String,
    headers: BTreeMap<String, String>,
    payload: String,
}

impl Attempt {
    /// Sends it and records what came back. `None` when no webhook is set.
    pub(super) async fn make(self, core: &Core, id: u64) -> Option<Delivery> {
        let target = core.hook()?;
        let headers = self.headers(core, &target);
        let (delivered_at, clock) = (core.world().now(), Instant::now());
        let answer = post(core, &target.url, &headers, self.payload.clone()).await;
        let delivery = self.delivery(id, headers, answer, delivered_at, clock.elapsed());
        tracing::debug!(event = delivery.event, status = delivery.status_code, "sandbox.webhook_delivered");
        core.edit(|world| world.add_delivery(delivery.clone()));
        Some(delivery)
    }

    fn headers(&self, core: &Core, target: &WebhookTarget) -> BTreeMap<String, String> {
        let world = core.world();
        let signature = webhook_signature(&target.secret, self.payload.as_bytes());
        [
            ("Accept", "*/*".to_owned()),
            ("Content-Type", "application/json".to_owned()),
            ("User-Agent", "GitHub-Hookshot/5aa4b0f".to_owned()),
            ("X-GitHub-Delivery", self.guid.clone()),
            ("X-GitHub-Event", self.event.clone()),
            ("X-GitHub-Hook-ID", world.app.hook_id.to_string()),
            ("X-GitHub-Hook-Installation-Target-ID", world.app.id.to_string()),
            ("X-GitHub-Hook-Installation-Target-Type", "integration".to_owned()),
            ("X-Hub-Signature-256", signature),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
    }

    fn delivery(
        self,
        id: u64,
        request_headers: BTreeMap<String, String>,
        answer: Answer,
        delivered_at: jiff::Timestamp,
        duration: Duration,
    ) -> Delivery {
        Delivery {
            id,
            guid: self.guid,
            event: self.event,
            action: self.action,
            redelivery: self.redelivery,
            installation_id: self.installation_id,
            repository_id: self.repository_id,
            request_headers,
            payload: self.payload,
            status_code: answer.status_code,
            status: answer.status,
            response_headers: answer.headers,
            response_payload: answer.payload,
            delivered_at,
            duration,
        }
    }
}

async fn post(core: &Core, url: &str, headers: &BTreeMap<String, String>, body: String) -> Answer {
    let request = headers.iter().fold(core.http.post(url), |request, (name, value)| request.header(name, value));
    match request.body(body).send().await {
        Ok(response) => Answer::read(response).await,
        Err(error) if error.is_timeout() => Answer::missing(TIMED_OUT),
        Err(_) => Answer::missing(UNREACHABLE),
    }
}

impl Answer {
    async fn read(response: Response) -> Self {
        let status = response.status();
        let text = |value: &reqwest::header::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        let headers = response.headers().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
        Self {
            status_code: status.as_u16(),
            status: in_words(status),
            headers,
            payload: response.text().await.unwrap_or_default(),
        }
    }

    fn missing((status_code, status): (u16, &str)) -> Self {
        Self { status_code, status: status.to_owned(), headers: BTreeMap::new(), payload: String::new() }
    }
}

/// GitHub writes `OK` for every success and the reason otherwise.
fn in_words(status: StatusCode) -> String {
    if status.is_success() {
        return "OK".to_owned();
    }
    format!("Invalid HTTP Response: {}", status.as_u16())
}
