//! The time of one schedule: it passes only where the schedule says so, for the product, the sandbox and every timer.
//!
//! Owns the one place that moves a clock. Timers of this process (a timeout of the SDK's, a pause between two tries) are
//! tokio's, whose time is held and moved along.

use std::pin::pin;
use std::sync::mpsc;
use std::task::Poll;
use std::time::{Duration, Instant};

use clock::{Clock, ManualClock};
use jiff::{SignedDuration, Timestamp};
use local::sandbox::Sandbox;
use tokio::runtime::Runtime;

/// Nothing moved for so many rounds and for so long: whatever is waited for, it is a timer. Sockets of one machine
/// answer at once; the real time is for a kernel that is busy elsewhere.
const STILL_ROUNDS: u32 = 200;
const STILL_FOR: Duration = Duration::from_millis(2);
/// The first step to the next timer; each is twice the one before.
const FIRST_STEP: SignedDuration = SignedDuration::from_millis(50);
const LONGEST_STEP: SignedDuration = SignedDuration::from_secs(4);

/// A runtime of one thread, whose timers wait for [`Time`].
pub(crate) struct StillRuntime {
    /// Ends the task below: dropped before the runtime, which waits for it.
    _ends: mpsc::Sender<()>,
    runtime: Runtime,
}

impl StillRuntime {
    pub(crate) fn new() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().start_paused(true).build();
        let runtime = runtime.expect("a runtime");
        let (ends, ended) = mpsc::channel();
        // A held time would jump to the next timer whenever nothing is to be done, sockets or not. It doesn't while a
        // blocking task runs.
        runtime.spawn_blocking(move || ended.recv());
        Self { _ends: ends, runtime }
    }

    pub(crate) fn block_on<F: Future>(&self, work: F) -> F::Output {
        self.runtime.block_on(work)
    }
}

/// The time of one schedule.
#[derive(Clone)]
pub(crate) struct Time {
    hand: ManualClock,
    start: Timestamp,
    sandbox: Sandbox,
}

impl Time {
    /// Begins now: a JWT is made by the machine's time.
    pub(crate) fn start(sandbox: &Sandbox) -> Self {
        let start = Timestamp::from_second(Clock::System.now().as_second()).expect("a time");
        sandbox.set_time(Some(start));
        Self { hand: ManualClock::at(start), start, sandbox: sandbox.clone() }
    }

    pub(crate) fn clock(&self) -> Clock {
        Clock::Manual(self.hand.clone())
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock().now()
    }

    /// How long the schedule has lasted.
    pub(crate) fn elapsed(&self) -> SignedDuration {
        self.now().duration_since(self.start)
    }

    /// Lets time pass, and every timer with it.
    pub(crate) async fn pass(&self, by: SignedDuration) {
        self.hand.advance(by);
        self.sandbox.set_time(Some(self.now()));
        tokio::time::advance(by.unsigned_abs()).await;
    }
}

impl Time {
    /// Waits for something that is no player's, and lets time pass where that waits for a timer.
    pub(crate) async fn wait_for<F: Future>(&self, awaited: F) -> F::Output {
        let mut awaited = pin!(awaited);
        let mut patience = Patience::new();
        loop {
            if let Poll::Ready(output) = futures::poll!(awaited.as_mut()) {
                return output;
            }
            patience.round(self).await;
        }
    }
}

/// Waits for something that the machine does by itself, and lets time pass where it waits for a timer.
pub(crate) struct Patience {
    rounds: u32,
    still_since: Instant,
    step: SignedDuration,
}

impl Patience {
    pub(crate) fn new() -> Self {
        Self { rounds: 0, still_since: Instant::now(), step: FIRST_STEP }
    }

    /// One round of everything that can run; whether time had to pass.
    pub(crate) async fn round(&mut self, time: &Time) -> bool {
        let is_over = self.wait().await;
        if is_over {
            self.pass(time).await;
        }
        is_over
    }

    /// One round of everything that can run, and no time; whether nothing moved for so long that time has to pass.
    pub(crate) async fn wait(&mut self) -> bool {
        tokio::task::yield_now().await;
        self.rounds += 1;
        self.rounds >= STILL_ROUNDS && self.still_since.elapsed() >= STILL_FOR
    }

    /// Lets some time pass, twice as much as before.
    pub(crate) async fn pass(&mut self, time: &Time) {
        time.pass(self.step).await;
        (self.rounds, self.still_since) = (0, Instant::now());
        self.step = (self.step * 2).min(LONGEST_STEP);
    }
}
