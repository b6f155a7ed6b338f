//! A worker with the claim in its hands: from reading it to telling how it stands.
//!
//! Owns the order of the steps. Whatever fails is abandoned: the queue or the sweeper hands the claim over again, and
//! what is left to do follows from its stage alone. Never calls GitHub without an intent of its own on record.

use std::fmt;

use super::github::{self, Answer};
use super::run;
use super::table::{Wire, Written};
use crate::rules::{Rules, Without};
use crate::state::{Finding, Kept, LOOKS, RunId, RunSet, Stage, State, Step, Worker, WorkerId};

/// A worker's step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Move {
    /// The queue hands the claim over: for the first time, again, or because the sweeper found it due.
    Read,
    /// The claim is given up: it is closed in one write, or brought into doubt where a call may have been made.
    LastWord,
    Intend(Wire),
    ReadBack,
    Call(Answer),
    Record(Finding, Wire),
    /// GitHub lists some of the runs that there are: a listing may lag by any time.
    Look(RunSet),
    Cancel(Wire),
    Tell,
    /// It dies, or its message's time is over.
    Crash,
}

/// What this worker may do next.
pub(super) fn possible(rules: &Rules, state: &State, id: WorkerId, mut may: impl FnMut(Move)) {
    let step = state.worker(id).step;
    match step {
        Step::Idle => {
            may(Move::Read);
            return may(Move::LastWord);
        }
        Step::Intend => Wire::ALL.into_iter().for_each(|wire| may(Move::Intend(wire))),
        Step::ReadBack => may(Move::ReadBack),
        Step::Call => github::answers(rules, state, |answer| may(Move::Call(answer))),
        Step::Record(finding) => Wire::ALL.into_iter().for_each(|wire| may(Move::Record(finding, wire))),
        Step::Look => listings(state, |runs| may(Move::Look(runs))),
        Step::Cancel { .. } => {
            may(Move::Cancel(Wire::Answered));
            may(Move::Cancel(Wire::RequestLost));
        }
        Step::Tell => may(Move::Tell),
    }
    may(Move::Crash);
}

/// Takes one of them.
pub(super) fn take(rules: &Rules, state: &mut State, id: WorkerId, it: Move) {
    let next = match it {
        Move::Read => first_step(rules, state),
        Move::LastWord => return last_word(rules, state),
        Move::Intend(wire) => intend(rules, state, id, wire),
        Move::ReadBack => read_back(state, id),
        Move::Call(answer) => Some(github::call(state, answer)),
        Move::Record(finding, wire) => record(rules, state, id, finding, wire),
        Move::Look(runs) => Some(look(rules, state, id, runs)),
        Move::Cancel(wire) => cancel(state, id, wire),
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
    let fresh = matches!(was.step, Step::Idle | Step::ReadBack);
    state.workers[usize::from(id.0)] = match next {
        Some(step) if fresh => Worker::at(step),
        Some(step) => Worker { step, ..was },
        None => Worker::IDLE,
    };
    if next.is_none() && state.claim.writer == Some(id) {
        state.claim.writer = None;
    }
}

fn first_step(rules: &Rules, state: &State) -> Option<Step> {
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
        _ if claim.is_due() => Some(Step::Tell),
        _ => None,
    }
}

fn last_word(rules: &Rules, state: &mut State) {
    match state.claim.stage {
        Stage::Received | Stage::Authorized | Stage::Unknown { retry: true } => state.advance(rules, Stage::Refused),
        Stage::Dispatching => state.advance(rules, Stage::Reconciling { looks: 0 }),
        _ => {}
    }
}

fn intend(rules: &Rules, state: &mut State, id: WorkerId, wire: Wire) -> Option<Step> {
    let was = state.claim;
    let written = state.write(rules, id, Stage::Dispatching, wire);
    if state.claim != was || (written == Written::Yes) {
        state.claim.writer = Some(id);
    }
    match written {
        Written::Yes => Some(Step::Call),
        Written::No => None,
        Written::Unsure => Some(Step::ReadBack),
    }
}

fn read_back(state: &State, id: WorkerId) -> Option<Step> {
    (state.claim.stage == Stage::Dispatching && state.claim.writer == Some(id)).then_some(Step::Call)
}

