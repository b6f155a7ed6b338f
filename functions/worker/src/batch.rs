//! A batch of queue messages: groups side by side, each in order, failures reported one by one.
//!
//! Owns which messages come again and when. A failed message takes the later ones of its group with it, because FIFO
//! order is the point of a group. Never looks into a claim.
//! <https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html>

use std::collections::BTreeMap;
use std::time::Duration;

use aws_lambda_events::event::sqs::{BatchItemFailure, SqsBatchResponse, SqsEvent, SqsMessage};
use domain::message::Message;
use environment::chain;
use futures::future::join_all;
use github::GitHubError;
use jiff::Timestamp;

use crate::delivery::Delivery;
use crate::error::Undone;
use crate::state::State;
use crate::{announce, closed, comment, due, installation, last_word, renamed, resolve, retry, run_event};

/// No message waits in the queue for longer; a longer wait is on record instead.
pub(crate) const LONGEST_IN_QUEUE: Duration = Duration::from_mins(1);
const SHORTEST_IN_QUEUE: Duration = Duration::from_secs(1);

/// Works on a batch until the deadline, when Lambda ends; the answer names the messages that have to come again.
#[failpoint::everywhere]
pub async fn handle(state: &State, event: SqsEvent, deadline: Timestamp) -> SqsBatchResponse {
    let mut groups: BTreeMap<String, Vec<SqsMessage>> = BTreeMap::new();
    for message in event.records {
        groups.entry(attribute(&message, "MessageGroupId").to_owned()).or_default().push(message);
    }
    let failed = join_all(groups.into_values().map(|messages| in_order(state, messages, deadline))).await;
    let mut response = SqsBatchResponse::default();
    response.batch_item_failures = failed.into_iter().flatten().collect();
    response
}

#[failpoint::everywhere]
async fn in_order(state: &State, messages: Vec<SqsMessage>, deadline: Timestamp) -> Vec<BatchItemFailure> {
    let mut messages = messages.into_iter();
    while let Some(message) = messages.next() {
        let delivery = Delivery { received: receive_count(&message), deadline };
        if let Err(undone) = work_on(state, &message, delivery).await {
            let delay = if delivery.received < state.max_receives.get() {
                comes_again(&message, &undone)
            } else {
                give_up(state, &message, &undone).await;
                // The queue puts it away when it would deliver it next, and its group waits until then.
                Duration::ZERO
            };
            let undone_messages: Vec<SqsMessage> = std::iter::once(message).chain(messages).collect();
            // All of them: one that stays in flight holds its whole group back until its visibility timeout.
            join_all(undone_messages.iter().map(|message| postpone(state, message, delay))).await;
            forget_refused_credentials(state, &undone).await;
            return undone_messages.into_iter().map(failure).collect();
        }
    }
    Vec::new()
}

#[failpoint::everywhere]
async fn work_on(state: &State, message: &SqsMessage, delivery: Delivery) -> Result<(), Undone> {
    match Message::from_json(message.body.as_deref().unwrap_or_default())? {
        Message::Comment(command) => Box::pin(comment::carry_out(state, command, delivery)).await,
        Message::Run(event) => Box::pin(run_event::follow(state, &event, delivery)).await,
        Message::Due(due) => Box::pin(due::look(state, &due, delivery)).await,
        Message::News(news) => announce::tell_channel(state, &news, delivery).await,
        Message::Resolve(word) => Box::pin(resolve::obey(state, &word, delivery)).await,
        Message::Retry(wish) => Box::pin(retry::take(state, &wish)).await,
        Message::Renamed(event) => Box::pin(renamed::follow(state, &event)).await,
        Message::Installation(change) => Box::pin(installation::note(state, &change)).await,
        Message::PullRequestClosed(event) => Box::pin(closed::end(state, &event, delivery)).await,
    }
}

/// After which time.
fn comes_again(message: &SqsMessage, undone: &Undone) -> Duration {
    let own = Duration::from_secs(1 << receive_count(message).min(6));
    let delay = undone.asked().unwrap_or(own).clamp(SHORTEST_IN_QUEUE, LONGEST_IN_QUEUE);
    tracing::warn!(
        error = %chain(undone),
        message.id = message.message_id,
        retry.seconds = delay.as_secs(),
        "a message comes again"
    );
    delay
}

/// Nobody reads the dead letters by themselves: the commenter is told, then the queue puts the message there.
#[failpoint::everywhere]
async fn give_up(state: &State, message: &SqsMessage, undone: &Undone) {
    tracing::error!(
        error = %chain(undone),
        message.id = message.message_id,
        message.group = attribute(message, "MessageGroupId"),
        "a message is given up and becomes a dead letter"
    );
    let body = message.body.as_deref().unwrap_or_default();
    if let Err(error) = Box::pin(last_word::say(state, body, undone)).await {
        tracing::error!(error = %chain(&error), message.id = message.message_id, "a commenter could not be told");
    }
}

/// The visibility timeout would let the message wait for minutes; a failure to shorten it is no failure.
#[failpoint::everywhere]
async fn postpone(state: &State, message: &SqsMessage, delay: Duration) {
    let Some(receipt) = &message.receipt_handle else { return };
    if let Err(error) = state.queue.postpone(receipt, delay).await {
        tracing::warn!(error = %chain(&error), "a message waits for its visibility timeout");
    }
}

/// A key that GitHub no longer accepts may have been rotated: the next attempt reads the secret anew.
#[failpoint::everywhere]
async fn forget_refused_credentials(state: &State, undone: &Undone) {
    if matches!(undone, Undone::GitHub(GitHubError::Unauthorized { .. })) {
        state.github.forget().await;
    }
}

fn failure(message: SqsMessage) -> BatchItemFailure {
    let mut failure = BatchItemFailure::default();
    failure.item_identifier = message.message_id.unwrap_or_default();
    failure
}

fn receive_count(message: &SqsMessage) -> u32 {
    attribute(message, "ApproximateReceiveCount").parse().unwrap_or(1)
}

fn attribute<'a>(message: &'a SqsMessage, name: &str) -> &'a str {
    message.attributes.get(name).map_or("", String::as_str)
}
