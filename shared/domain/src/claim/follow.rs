//! What a run, seen in an event or a list, makes of a claim.
//!
//! Owns which run is the claim's own, and what follows when there is none or more than one. Never starts a run.

use jiff::{SignedDuration, Timestamp};

use super::due::is_settled;
use super::{Claim, ClaimId, Outcome, RunRef, SETTLE_WINDOW, State, WrongState};
use crate::ids::{RepoId, RunId};
use crate::message::RunEvent;
use crate::run::{RunSnapshot, RunStatus};

/// A run that works for so much longer than its jobs may is not ended by GitHub's own limit.
const RUNS_LATE_BY: SignedDuration = SignedDuration::from_mins(15);
/// A run that nobody can be asked about has ended by then.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(24);

/// What a look for the run of a doubtful dispatch found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reconciliation {
    /// A run carries the claim: the claim with that run. Further ones that GitHub started for the one call are its strays,
    /// to be cancelled once this is written: before, the end of one of them would be taken for the claim's own.
    Found(Claim),
    /// None does yet. The claim has not moved; it only remembers the look.
    NotYet(Claim),
    /// None did for so long that the outcome is unknown.
    GivenUp(Claim),
}

impl Claim {
    /// What a run's event makes of the claim; `None` when it is late, repeated, or another run's. A run that starts
    /// before our dispatch is answered, or whose answer was lost, is recognised by the claim id in its title.
    #[must_use]
    pub fn observe(&self, event: &RunEvent) -> Option<Self> {
        if event.repo.id == self.request.repo().id { self.seen(&event.snapshot()) } else { None }
    }

    /// What a run, as GitHub shows it now, makes of the claim; `None` when that is nothing new, or another run. Only a later
    /// attempt of the claim's own run moves it after its end: somebody runs it again.
    #[must_use]
    pub fn seen(&self, snapshot: &RunSnapshot) -> Option<Self> {
        let is_newer = match self.state.run() {
            Some(own) if own.id != snapshot.run.id || own.attempt > snapshot.run.attempt => return None,
            Some(own) => own.attempt < snapshot.run.attempt,
            None if self.state.may_have_run() && self.is_carried_by(snapshot) => true,
            None => return None,
        };
        if !is_newer && self.state.is_over() {
            return None;
        }
        let run = snapshot.run.clone();
        let next = match (&snapshot.status, &self.state) {
            (RunStatus::Waiting, State::Dispatched { .. } | State::Started { .. })
            | (RunStatus::InProgress, State::Started { .. })
                if !is_newer =>
            {
                return None;
            }
            (RunStatus::Waiting, _) => State::Dispatched { run },
            (RunStatus::InProgress, _) => State::Started { run, started_at: snapshot.updated_at },
            (RunStatus::Completed { conclusion }, _) => {
                let started_at = snapshot.started_at.or_else(|| self.started_at().filter(|_| !is_newer));
                State::Ended {
                    outcome: self.outcome_of(&run, conclusion.as_deref(), started_at, snapshot.updated_at),
                    run,
                    started_at,
                    ended_at: snapshot.updated_at,
                }
            }
        };
        Some(self.moved(next, snapshot.updated_at))
    }

    /// Whether somebody runs the claim's own run again after its end: the lock and a slot are to be taken once more.
    #[must_use]
    pub fn is_run_again(&self, next: &Self) -> bool {
        self.state.is_over() && next.state.holds_slot()
    }

    const fn started_at(&self) -> Option<Timestamp> {
        match self.state {
            State::Started { started_at, .. } => Some(started_at),
            _ => None,
        }
    }

    /// Whether a run carries this claim without being its run: GitHub started two for one call, or one showed itself
    /// after the claim was over. Such a run is cancelled; never one that the claim may yet take for its own.
    #[must_use]
    pub fn is_stray(&self, repo: RepoId, snapshot: &RunSnapshot) -> bool {
        if repo != self.request.repo().id || !self.is_carried_by(snapshot) {
            return false;
        }
        let unwanted = match self.state.run() {
            Some(own) => own.id != snapshot.run.id,
            None => self.state.is_over(),
        };
        unwanted && !matches!(snapshot.status, RunStatus::Completed { .. })
    }

