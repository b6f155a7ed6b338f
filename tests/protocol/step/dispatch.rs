//! From the intent to what is known of the call.
//!
//! Owns the order of the steps around the call, and what each finding makes of the claim. Never calls GitHub without an
//! intent of its own on record.

use super::table::{Wire, Written};
use super::{run, stray};
use crate::rules::{Rules, Without};
use crate::state::{Finding, LOOKS, RunSet, Stage, State, Step, WorkerId};

pub(super) fn intend(rules: &Rules, state: &mut State, id: WorkerId, wire: Wire) -> Option<Step> {
    let was = state.claim;
    let written = state.write(rules, id, Stage::Dispatching, RunSet::NONE, wire);
    if state.claim != was || (written == Written::Yes) {
        state.claim.writer = Some(id);
    }
    match written {
        Written::Yes => Some(Step::Call),
        Written::No => None,
        Written::Unsure => Some(Step::ReadBack),
    }
}

pub(super) fn read_back(state: &mut State, id: WorkerId) -> Option<Step> {
    state.read(id);
    (state.claim.stage == Stage::Dispatching && state.claim.writer == Some(id)).then_some(Step::Call)
}

pub(super) fn record(rules: &Rules, state: &mut State, id: WorkerId, finding: Finding, wire: Wire) -> Option<Step> {
    let others = match finding {
        Finding::Run { others, .. } => others,
        Finding::Strays(others) => return keep(rules, state, id, others, wire),
        _ => RunSet::NONE,
    };
    let next = stage_after(rules, state, finding);
    match (state.write(rules, id, next, others, wire), finding) {
        (Written::Yes, _) if !state.worker(id).strays.is_empty() => Some(Step::Cancel),
        (Written::Yes, _) if next.is_over() || next == (Stage::Unknown { retry: false }) => Some(Step::Tell),
        // Another run's event was faster than the answer that named this one.
        (Written::No, Finding::Run { kept, .. }) => {
            state.read(id);
            stray::is_one(rules, state.claim.stage, kept.run).then_some(Step::Note(kept.run))
        }
        _ => None,
    }
}

/// The claim stays where it is, and remembers the others.
fn keep(rules: &Rules, state: &mut State, id: WorkerId, others: RunSet, wire: Wire) -> Option<Step> {
    if wire == Wire::RequestLost {
        return None;
    }
    let kept = state.keep(rules, id, state.worker(id).strays, others);
    (kept && wire == Wire::Answered).then_some(Step::Cancel)
}

fn stage_after(rules: &Rules, state: &State, finding: Finding) -> Stage {
    match (finding, state.claim.stage) {
        (Finding::Run { kept, .. }, _) => run::stage_of(kept.run, kept.stood),
        (Finding::Gone, from) => from.run().map_or(from, Stage::Ended),
        // The call before the person's retry may still show its run.
        (Finding::NotTaken, _) if state.retries > 0 && !rules.lacks(Without::PatienceWithRuns) => {
            Stage::Unknown { retry: true }
        }
        (Finding::NotTaken, _) => Stage::Authorized,
        (Finding::Refused, _) => Stage::Refused,
        (Finding::Nothing, Stage::Reconciling { looks }) if looks + 1 < LOOKS => {
            Stage::Reconciling { looks: looks + 1 }
        }
        (Finding::Nothing, _) => Stage::Unknown { retry: false },
        (Finding::Doubt, _) => Stage::Reconciling { looks: 0 },
        (Finding::Strays(_), from) => from,
    }
}
