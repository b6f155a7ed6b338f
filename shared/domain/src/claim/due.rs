//! When a claim has to be looked at again although nothing happens to it.
//!
//! Owns every such time. A claim without one is over, and people know of it. Never looks: the sweeper finds what is
//! due, and the worker does what the claim's state asks for.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::{Claim, SETTLE_WINDOW, State};
use crate::refusal::Obstacle;

/// A command that nobody has got on with for this long is queued once more.
const PICKED_UP_WITHIN: SignedDuration = SignedDuration::from_mins(10);
/// What people weren't told of within this time is told then.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_mins(2);
/// People who could not be told for this long are not told any more.
const TELLING_GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(72);
/// A run that is silent for this long is looked at: its event may have been lost.
const SILENT_RUN_LOOKED_AT_AFTER: SignedDuration = SignedDuration::from_mins(10);
/// When a doubt is looked into, from its beginning.
const LOOKS_AFTER: [SignedDuration; 5] = [
    SignedDuration::from_mins(1),
    SignedDuration::from_mins(2),
    SignedDuration::from_mins(4),
    SignedDuration::from_mins(7),
    SETTLE_WINDOW,
];

/// The first stored wait; each further one is twice as long.
const FIRST_WAIT: Duration = Duration::from_mins(1);
/// No wait of our own choosing is longer.
const LONGEST_WAIT: Duration = Duration::from_mins(10);

/// What open claims are found by, each with its due time: the states, what people weren't told of, runs that are still to be
/// cancelled, and plans whose implementation follows.
pub const OPEN_KEYS: [&str; 11] = [
    "received",
    "authorized",
    "queued",
    "dispatching",
    "reconciling",
    "unknown",
    "dispatched",
    "started",
    "untold",
    "stray",
    "going-on",
];

/// A wait that is on record: the message that led to it is done, and the sweeper queues another one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Until when.
    pub until: Timestamp,
    /// How many waits there were in a row.
    pub count: u32,
    /// What stands in the way; nothing does where a run is only looked at from time to time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub obstacle: Option<Obstacle>,
}

impl Claim {
    /// When the claim has to be looked at again; `None` when nothing is left to do.
    #[must_use]
    pub fn due_at(&self) -> Option<Timestamp> {
        let untold = self.is_untold().then(|| self.updated_at + TOLD_WITHIN);
        let strays = (!self.strays.is_empty()).then_some(self.updated_at);
        let goes_on = self.is_to_go_on().then_some(self.updated_at);
        let due = [self.work_due_at(), untold, strays, goes_on].into_iter().flatten().min()?;
        Some(self.wait.as_ref().map_or(due, |wait| wait.until))
    }

    /// What the open claim is found by; `None` once it is over and people know.
    #[must_use]
    pub fn open_key(&self) -> Option<&'static str> {
        if !self.state.is_over() {
            return Some(self.state.name());
        }
        let left = [(self.is_untold(), "untold"), (!self.strays.is_empty(), "stray"), (self.is_to_go_on(), "going-on")];
        left.into_iter().find_map(|(is_left, key)| is_left.then_some(key))
    }

    /// Whether there is something that people should know and don't.
    #[must_use]
    pub fn is_untold(&self) -> bool {
        self.state.is_told_of() && self.told != Some(self.revision)
    }

    /// Whether telling has failed for so long that it is let go.
    #[must_use]
    pub fn is_telling_given_up(&self, now: Timestamp) -> bool {
        self.updated_at + TELLING_GIVEN_UP_AFTER <= now
    }

    /// The claim with a wait on record: as long as was asked for, and longer with each wait in a row.
    #[must_use]
    pub fn waiting(&self, obstacle: Obstacle, asked: Option<Duration>, now: Timestamp) -> Self {
        let count = self.wait.as_ref().map_or(0, |wait| wait.count) + 1;
        let own = FIRST_WAIT.saturating_mul(1 << (count - 1).min(8)).min(LONGEST_WAIT);
        let wait = Wait { until: later(now, own.max(asked.unwrap_or_default())), count, obstacle: Some(obstacle) };
        Self { wait: Some(wait), ..self.clone() }
    }

    /// The claim after a look at its run that showed nothing new.
    #[must_use]
    pub fn looked_at(&self, now: Timestamp) -> Self {
        self.clone().resting(now + SILENT_RUN_LOOKED_AT_AFTER)
    }

    fn work_due_at(&self) -> Option<Timestamp> {
        match &self.state {
            State::Received | State::Authorized | State::Queued { .. } => Some(self.updated_at + PICKED_UP_WITHIN),
            State::Dispatching { lease_until, .. } => Some(*lease_until),
            State::Reconciling { since, looks } => Some(*since + look_after(*looks)),
            State::Unknown { retry_by: Some(_), .. } => Some(self.updated_at + TOLD_WITHIN),
            State::Dispatched { .. } | State::Started { .. } => Some(self.updated_at + SILENT_RUN_LOOKED_AT_AFTER),
            _ => None,
        }
    }
}

