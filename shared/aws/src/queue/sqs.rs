//! The queue on Amazon SQS.
//!
//! Owns the two SQS calls. Receiving is the Lambda service's: it polls, and deletes what the worker didn't fail.

use std::time::Duration;

use aws_sdk_sqs::Client;

use super::QueueError;
use crate::sdk::Sdk;

/// A FIFO queue of SQS.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
}

impl SqsQueue {
    /// The queue at that URL.
    #[must_use]
    pub fn new(sdk: &Sdk, url: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), url: url.into() }
    }

    pub(super) async fn send(&self, group: &str, deduplication: &str, body: String) -> Result<(), QueueError> {
        self.client
            .send_message()
            .queue_url(&self.url)
            .message_group_id(group)
            .message_deduplication_id(deduplication)
            .message_body(body)
            .send()
            .await
            .map(drop)
            .map_err(|error| QueueError { operation: "take a message", source: Box::new(error) })
    }

    pub(super) async fn postpone(&self, receipt: &str, delay: Duration) -> Result<(), QueueError> {
        let seconds = i32::try_from(delay.as_secs()).unwrap_or(i32::MAX);
        self.client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(receipt)
            .visibility_timeout(seconds)
            .send()
            .await
            .map(drop)
            .map_err(|error| QueueError { operation: "postpone a message", source: Box::new(error) })
    }
}
