//! The queue in this process, with SQS FIFO's rules: order within a group, deduplication for five minutes, redelivery
//! of what is not settled, dead letters after too many receipts.
//!
//! Owns nothing durable: what waits here ends with the process. Never delivers a group's later message while an
//! earlier one is out.

use std::collections::{HashMap, HashSet};
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use clock::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;

use super::QueueDepth;

const DEDUPLICATION_WINDOW: SignedDuration = SignedDuration::from_mins(5);
const VISIBILITY_TIMEOUT: SignedDuration = SignedDuration::from_mins(6);
const BATCH: usize = 10;

/// A FIFO queue in memory. Clones are the same queue.
#[derive(Debug, Clone, Default)]
pub struct InProcessQueue {
    clock: Clock,
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
    seen: HashMap<String, Timestamp>,
    dead: Vec<String>,
}

#[derive(Debug)]
struct Entry {
    message: Received,
    sent_at: Timestamp,
    visible_at: Timestamp,
}

impl InProcessQueue {
    /// A message that failed this often is a dead letter.
    pub const MAX_RECEIVES: NonZeroU32 = NonZeroU32::new(10).expect("ten is not zero");

    /// A queue that counts its times by a clock.
    #[must_use]
    pub fn with_clock(clock: Clock) -> Self {
        Self { clock, ..Self::default() }
    }

    pub(super) fn send(&self, group: String, deduplication: String, body: String) {
        let mut state = self.lock();
        let now = self.clock.now();
        state.seen.retain(|_, sent| now.duration_since(*sent) < DEDUPLICATION_WINDOW);
        // A repeat doesn't make the window longer.
        if state.seen.contains_key(&deduplication) {
            return;
        }
        state.seen.insert(deduplication, now);
        state.next_receipt += 1;
        let receipt = state.next_receipt.to_string();
        let message = Received { receipt, group, body, receive_count: 0 };
        state.waiting.push(Entry { message, sent_at: now, visible_at: now });
        self.changed.notify_one();
    }

    /// Waits for messages and takes up to ten, in order within each group. For a clock that goes by itself.
    pub async fn receive(&self) -> Vec<Received> {
        loop {
            let batch = self.try_receive();
            if !batch.is_empty() {
                return batch;
            }
            match self.next_visible_at() {
                Some(at) => tokio::select! {
                    () = self.changed.notified() => {}
                    () = tokio::time::sleep(self.until(at)) => {}
                },
                None => self.changed.notified().await,
            }
        }
    }

    /// Takes what can be taken now: up to ten messages, of each group the first.
    #[must_use]
    pub fn try_receive(&self) -> Vec<Received> {
        let now = self.clock.now();
        self.lock().take(now)
    }

    /// When a message that is out or postponed can next be taken; `None` when none is.
    #[must_use]
    pub fn next_visible_at(&self) -> Option<Timestamp> {
        let now = self.clock.now();
        self.lock().waiting.iter().map(|entry| entry.visible_at).filter(|at| *at > now).min()
    }

    fn until(&self, at: Timestamp) -> Duration {
        Duration::try_from(at.duration_since(self.clock.now())).unwrap_or_default()
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

    /// Nothing is ever delayed here.
    pub(super) fn depths(&self) -> QueueDepth {
        let now = self.clock.now();
        let state = self.lock();
        let hidden = state.waiting.iter().filter(|entry| entry.visible_at > now).count();
        let count = |messages: usize| u64::try_from(messages).unwrap_or(u64::MAX);
        QueueDepth { visible: count(state.waiting.len() - hidden), in_flight: count(hidden), delayed: 0 }
    }

    pub(super) fn oldest_sent_at(&self) -> Option<Timestamp> {
        self.lock().waiting.iter().map(|entry| entry.sent_at).min()
    }

    pub(super) fn postpone(&self, receipt: &str, delay: Duration) {
        let mut state = self.lock();
        if let Some(entry) = state.waiting.iter_mut().find(|entry| entry.message.receipt == receipt) {
            entry.visible_at = self.clock.now() + SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
        }
        self.changed.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Every change below leaves the state whole, so a panic elsewhere doesn't spoil it.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, now: Timestamp) -> Vec<Received> {
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
        batch
    }
}

#[cfg(test)]
mod tests {
    use clock::ManualClock;

    use super::*;

    fn queue() -> (InProcessQueue, ManualClock) {
        let hand = ManualClock::at("2026-11-01T10:00:00Z".parse().expect("a time"));
        (InProcessQueue::with_clock(Clock::Manual(hand.clone())), hand)
    }

    fn send(queue: &InProcessQueue, group: &str, body: &str) {
        queue.send(group.into(), format!("{group}/{body}"), body.into());
    }