/// Whether a doubt has been looked into often and long enough.
pub(super) fn is_settled(since: Timestamp, looks: u32, now: Timestamp) -> bool {
    usize::try_from(looks).is_ok_and(|looks| looks >= LOOKS_AFTER.len()) && since + SETTLE_WINDOW <= now
}

fn look_after(looks: u32) -> SignedDuration {
    let index = usize::try_from(looks).unwrap_or(usize::MAX).min(LOOKS_AFTER.len() - 1);
    LOOKS_AFTER[index]
}

/// A wait that somebody asks for may be absurd; time in a record stays in range.
fn later(now: Timestamp, by: Duration) -> Timestamp {
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::super::Reconciliation;
    use super::super::tests::{at, dispatched, dispatching, in_every_state, received, unknown};
    use super::*;

    fn minutes(minutes: i64) -> Timestamp {
        at(minutes * 60)
    }

    #[test]
    fn a_doubt_is_looked_into_five_times_over_ten_minutes() {
        let mut claim = dispatching().doubted(at(0)).expect("from dispatching");
        claim.told = Some(claim.revision);
        let mut looks = Vec::new();
        while let State::Reconciling { .. } = claim.state {
            let due = claim.due_at().expect("a doubt is due");
            looks.push(due.duration_since(claim.created_at).as_mins());
            claim = match claim.reconciled(&[], due).expect("in doubt") {
                Reconciliation::NotYet(next) | Reconciliation::GivenUp(next) => next,
                found @ Reconciliation::Found(_) => panic!("there was nothing to find: {found:?}"),
            };
        }
        assert_eq!((looks.as_slice(), claim.state.name()), ([1, 2, 4, 7, 10].as_slice(), "unknown"));
    }

    #[test]
    fn waits_grow_to_ten_minutes_and_are_never_shorter_than_asked_for() {
        let mut claim = received();
        let mut waits = Vec::new();
        for _ in 0..6 {
            claim = claim.waiting(Obstacle::GitHub, None, at(0));
            waits.push(claim.due_at().expect("it waits").duration_since(at(0)).as_mins());
        }
        assert_eq!(waits, [1, 2, 4, 8, 10, 10]);
        let asked = received().waiting(Obstacle::RateLimit, Some(Duration::from_mins(50)), at(0));
        assert_eq!(asked.due_at(), Some(minutes(50)));
        let absurd = received().waiting(Obstacle::RateLimit, Some(Duration::from_secs(u64::MAX)), at(0));
        assert_eq!(absurd.due_at(), Some(Timestamp::MAX));
    }

    #[test]
    fn a_move_ends_the_wait() {
        let waiting = dispatching().waiting(Obstacle::GitHub, None, at(0));
        assert_eq!(waiting.doubted(at(5)).expect("from dispatching").wait, None);
    }

    #[test]
    fn what_is_over_and_told_is_never_due() {
        let refused = received().refused("PAUSED", "x".into(), at(0)).expect("from received");
        assert_eq!((refused.open_key(), refused.due_at()), (Some("untold"), Some(minutes(2))));
        let told = Claim { told: Some(refused.revision), ..refused };
        assert_eq!((told.open_key(), told.due_at()), (None, None));
    }

    #[test]
    fn an_unknown_outcome_waits_for_a_person_and_stays_open() {
        let unknown = unknown();
        let told = Claim { told: Some(unknown.revision), ..unknown };
        assert_eq!((told.open_key(), told.due_at()), (Some("unknown"), None));
        let retried = told.retried("ops", minutes(60)).expect("from unknown");
        assert_eq!(retried.due_at(), Some(minutes(62)));
    }

    #[test]
    fn a_silent_run_is_looked_at_again_and_again() {
        let told = Claim { told: Some(dispatched().revision), ..dispatched() };
        let due = told.due_at().expect("a run is looked at");
        assert_eq!(due, told.updated_at + SILENT_RUN_LOOKED_AT_AFTER);
        assert_eq!(told.looked_at(due).due_at(), Some(due + SILENT_RUN_LOOKED_AT_AFTER));
    }

    #[test]
    fn every_open_key_is_a_states_name_or_untold() {
        for claim in in_every_state() {
            if let Some(key) = claim.open_key() {
                assert!(OPEN_KEYS.contains(&key), "{key}");
            }
        }
    }
}
