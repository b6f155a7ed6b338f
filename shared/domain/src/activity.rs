//! What a day's requests for a run came to, and how long people waited for their dispatch.
//!
//! Owns which state counts as what, what a rate of success is, and from when to when a wait lasts. A tally is made anew from
//! everything that belongs to it, and never counted on. Never reads a table or a clock.

mod waits;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use self::waits::Waits;
use crate::claim::Claim;
use crate::request::Request;

/// What became of one request for a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// Its run was green, and had asked where it has to.
    Succeeded,
    /// Its run was red.
    Failed,
    /// Its run was stopped by a time limit.
    TimedOut,
    /// Somebody took it back, or stopped its run.
    Cancelled,
    /// There was no run, and the reason was told.
    Refused,
    /// Its run is gone, or was green without having been admitted: nobody knows what it did.
    Unclear,
    /// It is not over yet.
    Open,
}

/// One request for a run, as a tally counts it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// What became of it.
    pub fate: Fate,
    /// From when somebody waited: see [`waits_since`].
    pub asked_at: Timestamp,
    /// When a run of it was first on record.
    pub dispatched_at: Option<Timestamp>,
}

/// So many requests, by what became of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Runs {
    /// [`Fate::Succeeded`]
    pub succeeded: u32,
    /// [`Fate::Failed`]
    pub failed: u32,
    /// [`Fate::TimedOut`]
    pub timed_out: u32,
    /// [`Fate::Cancelled`]
    pub cancelled: u32,
    /// [`Fate::Refused`]
    pub refused: u32,
    /// [`Fate::Unclear`]
    pub unclear: u32,
    /// [`Fate::Open`]
    pub open: u32,
}

/// A day, or several.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// What became of the requests.
    pub runs: Runs,
    /// How long it took from the request to the dispatch, of those that were dispatched.
    pub waits: Waits,
}

/// From when somebody waits for the claim's run: from the comment, where a person wrote it for that run, else from the
/// claim's beginning. An implementation that follows its plan by itself was asked for when the plan ended.
#[must_use]
pub fn waits_since(claim: &Claim) -> Timestamp {
    match &claim.request {
        Request::Comment(command) if command.after.is_none() => command.commented_at,
        Request::Comment(_) | Request::Api(_) => claim.created_at,
    }
}

impl Fate {
    /// What a state's name stands for; `None` for words only, and for a name of another release.
    #[must_use]
    pub fn of_state(name: &str) -> Option<Self> {
        Some(match name {
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "timed-out" => Self::TimedOut,
            "cancelled" | "withdrawn" | "dropped" => Self::Cancelled,
            "refused" => Self::Refused,
            "gone" | "not-admitted" => Self::Unclear,
            "received" | "authorized" | "queued" | "dispatching" | "reconciling" | "unknown" | "dispatched"
            | "started" => Self::Open,
            _ => return None,
        })
    }
}

impl Runs {
    /// All of them.
    #[must_use]
    pub const fn total(&self) -> u32 {
        let Self { succeeded, failed, timed_out, cancelled, refused, unclear, open } = *self;
        succeeded + failed + timed_out + cancelled + refused + unclear + open
    }

    /// The part of the runs that succeeded, from 0 to 1, among those that came to an end by themselves: what was taken back,
    /// refused or lost sight of says nothing about a run's work. `None` where there were none.
    #[must_use]
    pub fn success_rate(&self) -> Option<f64> {
        let ended = self.succeeded + self.failed + self.timed_out;
        (ended > 0).then(|| f64::from(self.succeeded) / f64::from(ended))
    }

    const fn of(&mut self, fate: Fate) -> &mut u32 {
        match fate {
            Fate::Succeeded => &mut self.succeeded,
            Fate::Failed => &mut self.failed,
            Fate::TimedOut => &mut self.timed_out,
            Fate::Cancelled => &mut self.cancelled,
            Fate::Refused => &mut self.refused,
            Fate::Unclear => &mut self.unclear,
            Fate::Open => &mut self.open,
        }
    }
}

