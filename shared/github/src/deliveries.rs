//! The App's webhook deliveries, as GitHub keeps them for three days.
//!
//! Owns reading them and asking for another attempt. Never judges what was delivered.
//! <https://docs.github.com/en/rest/apps/webhooks>

use domain::ids::RepoId;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
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
    /// The receiver's HTTP status, or what GitHub noted where none came.
    pub status_code: u16,
    /// Whether it repeats an earlier attempt.
    pub redelivery: bool,
    /// The repository that it is about, if it is about one.
    #[serde(default)]
    pub repository_id: Option<RepoId>,
}

/// A page of the delivery list.
#[derive(Debug, Clone)]
pub struct DeliveryPage {
    /// The attempts, newest first.
    pub deliveries: Vec<DeliverySummary>,
    /// Where the next page begins, in GitHub's own notation; `None` on the last one.
    pub next: Option<String>,
}

/// A delivery as it was sent.
#[derive(Debug, Clone)]
pub struct HookDelivery {
    /// The event's name.
    pub event: String,
    /// The payload; its original bytes are not kept by GitHub.
    pub payload: Value,
}

impl DeliverySummary {
    /// Whether the receiver took it.
    #[must_use]
    pub const fn is_ok(&self) -> bool {
        matches!(self.status_code, 200..=299)
    }
}

impl GitHub {
    /// A page of up to 100 deliveries: the newest ones, or those at a cursor that an earlier page named.
    /// <https://docs.github.com/en/rest/apps/webhooks#list-deliveries-for-an-app-webhook>
    pub async fn deliveries(&self, cursor: Option<&str>) -> Result<DeliveryPage, GitHubError> {
        let newest = "/app/hook/deliveries?per_page=100";
        let path = cursor.map_or_else(
            || newest.to_owned(),
            |cursor| format!("{newest}&cursor={}", utf8_percent_encode(cursor, NON_ALPHANUMERIC)),
        );
        let answer = self.as_app(&Call::get(path)).await?;
        Ok(DeliveryPage { deliveries: answer.json()?, next: answer.next_page().and_then(cursor_in) })
    }

    /// Asks GitHub to attempt a delivery again: the same payload and GUID, as a new attempt, soon after the answer.
    /// <https://docs.github.com/en/rest/apps/webhooks#redeliver-a-delivery-for-an-app-webhook>
    pub async fn redeliver(&self, id: u64) -> Result<(), GitHubError> {
        self.as_app(&Call::bare_post(format!("/app/hook/deliveries/{id}/attempts"))).await.map(drop)
    }

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

/// The `cursor` in the address of a page.
fn cursor_in(address: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let cursor = query.split('&').find_map(|parameter| parameter.strip_prefix("cursor="))?;
    Some(percent_decode_str(cursor).decode_utf8_lossy().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_wherever_it_stands_in_the_address() {
        let cursor = |address: &str| cursor_in(address);
        assert_eq!(cursor("https://h/app/hook/deliveries?per_page=100&cursor=v1_12").as_deref(), Some("v1_12"));
        assert_eq!(cursor("https://h/app/hook/deliveries?cursor=v1%2F12%3D&per_page=100").as_deref(), Some("v1/12="));
        assert_eq!(cursor("https://h/app/hook/deliveries?per_page=100"), None);
    }

    #[test]
    fn only_a_2xx_means_that_the_receiver_took_it() {
        for (status_code, expected) in [(199, false), (200, true), (202, true), (299, true), (302, false), (502, false)]
        {
            let delivery = DeliverySummary {
                id: 1,
                guid: String::new(),
                delivered_at: Timestamp::UNIX_EPOCH,
                event: String::new(),
                status_code,
                redelivery: false,
                repository_id: None,
            };
            assert_eq!(delivery.is_ok(), expected, "{status_code}");
        }
    }
}
