//! What a worker makes of a run's event.
//!
//! Owns its order: the claim is read, what the event makes of it is written on that reading, and whether the run is a
//! stray is judged on the claim as it stands then. Two workers may be at it with two runs' events. Never lets a run move
//! a claim that names another.

use super::table::Wire;
use super::{run, stray};
use crate::rules::{Rules, Without};
use crate::state::{Event, RunId, RunSet, Stage, State, Step, WorkerId};

/// What may be heard of the runs: all that has happened to them, in any order, any number of times, or never.
pub(super) fn possible(state: &State, mut may: impl FnMut(RunId, Event)) {
    for run in state.shown().iter() {
        for event in run::heard(state.run(run)) {
            may(run, *event);
        }
    }
}

/// Reads the claim, and decides.
pub(super) fn hear(rules: &Rules, state: &mut State, id: WorkerId, run: RunId, event: Event) -> Option<Step> {
    state.read(id);
    let from = state.claim.stage;
    if moves(from, run, event).is_some() {
        Some(Step::Follow { run, event })
    } else {
        // What has ended can't be cancelled.
        (event != Event::Completed && stray::is_one(rules, from, run)).then_some(Step::Note(run))
    }
}

/// Writes it, or reads again when somebody else was faster. Once the claim has this run, it is no stray.
pub(super) fn follow(rules: &Rules, state: &mut State, id: WorkerId) -> Option<Step> {
    let Step::Follow { run, event } = state.worker(id).step else { return None };
    let next = moves(state.claim.stage, run, event).filter(|_| state.worker(id).current);
    if let Some(next) = next {
        state.write(rules, id, next, RunSet::NONE, Wire::Answered);
        return None;
    }
    let next = hear(rules, state, id, run, event);
    if rules.lacks(Without::JudgementAfter) && matches!(next, Some(Step::Note(_))) {
        // The claim that it read at first had no run, so this one was no stray: the message is done.
        state.owed = state.owed.and(RunSet::of(run));
        return None;
    }
    next
}

/// What the event makes of a claim that stands there; `None` when it is late, repeated, or another run's.
fn moves(stage: Stage, run: RunId, event: Event) -> Option<Stage> {
    let is_new = match stage {
        Stage::Dispatching | Stage::Reconciling { .. } | Stage::Unknown { .. } => true,
        Stage::Dispatched(own) => own == run && event != Event::Requested,
        Stage::Started(own) => own == run && event == Event::Completed,
        _ => false,
    };
    is_new.then(|| run::stage_of(run, event))
}
