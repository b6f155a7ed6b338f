//! Once all is healthy again: one ordinary course from a state to where nothing is left to happen.
//!
//! Owns when nothing is left, and that the way there is short. Never lets anything fail on that way: no worker dies, no
//! answer is lost, GitHub lists every run and tells every event, the sweeper finds what is due.

use crate::rules::Rules;
use crate::state::{RunSet, State, Step, WorkerId};
use crate::step::{self, Action, Answer, Move, Wire};

/// More steps than any ordinary course takes.
const STEPS: usize = 60;

/// Whether nothing is left to happen: no worker has the claim, the sweeper would not hand it over, every run is over, and
/// nothing that GitHub could tell of them would change anything.
pub(crate) fn is_quiet(rules: &Rules, state: &State) -> bool {
    !state.is_any_worker_busy() && ordinary_step(rules, state).is_none()
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

/// Workers first, then whatever a run does or tells that changes something.
fn ordinary_step(rules: &Rules, state: &State) -> Option<State> {
    let by_a_worker = WorkerId::ALL.into_iter().find_map(|id| {
        let it = ordinary_move(rules, state, state.worker(id).step);
        step::take(rules, state, Action::Worker(id, it))
    });
    by_a_worker.or_else(|| step::of_runs(state).find_map(|action| step::take(rules, state, action)))
}

fn ordinary_move(rules: &Rules, state: &State, step: Step) -> Move {
    match step {
        Step::Idle => Move::Read,
        Step::Intend => Move::Intend(Wire::Answered),
        Step::ReadBack => Move::ReadBack,
        Step::Call if state.existing().count() < rules.runs => Move::Call(Answer::Named { made: 1 }),
        Step::Call => Move::Call(Answer::Refused),
        Step::Record(finding) => Move::Record(finding, Wire::Answered),
        Step::Look => Move::Look(state.existing().fold(RunSet::default(), RunSet::with)),
        Step::Cancel { .. } => Move::Cancel(Wire::Answered),
        Step::Tell => Move::Tell,
    }
}
