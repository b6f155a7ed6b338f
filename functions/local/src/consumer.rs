//! What Lambda's SQS poller does on AWS: takes batches from the queue, calls the worker, settles what it answers.
//!
//! Owns the translation between the queue in memory and SQS events. Never looks into a message.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use aws::{InProcessQueue, Received};
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// How many batches are worked on at once, as the event source's maximum concurrency on AWS.
const MAX_CONCURRENCY: usize = 10;

/// How long a batch may take, as the worker's timeout on AWS.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// Feeds the worker for as long as the system runs.
pub(crate) async fn consume(queue: InProcessQueue, state: worker::State) {
    let permits = Arc::new(Semaphore::new(MAX_CONCURRENCY));
    let mut running = JoinSet::new();
    while let Ok(permit) = Arc::clone(&permits).acquire_owned().await {
        let batch = queue.receive().await;
        let (queue, state) = (queue.clone(), state.clone());
        running.spawn(async move {
            let deadline = state.clock.now() + TIME_LIMIT;
            let response = worker::handle(&state, event(&batch), deadline).await;
            let failed: HashSet<String> =
                response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect();
            queue.settle(&batch, &failed);
            drop(permit);
        });
        while running.try_join_next().is_some() {}
    }
}

fn event(batch: &[Received]) -> SqsEvent {
    let mut event = SqsEvent::default();
    event.records = batch.iter().map(message).collect();
    event
}

fn message(received: &Received) -> SqsMessage {
    let mut message = SqsMessage::default();
    message.message_id = Some(received.receipt.clone());
    message.receipt_handle = Some(received.receipt.clone());
    message.body = Some(received.body.clone());
    message.attributes = HashMap::from([
        ("MessageGroupId".to_owned(), received.group.clone()),
        ("ApproximateReceiveCount".to_owned(), received.receive_count.to_string()),
    ]);
    message
}
