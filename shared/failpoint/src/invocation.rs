//! An invocation under somebody's hand.
//!
//! Owns where it stands: at some points, or on its way between two. Whoever holds the hand lets it go from one of the
//! points at a time, so that everything that happens has one order. Never decides, and never waits by itself.
//!
//! An invocation moves as long as one of its places waits for something outside: a place that is polled, does not end,
//! and has no place or point within itself. Joined branches begin with a point each, so they stand before they move.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::Safeguard;

tokio::task_local! {
    static CURRENT: Invocation;
}

/// An invocation under somebody's hand. Clones are the same one.
#[derive(Debug, Clone)]
pub struct Invocation {
    removed: Option<Safeguard>,
    standing: Arc<Mutex<Standing>>,
}

/// A point, by its place and side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Point {
    /// Crate, module, function and number of the await.
    pub place: &'static str,
    /// On which side of the await.
    pub side: Side,
}

/// A side of an await.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Nothing of it has happened.
    Before,
    /// All of it has happened.
    After,
}

#[derive(Debug, Default)]
struct Standing {
    /// The points where it stands, in the order of reaching them.
    at: Vec<Stand>,
    /// The places that wait for something outside.
    outside: Vec<u64>,
    /// The points that were let go and have not moved yet.
    let_go: Vec<u64>,
    /// Counts places and points; each has a number.
    last_number: u64,
    /// The places and points that have begun and not ended, each with the place that it is within.
    begun: Vec<(u64, Option<u64>)>,
    /// The places that are being polled, the innermost last.
    polled: Vec<u64>,
}

#[derive(Debug)]
struct Stand {
    number: u64,
    point: Point,
    waker: Waker,
}

impl fmt::Display for Point {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.place, if self.side == Side::Before { "before" } else { "after" })
    }
}

/// Waits for something between its two points. Boxed and unnamed, because a place within a place would double in size
/// at each level, and its type grow without end.
pub fn through<'a, F>(place: &'static str, awaited: F) -> Pin<Box<dyn Future<Output = F::Output> + Send + 'a>>
where
    F: IntoFuture<IntoFuture: Send + 'a, Output: Send> + 'a,
{
    let mut awaited = Box::pin(awaited.into_future());
    Box::pin(async move {
        let Some(invocation) = Invocation::current() else { return awaited.await };
        invocation.reach(Point { place, side: Side::Before }).await;
        let output = invocation.outside(awaited.as_mut()).await;
        invocation.reach(Point { place, side: Side::After }).await;
        output
    })
}

impl Invocation {
    /// One that lacks a rule of the product, perhaps.
    #[must_use]
    pub fn new(removed: Option<Safeguard>) -> Self {
        Self { removed, standing: Arc::default() }
    }

    /// Runs something as this invocation.
    pub async fn run<F: Future>(self, work: F) -> F::Output {
        CURRENT.scope(self, work).await
    }

    /// Where it stands, oldest first; empty while it moves, and when it has ended.
    #[must_use]
    pub fn stands_at(&self) -> Vec<Point> {
        let standing = self.standing();
        let moves = !standing.let_go.is_empty() || !standing.outside.is_empty();
        drop(standing);
        if moves { Vec::new() } else { self.stands_at_meanwhile() }
    }

    /// Where it stands while another branch of it moves. That branch may not be able to: a stream's work is not polled
    /// while the invocation stands at a point outside of the stream.
    #[must_use]
    pub fn stands_at_meanwhile(&self) -> Vec<Point> {
        self.standing().at.iter().map(|stand| stand.point).collect()
    }

    /// Lets it go on from the nth of the points where it stands.
    pub fn let_go(&self, nth: usize) {
        let mut standing = self.standing();
        let Stand { number, waker, .. } = standing.at.remove(nth);
        standing.let_go.push(number);
        drop(standing);
        waker.wake();
    }

    /// The invocation that runs now, if it is under somebody's hand.
    pub(crate) fn current() -> Option<Self> {
        CURRENT.try_with(Clone::clone).ok()
    }

    pub(crate) const fn removed(&self) -> Option<Safeguard> {
        self.removed
    }

