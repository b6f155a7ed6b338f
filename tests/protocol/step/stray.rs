//! Runs that carry the claim without being its run.
//!
//! Owns which runs these are, and the way of one: on record, cancelled, from the record. Never cancels a run that the
//! claim may yet take for its own.

use super::github;
use crate::rules::{Rules, Without};
use crate::state::{Finding, RunId, RunSet, Stage, State, Step, WorkerId};

/// Whether a run is a stray of a claim that stands there. Once it is one, it stays one.
pub(crate) fn is_one(rules: &Rules, stage: Stage, run: RunId) -> bool {
    match stage.run() {
        Some(own) => own != run,
        None if stage == Stage::Authorized => rules.lacks(Without::PatienceWithRuns),
        None => stage.is_over(),
    }
}

/// What is to be done about these.
pub(super) fn left(strays: RunSet) -> Option<Step> {
    (!strays.is_empty()).then_some(Step::Cancel)
}

pub(super) fn note(rules: &Rules, state: &mut State, id: WorkerId) -> Option<Step> {
    let Step::Note(run) = state.worker(id).step else { return None };
    let noted = state.keep(rules, id, state.worker(id).strays, RunSet::of(run));
    noted.then_some(Step::Cancel)
}

/// One after the other. A call that fails leaves the rest to the next delivery, as a crash does.
pub(super) fn cancel(state: &mut State, id: WorkerId) -> Option<Step> {
    if let Step::CancelFirst { kept, others } = state.worker(id).step {
        others.iter().for_each(|run| github::cancel(state, run));
        return Some(Step::Record(Finding::Run { kept, others: RunSet::NONE }));
    }
    let run = state.worker(id).strays.lowest()?;
    github::cancel(state, run);
    Some(Step::Strike(run))
}

pub(super) fn strike(rules: &Rules, state: &mut State, id: WorkerId) -> Option<Step> {
    let Step::Strike(run) = state.worker(id).step else { return None };
    let rest = state.worker(id).strays.without(RunSet::of(run));
    state.keep(rules, id, rest, RunSet::NONE).then(|| left(rest)).flatten()
}
