//! What a worker sees at GitHub when no event told it.
//!
//! Owns what follows from a list, and from a look at the claim's own run. Never writes: what was found is recorded in a
//! step of its own.

use super::{run, stray};
use crate::rules::{Rules, Without};
use crate::state::{Event, Finding, Kept, Run, RunSet, Stage, State, Step, WorkerId};

/// One run is it. Of several the oldest is kept: a run that was let through would have moved the claim already.
pub(super) fn look(rules: &Rules, state: &State, id: WorkerId, runs: RunSet) -> Step {
    let wanted = state.worker(id).current && state.claim.stage == Stage::Unknown { retry: true };
    let Some(run) = runs.lowest() else {
        return if wanted { Step::Intend } else { Step::Record(Finding::Nothing) };
    };
    let kept = Kept { run, stood: run::stands(state.run(run)) };
    // What has ended can't be cancelled.
    let others = runs.without(RunSet::of(run)).among(state.alive());
    if rules.lacks(Without::RecordBeforeCancel) && !others.is_empty() {
        return Step::CancelFirst { kept, others };
    }
    Step::Record(Finding::Run { kept, others })
}

/// How the claim's own run stands; and if that is nothing new, which others there are.
pub(super) fn at_run(rules: &Rules, state: &State, id: WorkerId, others: RunSet) -> Option<Step> {
    match news(rules, state) {
        Some(finding) => Some(Step::Record(finding)),
        None if others.is_empty() => stray::left(state.worker(id).strays),
        None => Some(Step::Record(Finding::Strays(others))),
    }
}

/// The other runs that a list may show, where one is asked for.
pub(super) fn unlisted(rules: &Rules, state: &State) -> RunSet {
    match state.claim.stage.run() {
        Some(own) if news(rules, state).is_none() => state.alive().without(RunSet::of(own)).without(state.claim.strays),
        _ => RunSet::NONE,
    }
}

/// What the claim doesn't know of its own run.
pub(super) fn news(rules: &Rules, state: &State) -> Option<Finding> {
    let run = state.claim.stage.run()?;
    if matches!(state.run(run), Run::Gone { .. }) {
        let ends = !state.claim.stage.is_over() && !rules.lacks(Without::EndOfTheGone);
        return ends.then_some(Finding::Gone);
    }
    let stood = run::stands(state.run(run));
    let is_new = match state.claim.stage {
        Stage::Dispatched(_) => stood != Event::Requested,
        Stage::Started(_) => stood == Event::Completed,
        _ => false,
    };
    is_new.then_some(Finding::Run { kept: Kept { run, stood }, others: RunSet::NONE })
}
