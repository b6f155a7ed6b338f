//! What time it is.
//!
//! Owns the one place where the program reads the time of day. A [`Clock`] is part of each function's state, so that
//! tests own time. Never waits: a timer is the runtime's.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// The source of `now`.
#[derive(Debug, Clone, Default)]
pub enum Clock {
    /// The operating system's time.
    #[default]
    System,
    /// A time that stands still until it is moved; clones share it.
    Manual(ManualClock),
}

/// A clock that a test moves.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<AtomicI64>);

impl Clock {
    /// The time, to the millisecond.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        let milliseconds = match self {
            Self::System => Timestamp::now().as_millisecond(),
            Self::Manual(ManualClock(milliseconds)) => milliseconds.load(Ordering::SeqCst),
        };
        Timestamp::from_millisecond(milliseconds).expect("a clock shows a time that was a timestamp before")
    }
}

impl ManualClock {
    /// Stands at a given time.
    #[must_use]
    pub fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.as_millisecond())))
    }

    /// Moves to another time.
    pub fn set(&self, time: Timestamp) {
        self.0.store(time.as_millisecond(), Ordering::SeqCst);
    }

    /// Moves forward, or back.
    pub fn advance(&self, by: SignedDuration) {
        let milliseconds = i64::try_from(by.as_millis()).expect("a test moves by less than an age");
        self.0.fetch_add(milliseconds, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manual_clock_moves_only_when_it_is_told_to_and_with_its_clones() {
        let start: Timestamp = "2026-11-01T10:00:00Z".parse().expect("a time");
        let hand = ManualClock::at(start);
        let clock = Clock::Manual(hand.clone());
        assert_eq!(clock.clone().now(), start);
        hand.advance(SignedDuration::from_secs(90));
        assert_eq!(clock.now(), start + SignedDuration::from_secs(90));
        hand.set(start);
        assert_eq!(clock.now(), start);
    }
}