    async fn reach(&self, point: Point) {
        let leaves = Leaves { invocation: self, number: self.standing().begin() };
        let mut stands = false;
        poll_fn(|context| {
            let mut standing = self.standing();
            let number = leaves.number;
            if let Some(stand) = standing.at.iter_mut().find(|stand| stand.number == number) {
                stand.waker.clone_from(context.waker());
                return Poll::Pending;
            }
            if stands {
                standing.let_go.retain(|gone| *gone != number);
                return Poll::Ready(());
            }
            stands = true;
            standing.at.push(Stand { number, point, waker: context.waker().clone() });
            Poll::Pending
        })
        .await;
    }

    async fn outside<F: Future>(&self, mut awaited: Pin<&mut F>) -> F::Output {
        let leaves = Leaves { invocation: self, number: self.standing().begin() };
        poll_fn(|context| self.poll_outside(leaves.number, awaited.as_mut(), context)).await
    }

    fn poll_outside<F: Future>(&self, number: u64, awaited: Pin<&mut F>, context: &mut Context<'_>) -> Poll<F::Output> {
        let mut standing = self.standing();
        standing.outside.retain(|outside| *outside != number);
        standing.polled.push(number);
        drop(standing);
        let polled = awaited.poll(context);
        let mut standing = self.standing();
        standing.polled.pop();
        // What is within has its own points; what has nothing within waits for the outside.
        if polled.is_pending() && !standing.begun.iter().any(|(_, within)| *within == Some(number)) {
            standing.outside.push(number);
        }
        polled
    }

    fn standing(&self) -> MutexGuard<'_, Standing> {
        // Nothing that holds it can leave it half changed.
        self.standing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Standing {
    fn begin(&mut self) -> u64 {
        self.last_number += 1;
        self.begun.push((self.last_number, self.polled.last().copied()));
        self.last_number
    }
}

/// A place or point that is dropped, as the other branches of a failed `try_join!` are, stands nowhere.
struct Leaves<'a> {
    invocation: &'a Invocation,
    number: u64,
}

impl Drop for Leaves<'_> {
    fn drop(&mut self) {
        let mut standing = self.invocation.standing();
        standing.at.retain(|stand| stand.number != self.number);
        standing.let_go.retain(|gone| *gone != self.number);
        standing.outside.retain(|outside| *outside != self.number);
        standing.begun.retain(|(begun, _)| *begun != self.number);
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::oneshot;
    use tokio::task::yield_now;

    use super::*;

    fn names(invocation: &Invocation) -> Vec<String> {
        invocation.stands_at().iter().map(ToString::to_string).collect()
    }

    /// Lets everything run that can.
    async fn settle() {
        for _ in 0..20 {
            yield_now().await;
        }
    }

    #[tokio::test]
    async fn an_invocation_goes_from_point_to_point_as_it_is_let() {
        let invocation = Invocation::new(None);
        let (answer, answered) = oneshot::channel::<u8>();
        let running = tokio::spawn(invocation.clone().run(through("call", answered)));
        settle().await;
        assert_eq!(names(&invocation), ["call:before"]);
        invocation.let_go(0);
        settle().await;
        assert!(names(&invocation).is_empty(), "it waits for something outside");
        answer.send(7).expect("it waits");
        settle().await;
        assert_eq!(names(&invocation), ["call:after"]);
        invocation.let_go(0);
        assert_eq!(running.await.expect("no panic"), Ok(7));
    }

    #[tokio::test]
    async fn joined_branches_stand_side_by_side_and_a_dropped_one_stands_nowhere() {
        let invocation = Invocation::new(None);
        let work = async {
            tokio::try_join!(through("fails", async { Err::<(), u8>(1) }), through("waits", async { Ok::<(), u8>(()) }))
        };
        let running = tokio::spawn(invocation.clone().run(work));
        settle().await;
        assert_eq!(names(&invocation), ["fails:before", "waits:before"]);
        invocation.let_go(0);
        settle().await;
        assert_eq!(names(&invocation), ["waits:before", "fails:after"]);
        invocation.let_go(1);
        assert_eq!(running.await.expect("no panic"), Err(1));
        assert!(names(&invocation).is_empty());
    }

    #[tokio::test]
    async fn without_a_hand_on_it_nothing_stands() {
        assert_eq!(through("call", async { 7 }).await, 7);
        assert!(!crate::is_removed(Safeguard::EpochCheck));
        let lacking = Invocation::new(Some(Safeguard::EpochCheck));
        assert!(lacking.run(async { crate::is_removed(Safeguard::EpochCheck) }).await);
    }
}
