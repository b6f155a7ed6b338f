//! What has to hold in every state, and what has to be reachable for that to mean something.
//!
//! Owns the claims that the model is checked against. Never steers it.

use stateright::Property;

use crate::health;
use crate::report::explore;
use crate::rules::Rules;
use crate::state::{Finding, Run, Stage, State, Step, Worker, WorkerId};

pub(crate) const ONE_RUN_ACTS: &str = "at most one run acts";
pub(crate) const ONE_CALL: &str = "at most one call that may have been taken, and one more for each retry by a person";
pub(crate) const NOTHING_IS_LOST: &str = "where nothing is left to happen, the claim is over, told, and holds no lock";
pub(crate) const ALL_HEALS: &str = "from wherever nothing goes wrong any more, the claim comes to such an end";
pub(crate) const OWN_RUN_LIVES: &str = "we never cancel the claim's own run";
pub(crate) const ENDS_ARE_TRUE: &str = "no claim ends with a run that was turned away";

type Condition = fn(&Rules, &State) -> bool;

/// What this configuration promises, and what it can get to.
pub(crate) fn of(rules: Rules) -> Vec<Property<Rules>> {
    let mut promises: Vec<(&'static str, Condition)> = vec![
        (NOTHING_IS_LOST, |rules, state| !health::is_quiet(rules, state) || is_over_and_told(state)),
        (ALL_HEALS, |rules, state| state.is_any_worker_busy() || health::heals(rules, state)),
        (OWN_RUN_LIVES, |_, state| {
            state.claim.stage.run().is_none_or(|run| !matches!(state.run(run), Run::Cancelled { .. }))
        }),
    ];
    if rules.fence || rules.dispatches_again {
        promises.push((ONE_RUN_ACTS, |_, state| state.acted() <= 1));
    }
    if rules.fence {
        promises.push((ENDS_ARE_TRUE, |_, state| match state.claim.stage {
            Stage::Ended(run) => state.run(run) != Run::Ended { acted: false },
            _ => true,
        }));
    }
    if !rules.dispatches_again {
        promises.push((ONE_CALL, |_, state| state.calls <= 1 + state.retries));
    }
    let promises = promises.into_iter().map(|(name, condition)| Property::always(name, condition));
    promises.chain(reachable(rules).into_iter().map(|(name, condition)| Property::sometimes(name, condition))).collect()
}

/// Sights without which the promises would be empty. A worker can die in every step that it can be in.
fn reachable(rules: Rules) -> Vec<(&'static str, Condition)> {
    let mut sights: Vec<(&'static str, Condition)> = vec![
        (
            "a run acts to its end, and that is told",
            |_, state| matches!(state.claim, it if it.told && matches!(it.stage, Stage::Ended(run) if state.run(run).acted())),
        ),
        ("two workers are about to write the same intent", |_, state| state.workers == [Worker::at(Step::Intend); 2]),
        ("a second worker loses the race", |_, state| {
            let loser = Worker { step: Step::Intend, current: false };
            state.workers.contains(&loser) && state.workers.contains(&Worker::at(Step::Call))
        }),
        ("a worker is dead after its intent", |_, state| {
            state.claim.stage == Stage::Dispatching && state.claim.is_due() && state.calls == 0
        }),
        ("a worker is dead after a call, and its successor is in doubt", |_, state| {
            state.claim.stage == Stage::Dispatching
                && state.calls == 1
                && state.workers.contains(&Worker::at(Step::Record(Finding::Doubt)))
                && state.claim.is_due()
        }),
        ("the answer to an intent is lost", |_, state| state.workers.iter().any(|it| it.step == Step::ReadBack)),
        ("a worker reads back an intent of its own", |_, state| {
            WorkerId::ALL
                .into_iter()
                .any(|id| state.worker(id).step == Step::ReadBack && state.claim.writer == Some(id))
        }),
        ("a worker reads back an intent of the other's", |_, state| {
            let [one, other] = WorkerId::ALL;
            state.worker(one).step == Step::ReadBack && state.claim.writer == Some(other)
        }),
        ("a call is answered when the claim has moved on", |_, state| {
            state.workers.iter().any(|it| matches!(it.step, Step::Record(Finding::Run { .. })) && !it.current)
        }),
        ("a worker looks", |_, state| state.workers.iter().any(|it| it.step == Step::Look)),
        ("two workers find different runs", |_, state| {
            let found = state.workers.map(|it| match it.step {
                Step::Record(Finding::Run { kept, .. }) => Some(kept.run),
                _ => None,
            });
            matches!(found, [Some(one), Some(other)] if one != other)
        }),
        ("a worker is about to cancel", |_, state| {
            state.workers.iter().any(|it| matches!(it.step, Step::Cancel { .. }))
        }),
        ("a run is cancelled", |_, state| state.runs.iter().any(|run| matches!(run, Run::Cancelled { .. }))),
        ("a worker is about to tell", |_, state| state.workers.iter().any(|it| it.step == Step::Tell)),
        ("a refusal is told", |_, state| state.claim.stage == Stage::Refused && state.claim.told),
    ];
    if rules.runs_of_a_call > 1 {
        sights
            .push(("GitHub makes two runs of one call", |_, state| state.calls == 1 && state.existing().count() == 2));
    }
    if rules.fence {
        sights.push(("a run is turned away", |_, state| state.runs.contains(&Run::TurnedAway)));
    }
    if rules.fence && rules.dispatches_again {
        sights.push(("the claim is dispatched again while an older run lives", |_, state| {
            state.claim.stage == Stage::Dispatching && state.runs.contains(&Run::Queued)
        }));
    }
    if !rules.dispatches_again {
        sights.push(("nobody knows, and that is told", |_, state| {
            state.claim.stage == (Stage::Unknown { retry: false }) && state.claim.told
        }));
        sights.push(("a run is heard of after all, when nobody knew", |_, state| {
            matches!(state.claim.stage, Stage::Unknown { .. }) && state.existing().count() > 0
        }));
        sights.push(("the person's retry is called", |_, state| state.retries == 1 && state.calls == 2));
        sights.push(("the person drops the claim", |_, state| state.claim.stage == Stage::Dropped));
    }
    sights
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

#[test]
fn with_the_fence_at_most_one_run_acts_even_if_a_doubt_is_dispatched_again() {
    // All of it at once is a million states, too many for every run of the tests; three runs, two of them by one call,
    // are explored with a person's retry above.
    explore("fence=on, again=on, a run for a call", Rules { runs_of_a_call: 1, ..Rules::FENCED_AND_AGAIN });
    explore("fence=on, again=on, two runs", Rules { runs: 2, ..Rules::FENCED_AND_AGAIN });
}
