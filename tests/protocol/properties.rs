//! What has to hold in every state.
//!
//! Owns the claims that the model is checked against. Never steers it.

use stateright::Property;

use crate::health;
use crate::report::explore;
use crate::rules::Rules;
use crate::sights;
use crate::state::{Run, Stage, State};

pub(crate) const ONE_RUN_ACTS: &str = "at most one run acts";
pub(crate) const ONE_CALL: &str = "at most one call that may have been taken, and one more for each retry by a person";
pub(crate) const NOTHING_IS_LOST: &str = "where nothing is left to happen, the claim is over, told, and holds no lock";
pub(crate) const ALL_HEALS: &str = "from wherever nothing goes wrong any more, the claim comes to such an end";
pub(crate) const OWN_RUN_LIVES: &str = "we never cancel the claim's own run";
pub(crate) const NO_STRAY_LIVES: &str =
    "where no worker has anything left to do, no run lives that was found beside the claim's own";
pub(crate) const ENDS_ARE_TRUE: &str = "no claim ends with a run that was turned away";

pub(crate) type Condition = fn(&Rules, &State) -> bool;

/// What this configuration promises, and what it can get to.
pub(crate) fn of(rules: Rules) -> Vec<Property<Rules>> {
    let mut promises: Vec<(&'static str, Condition)> = vec![
        (NOTHING_IS_LOST, |rules, state| !health::is_quiet(rules, state) || is_over_and_told(state)),
        (ALL_HEALS, |rules, state| state.is_any_worker_busy() || health::heals(rules, state)),
        (NO_STRAY_LIVES, |rules, state| state.owed.is_empty() || !health::is_idle(rules, state)),
        (OWN_RUN_LIVES, |_, state| {
            state.claim.stage.run().is_none_or(|run| !matches!(state.run(run), Run::Cancelled { .. }))
        }),
    ];
    promises.push((ONE_CALL, |_, state| state.calls <= 1 + state.retries));
    if rules.fence {
        promises.push((ONE_RUN_ACTS, |_, state| state.acted() <= 1));
        promises.push((ENDS_ARE_TRUE, |_, state| match state.claim.stage {
            Stage::Ended(run) => state.run(run) != Run::Ended { acted: false },
            _ => true,
        }));
    }
    let promises = promises.into_iter().map(|(name, condition)| Property::always(name, condition));
    promises
        .chain(sights::of(rules).into_iter().map(|(name, condition)| Property::sometimes(name, condition)))
        .collect()
}

fn is_over_and_told(state: &State) -> bool {
    let claim = state.claim;
    let is_up_to_the_person = claim.stage == Stage::Unknown { retry: false };
    claim.told && (is_up_to_the_person || (claim.stage.is_over() && !claim.stage.holds_lock()))
}

#[test]
fn without_the_fence_there_is_at_most_one_call_that_no_person_asked_for() {
    explore("fence=off", Rules::UNFENCED);
}

#[test]
fn with_the_fence_at_most_one_run_acts() {
    explore("fence=on", Rules::FENCED);
}