    /// What the runs of a repository, as GitHub lists them now, make of a claim in doubt. Of several the lowest id is
    /// kept: every look chooses the same one.
    pub fn reconciled(&self, listed: &[RunSnapshot], now: Timestamp) -> Result<Reconciliation, WrongState> {
        let State::Reconciling { since, looks } = self.state else {
            return Err(self.wrong_state("reconciled"));
        };
        if let Some(next) = self.found_among(listed) {
            return Ok(Reconciliation::Found(next));
        }
        let looks = looks + 1;
        Ok(if is_settled(since, looks, now) {
            Reconciliation::GivenUp(self.moved(self.given_up(now), now))
        } else {
            let state = State::Reconciling { since, looks };
            Reconciliation::NotYet(Self { state, wait: None, ..self.clone() })
        })
    }

    /// The same last look before a person's retry: a run that did start is taken instead.
    #[must_use]
    pub fn found_among(&self, listed: &[RunSnapshot]) -> Option<Self> {
        let mut carriers: Vec<&RunSnapshot> = listed.iter().filter(|run| self.is_carried_by(run)).collect();
        carriers.sort_by_key(|run| run.run.id);
        let (kept, _) = carriers.split_first()?;
        Some(self.seen(kept)?.with_strays(listed))
    }

    /// The claim, remembering the runs of a list that carry it without being its run.
    #[must_use]
    pub fn with_strays(mut self, listed: &[RunSnapshot]) -> Self {
        let here = self.request.repo().id;
        let strays: Vec<RunId> = listed.iter().filter(|run| self.is_stray(here, run)).map(|run| run.run.id).collect();
        self.strays.extend(strays);
        self
    }

    /// The claim after one of its strays was cancelled, or had ended.
    #[must_use]
    pub fn without_stray(&self, run: RunId) -> Self {
        let mut next = self.clone();
        next.strays.remove(&run);
        next
    }

    /// Whether the claim's own run works for longer than its jobs may: GitHub's own limit has failed.
    #[must_use]
    pub fn is_out_of_time(&self, now: Timestamp) -> bool {
        match &self.state {
            State::Started { started_at, .. } => self.run_ends_by(*started_at).is_some_and(|end| end <= now),
            _ => false,
        }
    }

    fn run_ends_by(&self, started_at: Timestamp) -> Option<Timestamp> {
        let minutes = self.order.as_ref()?.max_job_minutes?;
        Some(started_at + SignedDuration::from_mins(minutes.into()) + RUNS_LATE_BY)
    }

    /// How an ended run is called: one that we had to cancel for its time ran out of it. Green is no proof of work where the
    /// run should have asked first, or says itself that it failed.
    fn outcome_of(
        &self,
        run: &RunRef,
        conclusion: Option<&str>,
        started_at: Option<Timestamp>,
        ended_at: Timestamp,
    ) -> Outcome {
        let is_late = started_at.and_then(|started_at| self.run_ends_by(started_at)).is_some_and(|end| end <= ended_at);
        let was_admitted = self.redeemed.is_some_and(|it| (it.run, it.attempt) == (run.id, run.attempt));
        match Outcome::of_conclusion(conclusion) {
            Outcome::Cancelled if is_late => Outcome::TimedOut,
            Outcome::Succeeded if self.is_fenced() && !was_admitted => {
                if self.cancel_by.is_some() {
                    Outcome::Cancelled
                } else {
                    Outcome::NotAdmitted
                }
            }
            Outcome::Succeeded if self.is_reported_failed() => Outcome::reported_failure(),
            outcome => outcome,
        }
    }

    /// What becomes of a claim whose repository, or whose App there, is gone: a doubt can't be resolved by looking any
    /// more, and a run that nobody can be asked about is given up after a day. `None` while there is hope.
    #[must_use]
    pub fn out_of_reach(&self, now: Timestamp) -> Option<Self> {
        match &self.state {
            State::Reconciling { since, .. } if *since + SETTLE_WINDOW <= now => {
                Some(self.moved(self.given_up(now), now))
            }
            State::Dispatched { .. } | State::Started { .. } if self.updated_at + GIVEN_UP_AFTER <= now => {
                self.run_is_gone(now)
            }
            _ => None,
        }
    }

