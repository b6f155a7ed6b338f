//! A worker with the claim in its hands: from reading it to telling how it stands.
//!
//! Owns which step follows from where the claim stands. Whatever fails is abandoned: the queue or the sweeper hands the
//! claim over again. Never takes a step itself: that is `dispatch`'s, `look`'s, `event`'s and `stray`'s.

use super::github::{self, Answer};
use super::table::Wire;
use super::{dispatch, event, look, stray};
use crate::rules::{Rules, Without};
use crate::state::{Event, Finding, RunId, RunSet, Stage, State, Step, Worker, WorkerId};

/// A worker's step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// The queue hands the claim over: for the first time, again, or because the sweeper found it due.
    Read,
    /// The queue hands a run's event over: the claim is read, and what the event makes of it is decided.
    Hear(RunId, Event),
    /// The claim is given up: it is closed in one write, or brought into doubt where a call may have been made.
    LastWord,
    Intend(Wire),
    ReadBack,
    Call(Answer),
    Record(Finding, Wire),
    /// GitHub lists some of the runs that there are: a listing may lag by any time.
    Look(RunSet),
    /// GitHub shows the claim's run, and lists some of the others.
    LookAtRun(RunSet),
    Follow,
    Note,
    Cancel,
    Strike,
    Tell,
    /// It dies, or its message's time is over.
    Crash,
}

/// What this worker may do next. Where a lost answer and a crash come to the same, there is the crash only.
pub(super) fn possible(rules: &Rules, state: &State, id: WorkerId, mut may: impl FnMut(Move)) {
    match state.worker(id).step {
        Step::Idle => {
            may(Move::Read);
            event::possible(state, |run, event| may(Move::Hear(run, event)));
            return may(Move::LastWord);
        }
        Step::Intend => Wire::ALL.into_iter().for_each(|wire| may(Move::Intend(wire))),
        Step::ReadBack => may(Move::ReadBack),
        Step::Call => github::answers(rules, state, |answer| may(Move::Call(answer))),
        Step::Record(finding) => Wire::ALL.into_iter().for_each(|wire| may(Move::Record(finding, wire))),
        Step::Look => state.shown().subsets().for_each(|runs| may(Move::Look(runs))),
        Step::LookAtRun => look::unlisted(rules, state).subsets().for_each(|runs| may(Move::LookAtRun(runs))),
        Step::Follow { .. } => may(Move::Follow),
        Step::Note(_) => may(Move::Note),
        Step::Cancel | Step::CancelFirst { .. } => may(Move::Cancel),
        Step::Strike(_) => may(Move::Strike),
        Step::Tell => may(Move::Tell),
    }
    may(Move::Crash);
}

/// Takes one of them.
pub(super) fn take(rules: &Rules, state: &mut State, id: WorkerId, it: Move) {
    let next = match it {
        Move::Read => read(rules, state, id),
        Move::Hear(run, event) => event::hear(rules, state, id, run, event),
        Move::LastWord => return last_word(rules, state),
        Move::Intend(wire) => dispatch::intend(rules, state, id, wire),
        Move::ReadBack => dispatch::read_back(state, id),
        Move::Call(answer) => Some(github::call(state, answer)),
        Move::Record(finding, wire) => dispatch::record(rules, state, id, finding, wire),
        Move::Look(runs) => Some(look::look(rules, state, id, runs)),
        Move::LookAtRun(others) => look::at_run(rules, state, id, others),
        Move::Follow => event::follow(rules, state, id),
        Move::Note => stray::note(rules, state, id),
        Move::Cancel => stray::cancel(state, id),
        Move::Strike => stray::strike(rules, state, id),
        Move::Tell => {
            state.claim.told |= state.worker(id).current;
            None
        }
        Move::Crash => None,
    };
    go_on(state, id, next);
}

/// Goes on with a step on the same reading, or lets the claim go; a nonce is nobody's then.
fn go_on(state: &mut State, id: WorkerId, next: Option<Step>) {
    let was = state.worker(id);
    state.workers[usize::from(id.0)] = next.map_or(Worker::IDLE, |step| Worker { step, ..was });
    if next.is_none() && state.claim.writer == Some(id) {
        state.claim.writer = None;
    }
}

fn read(rules: &Rules, state: &mut State, id: WorkerId) -> Option<Step> {
    state.read(id);
    let claim = state.claim;
    match claim.stage {
        Stage::Received | Stage::Authorized if rules.lacks(Without::IntentFirst) => Some(Step::Call),
        Stage::Received | Stage::Authorized => Some(Step::Intend),
        Stage::Dispatching if !claim.is_due() => None,
        Stage::Dispatching if rules.lacks(Without::DoubtAfterLease) => Some(Step::Intend),
        Stage::Dispatching => Some(Step::Record(Finding::Doubt)),
        Stage::Reconciling { .. } if rules.lacks(Without::Looks) => None,
        // A person's retry has a last look before it, too.
        Stage::Reconciling { .. } | Stage::Unknown { retry: true } => Some(Step::Look),
        Stage::Dispatched(_) | Stage::Started(_) if !rules.lacks(Without::RunLooks) => Some(Step::LookAtRun),
        Stage::Dispatched(_) | Stage::Started(_) => stray::left(claim.strays),
        _ if !claim.told => Some(Step::Tell),
        _ => stray::left(claim.strays),
    }
}

fn last_word(rules: &Rules, state: &mut State) {
    match state.claim.stage {
        Stage::Received | Stage::Authorized | Stage::Unknown { retry: true } => state.advance(rules, Stage::Refused),
        Stage::Dispatching => state.advance(rules, Stage::Reconciling { looks: 0 }),
        _ => {}
    }
}
