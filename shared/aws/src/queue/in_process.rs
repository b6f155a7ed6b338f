//! The queue in this process, with SQS FIFO's rules: order within a group, deduplication for five minutes, redelivery
//! of what is not settled, dead letters after too many receipts.
//!
//! Owns nothing durable: what waits here ends with the process. Never delivers a group's later message while an
//! earlier one is out.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;

const DEDUPLICATION_WINDOW: Duration = Duration::from_mins(5);
const VISIBILITY_TIMEOUT: Duration = Duration::from_mins(6);
const BATCH: usize = 10;

/// A FIFO queue in memory. Clones are the same queue.
#[derive(Debug, Clone, Default)]
pub struct InProcessQueue {
    state: Arc<Mutex<State>>,
    changed: Arc<Notify>,
    settled: Arc<Notify>,
}

/// A message as a consumer gets it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Names this message to [`InProcessQueue::settle`] and [`postpone`](super::Queue::postpone).
    pub receipt: String,
    /// Its group.
    pub group: String,
    /// Its text.
    pub body: String,
    /// How often it was received, this time included.
    pub receive_count: u32,
}

#[derive(Debug, Default)]
struct State {
    next_receipt: u64,
    waiting: Vec<Entry>,
    seen: HashMap<String, Instant>,
    dead: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    message: Received,
    visible_at: Instant,
}

impl InProcessQueue {
    /// A message that failed this often is a dead letter.
    pub const MAX_RECEIVES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

    pub(super) fn send(&self, group: String, deduplication: String, body: String) {
        let mut state = self.lock();
        let now = Instant::now();
        state.seen.retain(|_, sent| now - *sent < DEDUPLICATION_WINDOW);
        if state.seen.insert(deduplication, now).is_some() {
            return;
        }
        state.next_receipt += 1;
        let receipt = state.next_receipt.to_string();
        let message = Received { receipt, group, body, receive_count: 0 };
        state.waiting.push(Entry { message, visible_at: now });
        self.changed.notify_one();
    }

    /// Waits for messages and takes up to ten, in order within each group.
    pub async fn receive(&self) -> Vec<Received> {
        loop {
            let (batch, next) = self.lock().take(Instant::now());
            if !batch.is_empty() {
                return batch;
            }
            match next {
                Some(instant) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = tokio::time::sleep_until(instant) => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    /// Removes a batch, except the messages that failed: those come again, or are dead after too many receipts.
    pub fn settle(&self, batch: &[Received], failed: &HashSet<String>) {
        let settled: HashSet<&str> = batch.iter().map(|message| message.receipt.as_str()).collect();
        let mut state = self.lock();
        let mut dead = Vec::new();
        state.waiting.retain(|Entry { message, .. }| {
            if !settled.contains(message.receipt.as_str()) {
                return true;
            }
            let again = failed.contains(&message.receipt) && message.receive_count < Self::MAX_RECEIVES.get();
            if failed.contains(&message.receipt) && !again {
                tracing::error!(message.group, "a message failed too often and is a dead letter now");
                dead.push(message.body.clone());
            }
            again
        });
        state.dead.extend(dead);
        self.changed.notify_one();
        self.settled.notify_one();
    }

    /// Waits until no message waits or is being worked on.
    pub async fn idle(&self) {
        while self.depth() > 0 {
            self.settled.notified().await;
        }
    }

    /// The texts of the messages that failed too often.
    #[must_use]
    pub fn dead_letters(&self) -> Vec<String> {
        self.lock().dead.clone()
    }

    /// How many messages wait or are being worked on.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.lock().waiting.len()
    }

    pub(super) fn postpone(&self, receipt: &str, delay: Duration) {
        let mut state = self.lock();
        if let Some(entry) = state.waiting.iter_mut().find(|entry| entry.message.receipt == receipt) {
            entry.visible_at = Instant::now() + delay;
        }
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change below leaves the state whole, so a panic elsewhere doesn't spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// What can be delivered now, and when to look again otherwise.
    fn take(&mut self, now: Instant) -> (Vec<Received>, Option<Instant>) {
        let is_out = |entry: &&Entry| entry.visible_at > now;
        let mut blocked: HashSet<String> =
            self.waiting.iter().filter(is_out).map(|entry| entry.message.group.clone()).collect();
        let mut batch = Vec::new();
        for entry in &mut self.waiting {
            // One message of a group at a time: the ones behind a message that fails must not grow old with it.
            if batch.len() == BATCH || !blocked.insert(entry.message.group.clone()) {
                continue;
            }
            entry.visible_at = now + VISIBILITY_TIMEOUT;
            entry.message.receive_count += 1;
            batch.push(entry.message.clone());
        }
        (batch, self.waiting.iter().map(|entry| entry.visible_at).filter(|at| *at > now).min())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn send(queue: &InProcessQueue, group: &str, body: &str) {
        queue.send(group.into(), format!("{group}/{body}"), body.into());
    }

    fn bodies(batch: &[Received]) -> Vec<&str> {
        batch.iter().map(|message| message.body.as_str()).collect()
    }

    fn failing(batch: &[Received]) -> HashSet<String> {
        batch.iter().map(|message| message.receipt.clone()).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn a_group_keeps_its_order_and_waits_for_its_first() {
        let queue = InProcessQueue::default();
        send(&queue, "a", "1");
        let first = queue.receive().await;
        send(&queue, "a", "2");
        send(&queue, "b", "3");
        let others = queue.receive().await;
        assert_eq!((bodies(&first), bodies(&others)), (vec!["1"], vec!["3"]));
        queue.settle(&first, &HashSet::new());
        assert_eq!(bodies(&queue.receive().await), ["2"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_failed_message_comes_again_before_its_groups_later_ones() {
        let queue = InProcessQueue::default();
        send(&queue, "a", "1");
        send(&queue, "a", "2");
        let batch = queue.receive().await;
        assert_eq!(bodies(&batch), ["1"]);
        queue.postpone(&batch[0].receipt, Duration::from_secs(1));
        queue.settle(&batch, &failing(&batch));
        let again = queue.receive().await;
        assert_eq!((bodies(&again), again[0].receive_count), (vec!["1"], 2));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_never_settled_comes_again_after_the_visibility_timeout() {
        let queue = InProcessQueue::default();
        send(&queue, "a", "1");
        let before = Instant::now();
        queue.receive().await;
        queue.receive().await;
        assert!(before.elapsed() >= VISIBILITY_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn what_fails_too_often_is_dead_and_unblocks_its_group() {
        let queue = InProcessQueue::default();
        send(&queue, "a", "poison");
        send(&queue, "a", "sound");
        for _ in 0..InProcessQueue::MAX_RECEIVES.get() {
            let batch = queue.receive().await;
            assert_eq!(bodies(&batch), ["poison"]);
            queue.postpone(&batch[0].receipt, Duration::ZERO);
            queue.settle(&batch, &failing(&batch));
        }
        let sound = queue.receive().await;
        assert_eq!((bodies(&sound), sound[0].receive_count), (vec!["sound"], 1));
        assert_eq!(queue.dead_letters(), ["poison"]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_repeated_message_is_taken_once_within_the_window() {
        let queue = InProcessQueue::default();
        send(&queue, "a", "1");
        send(&queue, "a", "1");
        let batch = queue.receive().await;
        queue.settle(&batch, &HashSet::new());
        assert_eq!((batch.len(), queue.depth()), (1, 0));
        tokio::time::advance(DEDUPLICATION_WINDOW).await;
        send(&queue, "a", "1");
        assert_eq!(bodies(&queue.receive().await), ["1"]);
    }
}