fn record(rules: &Rules, state: &mut State, id: WorkerId, finding: Finding, wire: Wire) -> Option<Step> {
    let next = match (finding, state.claim.stage) {
        (Finding::Run { kept, .. }, _) => run::stage_of(kept.run, kept.stood),
        // The call before the person's retry may still show its run.
        (Finding::NotTaken, _) if state.retries > 0 && !rules.lacks(Without::PatienceWithRuns) => {
            Stage::Unknown { retry: true }
        }
        (Finding::NotTaken, _) => Stage::Authorized,
        (Finding::Refused, _) => Stage::Refused,
        (Finding::Nothing, Stage::Reconciling { looks }) if looks + 1 < LOOKS => {
            Stage::Reconciling { looks: looks + 1 }
        }
        (Finding::Nothing, _) if rules.dispatches_again => Stage::Authorized,
        (Finding::Nothing, _) => Stage::Unknown { retry: false },
        (Finding::Doubt, _) => Stage::Reconciling { looks: 0 },
    };
    match (state.write(rules, id, next, wire), finding) {
        (Written::Yes, Finding::Run { others, .. }) if !others.is_empty() => {
            Some(Step::Cancel { runs: others, then: None })
        }
        (Written::Yes, _) if next.is_over() || next == (Stage::Unknown { retry: false }) => Some(Step::Tell),
        _ => None,
    }
}

/// One run is it. Of several the oldest is kept: a run that was let through would have moved the claim already.
fn look(rules: &Rules, state: &State, id: WorkerId, runs: RunSet) -> Step {
    let wanted = state.worker(id).current && state.claim.stage == Stage::Unknown { retry: true };
    let Some(run) = runs.lowest() else {
        return if wanted { Step::Intend } else { Step::Record(Finding::Nothing) };
    };
    let (kept, others) = (Kept { run, stood: run::stands(state.run(run)) }, runs.without(run));
    if rules.lacks(Without::RecordBeforeCancel) && !others.is_empty() {
        return Step::Cancel { runs: others, then: Some(kept) };
    }
    Step::Record(Finding::Run { kept, others })
}

fn cancel(state: &mut State, id: WorkerId, wire: Wire) -> Option<Step> {
    let Step::Cancel { runs, then } = state.worker(id).step else { return None };
    if wire == Wire::Answered {
        state.existing().filter(|run| runs.contains(*run)).for_each(|run| github::cancel(state, run));
    }
    then.map(|kept| Step::Record(Finding::Run { kept, others: RunSet::default() }))
}

fn listings(state: &State, mut may: impl FnMut(RunSet)) {
    let all = state.existing().fold(RunSet::default(), RunSet::with);
    (0..=all.0).filter(|some| some & !all.0 == 0).for_each(|some| may(RunSet(some)));
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run { kept, .. } => write!(f, "that it is run {}", kept.run.0 + 1),
            Self::NotTaken => write!(f, "that the call was not taken"),
            Self::Refused => write!(f, "that GitHub refused"),
            Self::Doubt => write!(f, "that it is in doubt"),
            Self::Nothing => write!(f, "that the look found nothing"),
        }
    }
}

impl fmt::Display for RunSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = RunId::all().filter(|run| self.contains(*run)).map(|run| (run.0 + 1).to_string()).collect();
        f.write_str(if names.is_empty() { "none" } else { "run " })?;
        f.write_str(&names.join(" and "))
    }
}

impl fmt::Display for Move {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lost = |wire: &Wire| match wire {
            Wire::Answered => "",
            Wire::AnswerLost => ", and the answer is lost",
            Wire::RequestLost => ", and the request is lost",
        };
        match self {
            Self::Read => write!(f, "is handed the claim and reads it"),
            Self::LastWord => write!(f, "gives the claim up"),
            Self::Intend(wire) => write!(f, "writes its intent{}", lost(wire)),
            Self::ReadBack => write!(f, "reads whether the intent is its own"),
            Self::Call(answer) => write!(f, "calls GitHub: {answer}"),
            Self::Record(finding, wire) => write!(f, "writes down {finding}{}", lost(wire)),
            Self::Look(runs) => write!(f, "lists the runs and sees {runs}"),
            Self::Cancel(wire) => write!(f, "cancels the other runs{}", lost(wire)),
            Self::Tell => write!(f, "tells how it ended"),
            Self::Crash => write!(f, "dies"),
        }
    }
}
