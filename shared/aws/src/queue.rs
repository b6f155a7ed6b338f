//! The queue: FIFO groups, at least once, dead letters in the end.
//!
//! Owns its two shipped forms, SQS and one in this process, behind one closed type. Never looks into a message.

mod in_process;
mod sqs;

use std::time::Duration;

use domain::message::Message;
use jiff::Timestamp;
use thiserror::Error;

pub use in_process::{InProcessQueue, Received};
pub use sqs::SqsQueue;

/// Where messages for the worker go. Clones are the same queue.
#[derive(Debug, Clone)]
pub enum Queue {
    /// Amazon SQS.
    Sqs(SqsQueue),
    /// A queue in this process, for the local system and tests.
    InProcess(InProcessQueue),
}

/// The queue did not take it.
#[derive(Debug, Error)]
#[error("the queue could not {operation}")]
pub struct QueueError {
    pub(crate) operation: &'static str,
    #[source]
    pub(crate) source: Box<dyn std::error::Error + Send + Sync>,
}

/// How many messages there are in a queue, about.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct QueueDepth {
    /// Those that can be received now.
    pub visible: u64,
    /// Those that somebody works on, or that come again later.
    pub in_flight: u64,
    /// Those that may not be received yet.
    pub delayed: u64,
}

/// The message that has waited the longest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OldestMessage {
    /// There is none.
    Nothing,
    /// It was sent then.
    SentAt(Timestamp),
    /// This kind of queue doesn't tell: SQS shows its age as a metric only, and never to whoever asks.
    Untold,
}

impl Queue {
    /// How much there is to do.
    pub async fn depths(&self) -> Result<QueueDepth, QueueError> {
        match self {
            Self::Sqs(queue) => queue.depths().await,
            Self::InProcess(queue) => Ok(queue.depths()),
        }
    }

    /// How many messages failed too often; `None` where nobody said which queue they go to.
    pub async fn dead_letter_count(&self) -> Result<Option<u64>, QueueError> {
        match self {
            Self::Sqs(queue) => queue.dead_letter_count().await,
            Self::InProcess(queue) => Ok(u64::try_from(queue.dead_letters().len()).ok()),
        }
    }

    /// What has waited the longest, as far as the queue tells.
    #[must_use]
    pub fn oldest(&self) -> OldestMessage {
        match self {
            Self::Sqs(_) => OldestMessage::Untold,
            Self::InProcess(queue) => queue.oldest_sent_at().map_or(OldestMessage::Nothing, OldestMessage::SentAt),
        }
    }

    /// Puts a message into its group. When this returns, the queue has it.
    pub async fn send(&self, message: &Message) -> Result<(), QueueError> {
        let body = acceptable(message.to_json());
        match self {
            Self::Sqs(queue) => queue.send(&message.group_id(), &message.deduplication_id(), body).await,
            Self::InProcess(queue) => {
                queue.send(message.group_id(), message.deduplication_id(), body);
                Ok(())
            }
        }
    }

    /// Lets a received message come again after a while, instead of after the queue's visibility timeout.
    pub async fn postpone(&self, receipt: &str, delay: Duration) -> Result<(), QueueError> {
        match self {
            Self::Sqs(queue) => queue.postpone(receipt, delay).await,
            Self::InProcess(queue) => {
                queue.postpone(receipt, delay);
                Ok(())
            }
        }
    }
}

/// SQS takes the characters of XML 1.0 only, and JSON leaves two of the others unescaped.
/// <https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html>
fn acceptable(json: String) -> String {
    const REFUSED: [char; 2] = ['\u{fffe}', '\u{ffff}'];
    if json.contains(REFUSED) { json.replace(REFUSED, "\u{fffd}") } else { json }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_sqs_refuses_is_replaced() {
        let json = serde_json::to_string("a\u{0}\u{b}\u{fffe}\u{ffff}ü\u{10ffff}").expect("a string");
        let sent = acceptable(json);
        let xml_1_0 =
            |c: char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
        assert!(sent.chars().all(xml_1_0), "{sent:?}");
        let back: String = serde_json::from_str(&sent).expect("still JSON");
        assert_eq!(back, "a\u{0}\u{b}\u{fffd}\u{fffd}ü\u{10ffff}");
    }
}