    fn bodies(batch: &[Received]) -> Vec<&str> {
        batch.iter().map(|message| message.body.as_str()).collect()
    }

    fn failing(batch: &[Received]) -> HashSet<String> {
        batch.iter().map(|message| message.receipt.clone()).collect()
    }

    #[test]
    fn a_group_keeps_its_order_and_waits_for_its_first() {
        let (queue, _) = queue();
        send(&queue, "a", "1");
        let first = queue.try_receive();
        send(&queue, "a", "2");
        send(&queue, "b", "3");
        let others = queue.try_receive();
        assert_eq!((bodies(&first), bodies(&others)), (vec!["1"], vec!["3"]));
        queue.settle(&first, &HashSet::new());
        assert_eq!(bodies(&queue.try_receive()), ["2"]);
    }

    #[test]
    fn a_failed_message_comes_again_before_its_groups_later_ones() {
        let (queue, hand) = queue();
        send(&queue, "a", "1");
        send(&queue, "a", "2");
        let batch = queue.try_receive();
        assert_eq!(bodies(&batch), ["1"]);
        queue.postpone(&batch[0].receipt, Duration::from_secs(1));
        queue.settle(&batch, &failing(&batch));
        assert_eq!(bodies(&queue.try_receive()), Vec::<&str>::new());
        hand.advance(SignedDuration::from_secs(1));
        let again = queue.try_receive();
        assert_eq!((bodies(&again), again[0].receive_count), (vec!["1"], 2));
    }

    #[test]
    fn what_is_never_settled_comes_again_after_the_visibility_timeout() {
        let (queue, hand) = queue();
        send(&queue, "a", "1");
        let received = queue.try_receive();
        let at = queue.next_visible_at().expect("it is out");
        assert_eq!(at.duration_since(queue.clock.now()), VISIBILITY_TIMEOUT);
        hand.set(at);
        assert_eq!((bodies(&queue.try_receive()), received.len()), (vec!["1"], 1));
    }

    #[test]
    fn what_waits_is_told_from_what_is_out_and_the_oldest_is_either() {
        let (queue, hand) = queue();
        assert_eq!((queue.depths(), queue.oldest_sent_at()), (QueueDepth::default(), None));
        let begin = queue.clock.now();
        send(&queue, "a", "1");
        let received = queue.try_receive();
        hand.advance(SignedDuration::from_secs(5));
        send(&queue, "a", "2");
        let depth = QueueDepth { visible: 1, in_flight: 1, delayed: 0 };
        assert_eq!((queue.depths(), queue.oldest_sent_at()), (depth, Some(begin)));
        queue.settle(&received, &HashSet::new());
        assert_eq!(queue.oldest_sent_at(), Some(begin + SignedDuration::from_secs(5)));
    }

    #[tokio::test]
    async fn a_consumer_is_woken_by_a_message() {
        let queue = InProcessQueue::default();
        let (received, ()) = tokio::join!(queue.receive(), async { send(&queue, "a", "1") });
        assert_eq!(bodies(&received), ["1"]);
    }

    #[tokio::test]
    async fn a_consumer_waits_for_a_postponed_message() {
        let queue = InProcessQueue::default();
        send(&queue, "a", "1");
        let batch = queue.receive().await;
        queue.postpone(&batch[0].receipt, Duration::from_millis(5));
        assert_eq!(queue.receive().await[0].receive_count, 2);
    }

    #[test]
    fn what_fails_too_often_is_dead_and_unblocks_its_group() {
        let (queue, _) = queue();
        send(&queue, "a", "poison");
        send(&queue, "a", "sound");
        for _ in 0..InProcessQueue::MAX_RECEIVES.get() {
            let batch = queue.try_receive();
            assert_eq!(bodies(&batch), ["poison"]);
            queue.postpone(&batch[0].receipt, Duration::ZERO);
            queue.settle(&batch, &failing(&batch));
        }
        let sound = queue.try_receive();
        assert_eq!((bodies(&sound), sound[0].receive_count), (vec!["sound"], 1));
        assert_eq!(queue.dead_letters(), ["poison"]);
    }

    #[test]
    fn a_repeated_message_is_taken_once_within_the_window() {
        let (queue, hand) = queue();
        send(&queue, "a", "1");
        send(&queue, "a", "1");
        let batch = queue.try_receive();
        queue.settle(&batch, &HashSet::new());
        assert_eq!((batch.len(), queue.depth()), (1, 0));
        hand.advance(SignedDuration::from_mins(4));
        send(&queue, "a", "1");
        assert_eq!(queue.depth(), 0, "it has been sent before");
        hand.advance(SignedDuration::from_mins(1));
        send(&queue, "a", "1");
        assert_eq!(bodies(&queue.try_receive()), ["1"]);
    }
}
