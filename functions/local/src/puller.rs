//! Deliveries from the real GitHub without a tunnel: they are pulled from the App's delivery list.
//!
//! Owns which ones are new. Each is signed anew, because GitHub keeps the payload and not its bytes, and goes in at
//! the same door as a pushed one. Never judges a delivery.

use std::collections::HashSet;
use std::time::Duration;

use aws::{SecretSource, WebhookSecretCell};
use axum::Router;
use axum::body::Body;
use clock::Clock;
use domain::webhook::signature::Signature;
use github::{DeliverySummary, GitHub};
use jiff::Timestamp;
use tokio::time::MissedTickBehavior;
use tower::ServiceExt as _;

/// A comment is noticed within this time; 1,200 requests an hour of the App's 5,000.
const INTERVAL: Duration = Duration::from_secs(3);
const PER_PULL: u8 = 50;

/// Pulls what GitHub tries to deliver from now on.
pub(crate) struct Puller {
    github: GitHub,
    secrets: WebhookSecretCell,
    door: Router,
    since: Timestamp,
    seen: HashSet<String>,
}

impl Puller {
    pub(crate) fn new(github: GitHub, secret: SecretSource, door: Router, clock: Clock) -> Self {
        // GitHub's times are whole seconds: what is delivered in this one still counts.
        let since = Timestamp::from_second(clock.now().as_second()).unwrap_or_default();
        Self { github, secrets: WebhookSecretCell::new(secret, clock), door, since, seen: HashSet::new() }
    }

    /// Pulls for as long as the system runs.
    pub(crate) async fn run(mut self) {
        let mut ticks = tokio::time::interval(INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            if let Err(error) = self.pull().await {
                tracing::warn!(error = %environment::chain(&*error), "deliveries can't be pulled; trying again");
            }
        }
    }

    async fn pull(&mut self) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let mut new = self.github.latest_deliveries(PER_PULL).await?;
        new.retain(|delivery| delivery.delivered_at >= self.since && !self.seen.contains(&delivery.guid));
        // Oldest first, as they would have been pushed.
        new.reverse();
        for delivery in new {
            self.take(&delivery).await?;
            self.seen.insert(delivery.guid);
        }
        Ok(())
    }

    async fn take(&self, summary: &DeliverySummary) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let delivery = self.github.delivery(summary.id).await?;
        let body = delivery.payload.to_string();
        let secrets = self.secrets.current().await?;
        let secret = secrets.iter().next().unwrap_or_default();
        let request = axum::http::Request::post("/webhooks/github")
            .header("content-type", "application/json")
            .header("x-github-event", delivery.event)
            .header("x-github-delivery", &summary.guid)
            .header("x-hub-signature-256", Signature::of(body.as_bytes(), secret).header_value())
            .body(Body::from(body))?;
        let answer = self.door.clone().oneshot(request).await?;
        if answer.status().is_server_error() {
            return Err(format!("the door answered {}", answer.status()).into());
        }
        Ok(())
    }
}
