//! The stack's queues, as an operator sees them through SQS.
//!
//! Owns reading and writing messages by hand. Never knows what is in one.

use serde_json::Value;

use crate::stage::Stage;

/// How many messages a queue holds: to be received, and in somebody's hands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Depth {
    pub(crate) waiting: u32,
    pub(crate) in_flight: u32,
}

impl Depth {
    /// Of a queue with nothing in it.
    pub(crate) const EMPTY: Self = Self { waiting: 0, in_flight: 0 };
}

impl Stage<'_> {
    /// The depth of the queue that an output names.
    pub(crate) async fn depth(&self, queue: &str) -> Depth {
        let words = ["sqs", "get-queue-attributes", "--attribute-names", "All", "--queue-url", self.output(queue)];
        let answer = self.aws.call(&words).await;
        let number = |name: &str| answer["Attributes"][name].as_str().and_then(|text| text.parse().ok());
        Depth {
            waiting: number("ApproximateNumberOfMessages").expect("a number"),
            in_flight: number("ApproximateNumberOfMessagesNotVisible").expect("a number"),
        }
    }

    /// Puts a text into the command queue, past the webhook.
    pub(crate) async fn queues(&self, body: &str, group: &str, deduplication: &str) {
        let queue = self.output("CommandQueue");
        let words = ["sqs", "send-message", "--queue-url", queue, "--message-body", body, "--message-group-id", group];
        self.aws.call(&[words.as_slice(), &["--message-deduplication-id", deduplication]].concat()).await;
    }

    /// Takes the bodies of the dead letters that are there now, and leaves none of them.
    pub(crate) async fn takes_dead_letters(&self) -> Vec<String> {
        let queue = self.output("DeadLetterQueue");
        let words = ["sqs", "receive-message", "--max-number-of-messages", "10", "--queue-url", queue];
        let answer = self.aws.call(&words).await;
        let letters = answer["Messages"].as_array().cloned().unwrap_or_default();
        let text = |letter: &Value, name: &str| letter[name].as_str().expect("a text").to_owned();
        for letter in &letters {
            let receipt = text(letter, "ReceiptHandle");
            self.aws.call(&["sqs", "delete-message", "--queue-url", queue, "--receipt-handle", &receipt]).await;
        }
        letters.iter().map(|letter| text(letter, "Body")).collect()
    }
}
