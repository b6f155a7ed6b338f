//! The queue on Amazon SQS.
//!
//! Owns the three SQS calls. Receiving is the Lambda service's: it polls, and deletes what the worker didn't fail.

use std::time::Duration;

use aws_sdk_sqs::Client;
use aws_sdk_sqs::types::QueueAttributeName;

use super::{QueueDepth, QueueError};
use crate::sdk::Sdk;

/// A FIFO queue of SQS.
#[derive(Debug, Clone)]
pub struct SqsQueue {
    client: Client,
    url: String,
    dead_letters: Option<String>,
}

impl SqsQueue {
    /// The queue at that URL.
    #[must_use]
    pub fn new(sdk: &Sdk, url: impl Into<String>) -> Self {
        Self { client: Client::new(&sdk.0), url: url.into(), dead_letters: None }
    }

    /// The same, where it is known which queue has what failed too often.
    #[must_use]
    pub fn with_dead_letters(self, url: Option<String>) -> Self {
        Self { dead_letters: url, ..self }
    }

    pub(super) async fn depths(&self) -> Result<QueueDepth, QueueError> {
        self.depths_of(&self.url).await
    }

    pub(super) async fn dead_letter_count(&self) -> Result<Option<u64>, QueueError> {
        let Some(url) = &self.dead_letters else { return Ok(None) };
        let QueueDepth { visible, in_flight, delayed } = self.depths_of(url).await?;
        Ok(Some(visible + in_flight + delayed))
    }

    /// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html>
    async fn depths_of(&self, url: &str) -> Result<QueueDepth, QueueError> {
        let asked = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
            QueueAttributeName::ApproximateNumberOfMessagesDelayed,
        ];
        let failed = |source| QueueError { operation: "tell its depth", source };
        let answer = self.client.get_queue_attributes().queue_url(url).set_attribute_names(Some(asked.to_vec())).send();
        let answer = answer.await.map_err(|error| failed(Box::new(error)))?;
        let told = |name: &QueueAttributeName| answer.attributes()?.get(name)?.parse().ok();
        let [visible, in_flight, delayed] = asked.each_ref().map(told);
        match (visible, in_flight, delayed) {
            (Some(visible), Some(in_flight), Some(delayed)) => Ok(QueueDepth { visible, in_flight, delayed }),
            _ => Err(failed("a count is missing, or is no number".into())),
        }
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
