//! Redemption: a run proves itself before it acts, and one run of a claim is admitted.
//!
//! Owns which run is admitted from which state: the one that the claim names, or the first that asks while it names none.
//! Whoever is turned away stays away, because a run beside the named one may be about to be cancelled, and the named one may
//! work without asking. Never verifies who a run is: that is done before.

use std::cmp::Ordering;

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
            State::Dispatched { run: own } | State::Started { run: own, .. } => self.redeem_as(own, run, now),
            state if state.may_have_run() => Ok(self.admit(run, now)),
            _ => Err(NotAdmitted::NotDispatched),
        }
    }

    /// A claim that knows its run, as it asks or another does.
    fn redeem_as(&self, own: &RunRef, run: &RunRef, now: Timestamp) -> Result<Admitted, NotAdmitted> {
        if own.id != run.id {
            return Err(NotAdmitted::AnotherRun);
        }
        match own.attempt.cmp(&run.attempt) {
            Ordering::Less => Err(NotAdmitted::EarlierAttempt),
            Ordering::Greater => Err(NotAdmitted::Over),
            Ordering::Equal if self.is_redeemed() => Ok(Admitted::Before),
            Ordering::Equal => Ok(self.admit(run, now)),
        }
    }

    fn admit(&self, run: &RunRef, now: Timestamp) -> Admitted {
        let mut next = self.moved(State::Started { run: run.clone(), started_at: now }, now);
        next.redeemed = Some(Redemption { run: run.id, attempt: run.attempt, at: now });
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
    use proptest::prelude::*;

    use super::super::tests::{at, dispatched, dispatching, event, in_every_state, received, run, unknown};
    use super::super::{Cancelled, Reconciliation, SETTLE_WINDOW};
    use super::*;
    use crate::message::RunAction;
    use crate::run::{RunSnapshot, RunStatus};

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

    fn doubted() -> Claim {
        dispatching().doubted(at(2)).expect("from dispatching")
    }

    fn shown(run: RunRef, status: RunStatus) -> RunSnapshot {
        let title = format!("AI-Implement ENG-42 [{}]", received().id);
        RunSnapshot { run, title, status, started_at: None, updated_at: at(20) }
    }

    #[test]
    fn a_run_may_ask_before_our_own_answer_is_on_record() {
        for claim in [dispatching(), doubted(), dispatched(), unknown()] {
            let next = admitted(&claim, &run());
            assert_eq!((next.state.name(), next.is_redeemed()), ("started", true), "{}", claim.state.name());
            assert!(next.strays.is_empty());
        }
    }

    #[test]
    fn while_no_run_is_known_the_first_that_asks_is_the_claims_and_the_other_a_stray() {
        for claim in [dispatching(), doubted(), unknown()] {
            let first = admitted(&claim, &other());
            assert_eq!(first.redeem(&run(), at(31)), Err(NotAdmitted::AnotherRun));
            let noted =
                first.with_strays(&[shown(run(), RunStatus::InProgress), shown(other(), RunStatus::InProgress)]);
            assert_eq!(noted.strays, [run().id].into());
        }
    }

    #[test]
    fn no_run_is_admitted_beside_the_one_that_is_named_whether_that_one_has_asked_or_not() {
        let started = dispatched().seen(&shown(run(), RunStatus::InProgress)).expect("it moves");
        for named in [dispatched(), started, admitted(&dispatched(), &run()), ended(&admitted(&dispatched(), &run()))] {
            assert_eq!(named.redeem(&other(), at(100)), Err(NotAdmitted::AnotherRun), "{}", named.state.name());
        }
    }

    #[test]
    fn a_stray_is_not_admitted_while_it_is_cancelled_nor_when_github_has_taken_that() {
        let noted = dispatched().with_strays(&[shown(other(), RunStatus::InProgress)]);
        assert_eq!(noted.strays, [other().id].into());
        for claim in [noted.clone(), noted.without_stray(other().id)] {
            assert_eq!(claim.redeem(&other(), at(30)), Err(NotAdmitted::AnotherRun));
        }
    }

    #[test]
    fn a_run_that_is_run_again_leaves_no_gap_for_another() {
        let first = ended(&admitted(&dispatched(), &run()));
        let again = RunRef { attempt: 2, ..run() };
        for status in [RunStatus::Waiting, RunStatus::InProgress] {
            let waiting = first.seen(&shown(again.clone(), status)).expect("a later attempt");
            assert_eq!(waiting.redeem(&other(), at(120)), Err(NotAdmitted::AnotherRun));
            assert_eq!(admitted(&waiting, &again).state.run(), Some(&again));
        }
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
            let Cancelled::Asked(asked) = claim.cancelled("writer", at(5)) else { panic!("asked") };
            assert_eq!(asked.redeem(&run(), at(6)), Err(NotAdmitted::Over));
        }
    }

    #[test]
    fn no_other_state_admits_a_run() {
        for claim in in_every_state() {
            let verdict = claim.redeem(&other(), at(9_000));
            let may = claim.state.may_have_run() && claim.state.run().is_none();
            assert_eq!(verdict.is_ok(), may, "{}: {verdict:?}", claim.state.name());
        }
    }

    #[test]
    fn only_the_admitted_runs_events_move_the_claim() {
        let first = admitted(&doubted(), &other());
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

    /// What may happen to a claim whose call started two runs, either of which may be run again.
    #[derive(Debug, Clone)]
    enum Happening {
        Answered(RunRef),
        Doubted,
        Looked(Vec<RunRef>),
        Seen(RunRef, RunStatus),
        Redeemed(RunRef),
        Cancelled,
        Retried,
        Struck,
    }

    fn a_run() -> impl Strategy<Value = RunRef> {
        let runs = [run(), other()].into_iter().flat_map(|run| [1, 2].map(|attempt| RunRef { attempt, ..run.clone() }));
        proptest::sample::select(runs.collect::<Vec<_>>())
    }

    fn a_happening() -> impl Strategy<Value = Happening> {
        let green = RunStatus::Completed { conclusion: Some("success".into()) };
        let statuses = proptest::sample::select(vec![RunStatus::Waiting, RunStatus::InProgress, green]);
        prop_oneof![
            1 => a_run().prop_map(Happening::Answered),
            1 => Just(Happening::Doubted),
            1 => proptest::collection::vec(a_run(), 0..3).prop_map(Happening::Looked),
            4 => (a_run(), statuses).prop_map(|(run, status)| Happening::Seen(run, status)),
            4 => a_run().prop_map(Happening::Redeemed),
            1 => Just(Happening::Cancelled),
            1 => Just(Happening::Retried),
            1 => Just(Happening::Struck),
        ]
    }

    /// The claim after it; as it was where nothing comes of it.
    fn after(claim: &Claim, happening: &Happening) -> Claim {
        let now = claim.updated_at + SETTLE_WINDOW;
        let next = match happening {
            Happening::Answered(run) => claim.dispatched(run.clone(), now).ok(),
            Happening::Doubted => claim.doubted(now).ok(),
            Happening::Looked(runs) => {
                let listed: Vec<_> = runs.iter().map(|run| shown(run.clone(), RunStatus::InProgress)).collect();
                match claim.reconciled(&listed, now) {
                    Ok(Reconciliation::Found(next) | Reconciliation::NotYet(next) | Reconciliation::GivenUp(next)) => {
                        Some(next)
                    }
                    Err(_) => Some(claim.clone().with_strays(&listed)),
                }
            }
            Happening::Seen(run, status) => claim.seen(&shown(run.clone(), status.clone())),
            Happening::Redeemed(run) => match claim.redeem(run, now) {
                Ok(Admitted::Now(next)) => Some(*next),
                Ok(Admitted::Before) | Err(_) => None,
            },
            Happening::Cancelled => match claim.cancelled("writer", now) {
                Cancelled::Withdrawn(next) | Cancelled::Asked(next) => Some(next),
                Cancelled::Already | Cancelled::Over => None,
            },
            Happening::Retried => claim.retried("ops", now).ok(),
            Happening::Struck => claim.strays.first().map(|run| claim.without_stray(*run)),
        };
        next.unwrap_or_else(|| claim.clone())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn whatever_happens_one_run_is_admitted_and_stays_the_claims(
            story in proptest::collection::vec(a_happening(), 0..24),
        ) {
            let (mut claim, mut admitted) = (dispatching(), None);
            let mut unwanted = std::collections::BTreeSet::new();
            for happening in &story {
                claim = after(&claim, happening);
                let own = claim.state.run().map(|run| run.id);
                unwanted.extend(claim.strays.iter().copied().filter(|run| Some(*run) != own));
                if let Some(redeemed) = claim.redeemed {
                    prop_assert_eq!(redeemed.run, *admitted.get_or_insert(redeemed.run), "one run is admitted");
                    prop_assert_eq!(own, Some(redeemed.run), "and the claim stays with it");
                    prop_assert!(!unwanted.contains(&redeemed.run), "it was never about to be cancelled as another's");
                }
            }
        }
    }
}