    /// Where a doubt ends that nothing has resolved. Whoever wanted the run cancelled needn't decide once more: should it
    /// still show itself, it is a stray.
    fn given_up(&self, now: Timestamp) -> State {
        match &self.cancel_by {
            Some(by) => State::Dropped { by: by.clone() },
            None => State::Unknown { since: now, retry_by: None },
        }
    }

    /// The claim's own run is no longer there: somebody deleted it. `None` for a claim without a run under way.
    #[must_use]
    pub fn run_is_gone(&self, now: Timestamp) -> Option<Self> {
        let (run, started_at) = match &self.state {
            State::Dispatched { run } => (run.clone(), None),
            State::Started { run, started_at } => (run.clone(), Some(*started_at)),
            _ => return None,
        };
        Some(self.moved(State::Ended { run, outcome: Outcome::Gone, started_at, ended_at: now }, now))
    }

    fn is_carried_by(&self, snapshot: &RunSnapshot) -> bool {
        ClaimId::in_run_title(&snapshot.title) == Some(self.id)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, dispatched, dispatching, event, received, run, unknown};
    use super::*;
    use crate::message::RunAction;

    fn doubted() -> Claim {
        dispatching().doubted(at(2)).expect("from dispatching")
    }

    fn shown(claim: &Claim, id: u64, status: RunStatus) -> RunSnapshot {
        RunSnapshot {
            run: RunRef::first(RunId::new(id), format!("https://github.com/Octo/Hello/actions/runs/{id}")),
            title: format!("AI-Implement ENG-42 [{}]", claim.id),
            status,
            started_at: None,
            updated_at: at(20),
        }
    }

    fn waiting(id: u64) -> RunSnapshot {
        shown(&received(), id, RunStatus::Waiting)
    }

    #[test]
    fn the_runs_own_events_move_the_claim() {
        let started = dispatched().observe(&event(&received(), RunAction::InProgress, None, 10)).expect("it moves");
        assert_eq!(started.state.name(), "started");
        let ended = started.observe(&event(&received(), RunAction::Completed, Some("success"), 99)).expect("it moves");
        assert_eq!(ended.state.name(), "succeeded");
    }

    #[test]
    fn another_runs_events_do_not() {
        let mut other = event(&received(), RunAction::Completed, Some("success"), 99);
        other.run = RunId::new(32);
        assert_eq!(dispatched().observe(&other), None);
        let mut elsewhere = event(&received(), RunAction::Completed, Some("success"), 99);
        elsewhere.repo.id = RepoId::new(8);
        assert_eq!(dispatched().observe(&elsewhere), None);
    }

    #[test]
    fn a_run_whose_answer_was_lost_is_recognised_by_its_title() {
        for claim in [dispatching(), doubted(), unknown()] {
            let found = claim.observe(&event(&received(), RunAction::Requested, None, 3)).expect("it moves");
            assert_eq!(found.state, State::Dispatched { run: run() });
        }
        let mut untitled = event(&received(), RunAction::Requested, None, 3);
        untitled.title = "AI-Implement ENG-42".into();
        assert_eq!(doubted().observe(&untitled), None);
    }

    #[test]
    fn one_run_in_the_list_is_the_claims() {
        let listed = [shown(&received(), 31, RunStatus::InProgress)];
        let Ok(Reconciliation::Found(next)) = doubted().reconciled(&listed, at(60)) else { panic!("found") };
        assert_eq!((next.state.name(), next.strays.len()), ("started", 0));
    }

