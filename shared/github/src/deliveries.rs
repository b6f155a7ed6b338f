//! The App's webhook deliveries, as GitHub keeps them for three days.
//!
//! Owns reading them. Never judges what was delivered.
//! <https://docs.github.com/en/rest/apps/webhooks>

use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

use crate::app::GitHub;
use crate::call::Call;
use crate::error::GitHubError;

/// One line of the delivery list.
#[derive(Debug, Clone, Deserialize)]
pub struct DeliverySummary {
    /// The attempt's id.
    pub id: u64,
    /// The same for every attempt at one delivery.
    pub guid: String,
    /// When it was attempted.
    pub delivered_at: Timestamp,
    /// The event's name.
    pub event: String,
}

/// A delivery as it was sent.
#[derive(Debug, Clone)]
pub struct HookDelivery {
    /// The event's name.
    pub event: String,
    /// The payload; its original bytes are not kept by GitHub.
    pub payload: Value,
}

impl GitHub {
    /// The newest deliveries, newest first.
    pub async fn latest_deliveries(&self, count: u8) -> Result<Vec<DeliverySummary>, GitHubError> {
        self.as_app(&Call::get(format!("/app/hook/deliveries?per_page={count}"))).await?.json()
    }

    /// One delivery with its payload.
    pub async fn delivery(&self, id: u64) -> Result<HookDelivery, GitHubError> {
        #[derive(Deserialize)]
        struct Answer {
            event: String,
            request: Request,
        }
        #[derive(Deserialize)]
        struct Request {
            payload: Value,
        }
        let Answer { event, request } = self.as_app(&Call::get(format!("/app/hook/deliveries/{id}"))).await?.json()?;
        Ok(HookDelivery { event, payload: request.payload })
    }
}
