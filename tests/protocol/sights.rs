//! What has to be reachable for the promises to mean something.
//!
//! Owns these sights. Never steers the model.

use crate::properties::Condition;
use crate::rules::Rules;
use crate::state::{Finding, Run, Stage, Step, Worker, WorkerId};

/// Sights without which the promises would be empty. A worker can die in every step that it can be in.
pub(crate) fn of(rules: Rules) -> Vec<(&'static str, Condition)> {
    let mut sights: Vec<(&'static str, Condition)> = vec![
        (
            "a run acts to its end, and that is told",
            |_, state| matches!(state.claim, it if it.told && matches!(it.stage, Stage::Ended(run) if state.run(run).acted())),
        ),
        ("two workers are about to write the same intent", |_, state| state.workers == [Worker::at(Step::Intend); 2]),
        ("a second worker loses the race", |_, state| {
            let loser = Worker { current: false, ..Worker::at(Step::Intend) };
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
        ("a worker is about to cancel", |_, state| state.workers.iter().any(|it| it.step == Step::Cancel)),
        ("a run is cancelled", |_, state| state.runs.iter().any(|run| matches!(run, Run::Cancelled { .. }))),
        ("two runs' events are about to move a claim without a run", |_, state| {
            let heard = state.workers.map(|it| match it.step {
                Step::Follow { run, .. } if it.current => Some(run),
                _ => None,
            });
            matches!(heard, [Some(one), Some(other)] if one != other)
        }),
        ("a worker is dead between a stray's record and its cancellation", |_, state| {
            !state.claim.strays.among(state.alive()).is_empty() && !state.is_any_worker_busy()
        }),
        ("a worker is dead between a stray's cancellation and its striking", |_, state| {
            let over = state.claim.strays.without(state.alive());
            over.iter().any(|run| matches!(state.run(run), Run::Cancelled { .. })) && !state.is_any_worker_busy()
        }),
        ("a claim is over and told, and open for its stray", |_, state| {
            state.claim.stage.is_over() && state.claim.told && state.claim.is_due()
        }),
        ("a look finds what no event told", |_, state| {
            let stage = state.claim.stage;
            let is_news = |it: &Worker| it.current && matches!(it.step, Step::Record(Finding::Run { .. }));
            matches!(stage, Stage::Dispatched(_) | Stage::Started(_)) && state.workers.iter().any(is_news)
        }),
        (
            "a deleted run's end is told",
            |_, state| matches!(state.claim, it if it.told && matches!(it.stage, Stage::Ended(run) if !state.run(run).is_shown())),
        ),
        ("a worker is about to tell", |_, state| state.workers.iter().any(|it| it.step == Step::Tell)),
        ("a refusal is told", |_, state| state.claim.stage == Stage::Refused && state.claim.told),
        ("nobody knows, and that is told", |_, state| {
            state.claim.stage == (Stage::Unknown { retry: false }) && state.claim.told
        }),
        ("a run is heard of after all, when nobody knew", |_, state| {
            matches!(state.claim.stage, Stage::Unknown { .. }) && !state.made().is_empty()
        }),
        ("the claim is dispatched once more while an older run lives", |_, state| {
            state.claim.stage == Stage::Dispatching && state.runs.contains(&Run::Queued) && state.retries == 1
        }),
        ("the person's retry is called", |_, state| state.retries == 1 && state.calls == 2),
        ("the person drops the claim", |_, state| state.claim.stage == Stage::Dropped),
    ];
    if rules.runs_of_a_call > 1 {
        sights.push(("GitHub makes two runs of one call", |_, state| state.calls == 1 && state.made().len() == 2));
    }
    if rules.fence {
        sights.push(("a run is turned away", |_, state| state.runs.contains(&Run::TurnedAway)));
        sights.push(("a run is let through while an answer that names another is on its way", |_, state| {
            let names_another = |it: &Worker| match it.step {
                Step::Record(Finding::Run { kept, .. }) => Some(kept.run) != state.claim.redeemed,
                _ => false,
            };
            state.claim.redeemed.is_some() && state.workers.iter().any(names_another)
        }));
    }
    sights
}