    #[test]
    fn of_several_the_lowest_is_kept_whatever_the_order() {
        for listed in [[waiting(31), waiting(30)], [waiting(30), waiting(31)]] {
            let Ok(Reconciliation::Found(next)) = doubted().reconciled(&listed, at(60)) else { panic!("found") };
            assert_eq!((next.state.run().expect("a run").id, &next.strays), (RunId::new(30), &[RunId::new(31)].into()));
            let told = Claim { told: Some(next.revision), ..next };
            assert_eq!(told.due_at(), Some(told.updated_at), "a stray is due at once");
            let rid = told.without_stray(RunId::new(31));
            assert!(rid.strays.is_empty() && rid.due_at() > Some(rid.updated_at));
        }
    }

    #[test]
    fn runs_of_others_are_none() {
        let mut other = waiting(31);
        other.title = "AI-Implement ENG-42 [01JDWZ7Y0000000000000000ZZ]".into();
        assert!(matches!(doubted().reconciled(&[other], at(60)), Ok(Reconciliation::NotYet(_))));
        assert!(dispatched().reconciled(&[], at(60)).is_err());
    }

    #[test]
    fn a_second_run_and_a_run_of_a_dropped_claim_are_strays() {
        let here = received().request.repo().id;
        let dropped = unknown().dropped("ops", at(9_000)).expect("from unknown");
        for (claim, id, stray) in [
            (dispatched(), 32, true),
            (dispatched(), 31, false),
            (dropped, 31, true),
            (unknown(), 31, false),
            (doubted(), 31, false),
            (dispatching(), 31, false),
            (received(), 31, false),
        ] {
            assert_eq!(claim.is_stray(here, &waiting(id)), stray, "{} {id}", claim.state.name());
        }
        assert!(!dispatched().is_stray(RepoId::new(8), &waiting(32)));
        let ended = shown(&received(), 32, RunStatus::Completed { conclusion: None });
        assert!(!dispatched().is_stray(here, &ended), "what has ended can't be cancelled");
    }

    #[test]
    fn a_stray_keeps_a_claim_open_that_is_over() {
        let dropped = unknown().dropped("ops", at(9_000)).expect("from unknown");
        let told = Claim { told: Some(dropped.revision), ..dropped };
        assert_eq!(told.open_key(), None);
        let found = told.with_strays(&[waiting(31)]);
        assert_eq!((found.open_key(), found.due_at()), (Some("stray"), Some(found.updated_at)));
    }

    #[test]
    fn a_run_that_we_cancel_for_its_time_has_timed_out() {
        let mut claim = dispatched();
        claim.order.as_mut().expect("an order").max_job_minutes = Some(90);
        let started = claim.seen(&shown(&claim, 31, RunStatus::InProgress)).expect("it moves");
        let late = at(20) + SignedDuration::from_mins(105);
        assert!(!started.is_out_of_time(at(90 * 60)) && started.is_out_of_time(late));
        let cancelled = |updated_at| RunSnapshot {
            updated_at,
            ..shown(&claim, 31, RunStatus::Completed { conclusion: Some("cancelled".into()) })
        };
        let end = |at| started.seen(&cancelled(at)).expect("it moves").state.name();
        assert_eq!((end(at(60)), end(late)), ("cancelled", "timed-out"));
    }

    #[test]
    fn what_is_out_of_reach_ends_in_time() {
        let day = at(2) + GIVEN_UP_AFTER;
        assert_eq!(doubted().out_of_reach(at(3)), None);
        assert_eq!(doubted().out_of_reach(at(2) + SETTLE_WINDOW).expect("in doubt").state.name(), "unknown");
        let cancelled = Claim { cancel_by: Some("writer".into()), ..doubted() };
        assert_eq!(cancelled.out_of_reach(at(2) + SETTLE_WINDOW).expect("in doubt").state.name(), "dropped");
        assert_eq!(dispatched().out_of_reach(at(9_000)), None);
        assert_eq!(dispatched().out_of_reach(day).expect("under way").state.name(), "gone");
        assert_eq!(received().out_of_reach(day), None);
    }

    #[test]
    fn a_deleted_run_has_ended() {
        assert_eq!(dispatched().run_is_gone(at(50)).expect("a run was under way").state.name(), "gone");
        assert_eq!(received().run_is_gone(at(50)), None);
    }
}
