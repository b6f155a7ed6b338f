//! Once all is healthy again: one ordinary course from a state to where nothing is left to happen.
//!
//! Owns when nothing is left, and that the way there is short. Never lets anything fail on that way: no worker dies, no
//! answer is lost, GitHub lists every run, the sweeper finds what is due. But GitHub tells of no run any more: its events
//! may be lost for good.

use crate::rules::Rules;
use crate::state::{Stage, State, Step, WorkerId};
use crate::step::{self, Action, Answer, Move, Wire};

/// More steps than any ordinary course takes.
const STEPS: usize = 60;

/// Whether nothing is left to happen: no worker has the claim, the sweeper would not hand it over for anything, and every
/// run is over.
pub(crate) fn is_quiet(rules: &Rules, state: &State) -> bool {
    !state.is_any_worker_busy() && ordinary_step(rules, state).is_none()
}

/// Whether the workers have nothing left to do. Runs may hang: nothing hurries them.
pub(crate) fn is_idle(rules: &Rules, state: &State) -> bool {
    !state.is_any_worker_busy() && workers_step(rules, state).is_none()
}

/// Whether the ordinary course comes to rest.
pub(crate) fn heals(rules: &Rules, state: &State) -> bool {
    let mut state = *state;
    for _ in 0..STEPS {
        match ordinary_step(rules, &state) {
            Some(next) => state = next,
            None => return true,
        }
    }
    false
}

/// Workers first, then whatever a run does.
fn ordinary_step(rules: &Rules, state: &State) -> Option<State> {
    workers_step(rules, state).or_else(|| step::of_runs(state).find_map(|action| step::take(rules, state, action)))
}

fn workers_step(rules: &Rules, state: &State) -> Option<State> {
    WorkerId::ALL.into_iter().find_map(|id| {
        let it = ordinary_move(rules, state, state.worker(id).step)?;
        step::take(rules, state, Action::Worker(id, it))
    })
}

fn ordinary_move(rules: &Rules, state: &State, step: Step) -> Option<Move> {
    Some(match step {
        Step::Idle if is_looked_at_in_vain(rules, state) => return None,
        Step::Idle => Move::Read,
        Step::Intend => Move::Intend(Wire::Answered),
        Step::ReadBack => Move::ReadBack,
        Step::Call if state.made().len() < rules.runs => Move::Call(Answer::Named { made: 1 }),
        Step::Call => Move::Call(Answer::Refused),
        Step::Record(finding) => Move::Record(finding, Wire::Answered),
        Step::Look => Move::Look(state.shown()),
        Step::LookAtRun => Move::LookAtRun(step::unlisted(rules, state)),
        Step::Follow { .. } => Move::Follow,
        Step::Note(_) => Move::Note,
        Step::Cancel | Step::CancelFirst { .. } => Move::Cancel,
        Step::Strike(_) => Move::Strike,
        Step::Tell => Move::Tell,
    })
}

/// A run is looked at again and again; the looks that show nothing are left out.
fn is_looked_at_in_vain(rules: &Rules, state: &State) -> bool {
    matches!(state.claim.stage, Stage::Dispatched(_) | Stage::Started(_))
        && state.claim.strays.is_empty()
        && !step::is_anything_to_see(rules, state)
}
