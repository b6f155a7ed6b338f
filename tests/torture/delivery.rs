//! What Lambda's poller does between the queue and the worker, and what the queue may do to a message.
//!
//! Owns the messages that are taken and not yet handed over. The queue keeps the order within a group; among groups
//! any order is right.

use std::collections::{HashMap, HashSet};

use aws::{InProcessQueue, Received};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use jiff::Timestamp;

use crate::dice::Dice;
use crate::stage::Stage;

/// The poller's hand.
#[derive(Default)]
pub(crate) struct Deliveries {
    taken: Vec<(Received, Timestamp)>,
    /// Every message that was ever handed over, for those who bring an old one again.
    pub(crate) seen: Vec<Received>,
}

/// After this time at the latest, the queue gives a taken message to somebody else.
const VISIBILITY_TIMEOUT: jiff::SignedDuration = jiff::SignedDuration::from_mins(6);

impl Deliveries {
    /// Takes what the queue has; how many messages can be handed over.
    pub(crate) fn poll(&mut self, stage: &Stage<'_>) -> usize {
        let now = stage.time.now();
        self.taken.retain(|(_, at)| now.duration_since(*at) < VISIBILITY_TIMEOUT);
        self.taken.extend(stage.queue.try_receive().into_iter().map(|received| (received, now)));
        self.taken.len()
    }

    /// One of the taken messages.
    pub(crate) fn hand_over(&mut self, dice: &mut Dice) -> Received {
        let (received, _) = self.taken.remove(dice.index(self.taken.len()));
        self.seen.push(received.clone());
        received
    }
}

/// A message is done, or comes again.
pub(crate) fn settle(queue: &InProcessQueue, message: &Received, failed: &HashSet<String>) {
    queue.settle(std::slice::from_ref(message), failed);
}

/// The batch as Lambda hands it over.
pub(crate) fn event(received: &Received) -> SqsEvent {
    let mut message = SqsMessage::default();
    message.message_id = Some(received.receipt.clone());
    message.receipt_handle = Some(received.receipt.clone());
    message.body = Some(received.body.clone());
    message.attributes = HashMap::from([
        ("MessageGroupId".to_owned(), received.group.clone()),
        ("ApproximateReceiveCount".to_owned(), received.receive_count.to_string()),
    ]);
    let mut event = SqsEvent::default();
    event.records = vec![message];
    event
}
