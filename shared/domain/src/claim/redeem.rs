//! Redemption: a run proves itself before it acts, and only the first run of a claim is admitted.
//!
//! Owns which run is admitted from which state. Never verifies who a run is: that is done before. Whatever else GitHub
//! started for the claim is a stray from here on.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Claim, RunRef, State};
use crate::ids::RunId;

/// The run that was admitted, in the attempt that was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Redemption {
    /// Which run.
    pub run: RunId,
    /// Which attempt of it.
    pub attempt: u32,
    /// When.
    pub at: Timestamp,
}

/// A run that may act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Admitted {
    /// From now on: the claim as it is to be written before the run is told.
    Now(Box<Claim>),
    /// It was admitted before, and asks again.
    Before,
}

/// Why a run may not act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum NotAdmitted {
    /// The claim is another run's.
    #[error("another run answers this claim; this one has nothing to do")]
    AnotherRun,
    /// The earlier attempt of the same run is not known to have ended.
    #[error("the run's earlier attempt is not known to have ended; ask again in a moment")]
    EarlierAttempt,
    /// Nothing was dispatched for the claim.
    #[error("nothing was dispatched for this claim")]
    NotDispatched,
    /// The claim is over, or somebody wants its run cancelled.
    #[error("the claim is over: it was cancelled, or its run has ended")]
    Over,
}

impl Claim {
    /// Whether this run, in this attempt, may act on the claim.
    pub fn redeem(&self, run: &RunRef, now: Timestamp) -> Result<Admitted, NotAdmitted> {
        let is_wanted_again = |own: &RunRef| own.id == run.id && own.attempt < run.attempt;
        match &self.state {
            // Whoever runs it again wants it, whatever was wanted before.
            State::Ended { run: own, .. } if is_wanted_again(own) => Ok(self.admit(run, now)),
            State::Ended { run: own, .. } if own.id != run.id => Err(NotAdmitted::AnotherRun),
            state if state.is_over() || self.cancel_by.is_some() => Err(NotAdmitted::Over),
            State::Dispatched { run: own } | State::Started { run: own, .. } => self.redeem_beside(own, run, now),
            state if state.may_have_run() => Ok(self.admit(run, now)),
            _ => Err(NotAdmitted::NotDispatched),
        }
    }

    /// A claim that knows a run already: that one, or the first of several that asks.
    fn redeem_beside(&self, own: &RunRef, run: &RunRef, now: Timestamp) -> Result<Admitted, NotAdmitted> {
        if own.id != run.id {
            return if self.is_redeemed() { Err(NotAdmitted::AnotherRun) } else { Ok(self.admit(run, now)) };
        }
        if own.attempt < run.attempt {
            return Err(NotAdmitted::EarlierAttempt);
        }
        if own.attempt > run.attempt {
            return Err(NotAdmitted::Over);
        }
        Ok(if self.is_redeemed() { Admitted::Before } else { self.admit(run, now) })
    }

    fn admit(&self, run: &RunRef, now: Timestamp) -> Admitted {
        let mut next = self.moved(State::Started { run: run.clone(), started_at: now }, now);
        next.redeemed = Some(Redemption { run: run.id, attempt: run.attempt, at: now });
        next.strays.remove(&run.id);
        next.strays.extend(self.state.run().map(|own| own.id).filter(|own| *own != run.id));
        (next.report, next.progress) = (None, None);
        Admitted::Now(Box::new(next))
    }

    /// Whether the claim's own run was admitted, in the attempt that it is in.
    #[must_use]
    pub fn is_redeemed(&self) -> bool {
        let admitted = self.redeemed.map(|it| (it.run, it.attempt));
        admitted.is_some() && admitted == self.state.run().map(|own| (own.id, own.attempt))
    }

    /// Whether its workflow admits no run that doesn't ask.
    #[must_use]
    pub fn is_fenced(&self) -> bool {
        self.order.as_ref().is_some_and(|order| order.is_fenced)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, dispatched, dispatching, event, in_every_state, received, run, unknown};
    use super::*;
    use crate::message::RunAction;