impl Tally {
    /// The tally of these requests.
    #[must_use]
    pub fn of(entries: impl IntoIterator<Item = Entry>) -> Self {
        let mut tally = Self::default();
        for Entry { fate, asked_at, dispatched_at } in entries {
            *tally.runs.of(fate) += 1;
            if let Some(dispatched_at) = dispatched_at {
                tally.waits.add(dispatched_at.duration_since(asked_at));
            }
        }
        tally
    }

    /// Both together.
    pub fn take_in(&mut self, other: &Self) {
        let fates =
            [Fate::Succeeded, Fate::Failed, Fate::TimedOut, Fate::Cancelled, Fate::Refused, Fate::Unclear, Fate::Open];
        let mut others = other.runs;
        for fate in fates {
            *self.runs.of(fate) += *others.of(fate);
        }
        self.waits.take_in(&other.waits);
    }
}

#[cfg(test)]
mod tests {
    use jiff::SignedDuration;

    use super::*;
    use crate::claim::tests::{at, command_of, in_every_state, received};
    use crate::claim::{ClaimId, State};

    fn entry(fate: Fate, waited: Option<i64>) -> Entry {
        Entry { fate, asked_at: at(0), dispatched_at: waited.map(at) }
    }

    #[test]
    fn every_state_of_a_request_for_a_run_has_its_fate() {
        for claim in in_every_state() {
            let fate = Fate::of_state(claim.state.name());
            assert_eq!(fate.is_none(), matches!(claim.state, State::Answered { .. }), "{}", claim.state.name());
            if let Some(fate) = fate {
                assert_eq!(fate == Fate::Open, !claim.state.is_over(), "{}", claim.state.name());
            }
        }
        assert_eq!(Fate::of_state("not-admitted"), Some(Fate::Unclear));
        assert_eq!(Fate::of_state("withdrawn"), Some(Fate::Cancelled));
        assert_eq!(Fate::of_state("of another release"), None);
    }

    #[test]
    fn a_rate_of_success_is_of_runs_that_ended_by_themselves() {
        let runs = Runs { succeeded: 3, failed: 1, timed_out: 2, cancelled: 50, refused: 60, unclear: 70, open: 80 };
        assert_eq!((runs.total(), runs.success_rate()), (266, Some(0.5)));
        assert_eq!(Runs { refused: 9, ..Runs::default() }.success_rate(), None);
    }

    #[test]
    fn a_tally_counts_each_fate_and_each_wait_once() {
        let day = Tally::of([
            entry(Fate::Succeeded, Some(2)),
            entry(Fate::Failed, Some(4)),
            entry(Fate::Refused, None),
            entry(Fate::Open, None),
        ]);
        assert_eq!(day.runs, Runs { succeeded: 1, failed: 1, refused: 1, open: 1, ..Runs::default() });
        assert_eq!(day.waits.count(), 2);
    }

    #[test]
    fn days_together_are_the_tally_of_all_their_requests() {
        let fates =
            [Fate::Succeeded, Fate::Failed, Fate::TimedOut, Fate::Cancelled, Fate::Refused, Fate::Unclear, Fate::Open];
        let first: Vec<Entry> = (0..).zip(fates).map(|(second, fate)| entry(fate, Some(second))).collect();
        let second: Vec<Entry> = fates.map(|fate| entry(fate, Some(900))).into();
        let mut both = Tally::of(first.clone());
        both.take_in(&Tally::of(second.clone()));
        assert_eq!(both, Tally::of(first.into_iter().chain(second)));
    }

    #[test]
    fn a_wait_begins_with_the_comment_that_was_written_for_it() {
        let mut claim = received();
        claim.created_at = at(60);
        assert_eq!(waits_since(&claim), at(0), "the queue's delay counts");
        command_of(&mut claim).after = Some(ClaimId::from_parts(1, 1));
        assert_eq!(waits_since(&claim), at(60), "the plan's time doesn't");
    }

    #[test]
    fn a_tally_survives_its_record() {
        let tally = Tally::of([entry(Fate::Succeeded, Some(2)), entry(Fate::Open, None)]);
        let text = serde_json::to_string(&tally).expect("plain JSON");
        assert_eq!(serde_json::from_str::<Tally>(&text).expect("its own form"), tally);
        assert_eq!(tally.waits.at_percent(50), Some(SignedDuration::from_secs(2)));
    }
}
