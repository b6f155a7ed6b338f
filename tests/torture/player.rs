//! One invocation on its way, from point to point.
//!
//! Owns letting it go, waiting for where it stands next, and its death. Never decides which of these.

use std::collections::HashSet;

use failpoint::{Invocation, Point, Safeguard};
use jiff::{SignedDuration, Timestamp};
use tokio::task::JoinHandle;

use crate::time::{Patience, Time};

/// The worker's and the sweeper's time limit in the template.
const TIME_LIMIT: SignedDuration = SignedDuration::from_secs(60);

/// An invocation that has begun and not ended.
pub(crate) struct Player {
    pub(crate) name: String,
    /// When Lambda ends it.
    pub(crate) deadline: Timestamp,
    invocation: Invocation,
    task: JoinHandle<HashSet<String>>,
}

/// Where a player is.
pub(crate) enum Standing {
    /// At these points.
    At(Vec<Point>),
    /// It ended by itself; these messages failed.
    Ended(HashSet<String>),
    /// It was stopped at its time limit.
    OutOfTime,
}

impl Player {
    /// Lets a work of which messages fail begin; it stands at its first point then.
    pub(crate) fn begin(
        name: String,
        time: &Time,
        removed: Option<Safeguard>,
        work: impl FnOnce(Timestamp) -> std::pin::Pin<Box<dyn Future<Output = HashSet<String>> + Send>>,
    ) -> Self {
        let invocation = Invocation::new(removed);
        let deadline = time.now() + TIME_LIMIT;
        let task = tokio::spawn(invocation.clone().run(work(deadline)));
        Self { name, deadline, invocation, task }
    }

    /// Waits until it stands somewhere or has ended, however long that takes by the schedule's time.
    pub(crate) async fn stands(&mut self, time: &Time) -> Standing {
        let mut patience = Patience::new();
        loop {
            if self.task.is_finished() {
                let ended = (&mut self.task).await;
                return Standing::Ended(ended.unwrap_or_else(|panic| std::panic::resume_unwind(panic.into_panic())));
            }
            let at = self.invocation.stands_at();
            if time.now() >= self.deadline {
                return Standing::OutOfTime;
            }
            if !at.is_empty() {
                return Standing::At(at);
            }
            if patience.wait().await {
                // What moves waits for a timer, or for another branch to let it be polled.
                let meanwhile = self.invocation.stands_at_meanwhile();
                if !meanwhile.is_empty() {
                    return Standing::At(meanwhile);
                }
                patience.pass(time).await;
            }
        }
    }

    /// Whether it stands at such a place.
    pub(crate) fn stands_at(&self, is_such: impl Fn(&str) -> bool) -> bool {
        self.invocation.stands_at().iter().any(|point| is_such(point.place))
    }

    /// Lets it go on from the nth point where it stands.
    pub(crate) fn goes_on(&self, nth: usize) {
        self.invocation.let_go(nth);
    }

    /// It never goes on; what it held in memory is gone.
    pub(crate) async fn dies(self) {
        self.task.abort();
        // Until it is really gone, nothing else may happen.
        let _ = self.task.await;
    }
}