    fn other() -> RunRef {
        RunRef::first(RunId::new(32), "https://github.com/Octo/Hello/actions/runs/32".into())
    }

    fn admitted(claim: &Claim, run: &RunRef) -> Claim {
        match claim.redeem(run, at(30)) {
            Ok(Admitted::Now(next)) => *next,
            otherwise => panic!("{}: {otherwise:?}", claim.state.name()),
        }
    }

    fn ended(claim: &Claim) -> Claim {
        claim.observe(&event(&received(), RunAction::Completed, Some("success"), 99)).expect("it moves")
    }

    #[test]
    fn a_run_may_ask_before_our_own_answer_is_on_record() {
        let doubted = dispatching().doubted(at(2)).expect("from dispatching");
        for claim in [dispatching(), doubted, dispatched(), unknown()] {
            let next = admitted(&claim, &run());
            assert_eq!((next.state.name(), next.is_redeemed()), ("started", true), "{}", claim.state.name());
            assert!(next.strays.is_empty());
        }
    }

    #[test]
    fn the_first_run_that_asks_is_the_claims_and_the_other_a_stray() {
        let first = admitted(&dispatched(), &other());
        assert_eq!(first.state.run().map(|run| run.id), Some(RunId::new(32)));
        assert_eq!(first.strays, [RunId::new(31)].into());
        assert_eq!(first.redeem(&run(), at(31)), Err(NotAdmitted::AnotherRun));
        assert_eq!(ended(&admitted(&dispatched(), &run())).redeem(&other(), at(100)), Err(NotAdmitted::AnotherRun));
    }

    #[test]
    fn who_asks_again_is_told_the_same() {
        let first = admitted(&dispatched(), &run());
        assert_eq!(first.redeem(&run(), at(40)), Ok(Admitted::Before));
    }

    #[test]
    fn a_run_that_is_run_again_is_admitted_when_its_earlier_attempt_has_ended() {
        let first = admitted(&dispatched(), &run());
        let again = RunRef { attempt: 2, ..run() };
        assert_eq!(first.redeem(&again, at(40)), Err(NotAdmitted::EarlierAttempt));
        let second = admitted(&ended(&first), &again);
        assert_eq!((second.state.run(), second.is_redeemed()), (Some(&again), true));
        assert_eq!(second.redeem(&run(), at(120)), Err(NotAdmitted::Over), "its first attempt has ended");
        assert_eq!(ended(&first).redeem(&run(), at(120)), Err(NotAdmitted::Over));
    }

    #[test]
    fn a_run_that_somebody_wants_cancelled_is_not_admitted() {
        for claim in [dispatching(), dispatched()] {
            let super::super::Cancelled::Asked(asked) = claim.cancelled("writer", at(5)) else { panic!("asked") };
            assert_eq!(asked.redeem(&run(), at(6)), Err(NotAdmitted::Over));
        }
    }

    #[test]
    fn no_other_state_admits_a_run() {
        for claim in in_every_state() {
            let verdict = claim.redeem(&other(), at(9_000));
            let may = claim.state.may_have_run() && claim.cancel_by.is_none();
            assert_eq!(verdict.is_ok(), may, "{}: {verdict:?}", claim.state.name());
        }
    }

    #[test]
    fn only_the_admitted_runs_events_move_the_claim() {
        let first = admitted(&dispatched(), &other());
        assert_eq!(
            first.observe(&event(&received(), RunAction::Completed, Some("success"), 99)),
            None,
            "it is run 31's"
        );
    }

    #[test]
    fn a_fenced_run_that_never_asked_has_not_succeeded() {
        let mut claim = dispatched();
        claim.order.as_mut().expect("an order").is_fenced = true;
        assert_eq!(ended(&claim).state.name(), "not-admitted");
        assert_eq!(ended(&admitted(&claim, &run())).state.name(), "succeeded");
    }
}
