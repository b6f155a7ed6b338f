//! What people and runners do at GitHub.
//!
//! Owns which commands are given where, and how the runs' lives go. Never touches the product.

use local::sandbox::world::RunStatus;
use local::sandbox::{Conclusion, RunStep};

use crate::dice::Dice;
use crate::stage::{REPOSITORIES, Stage};

/// A comment to come.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) repo: &'static str,
    pub(crate) number: u64,
    pub(crate) user: &'static str,
    pub(crate) text: &'static str,
}

/// A comment that was written.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) plan: Plan,
}

/// Mostly a command that should become a run, often where another one stands.
pub(crate) fn plan(dice: &mut Dice) -> Plan {
    let [anthropic, bedrock, unmapped] = REPOSITORIES;
    let (repo, number) = dice.weighed(&[
        (50, (anthropic, 1)),
        (20, (anthropic, 5)),
        (15, (bedrock, 1)),
        (5, (anthropic, 3)),
        (10, (unmapped, 1)),
    ]);
    let user = dice.weighed(&[(85, "writer"), (15, "reader")]);
    let text = dice.weighed(&[(90, "/ai-implement"), (5, "/ai-implement help"), (5, "/ai-implement stauts")]);
    Plan { repo, number, user, text }
}

pub(crate) async fn say(stage: &Stage<'_>, plan: &Plan) -> Comment {
    let id = stage.sandbox.comment(plan.repo, plan.number, plan.user, plan.text).await;
    Comment { id: id.expect("the sandbox takes the comment"), plan: plan.clone() }
}

pub(crate) fn unfinished_runs(stage: &Stage<'_>) -> Vec<u64> {
    let unfinished = |run: &&local::sandbox::world::Run| run.status != RunStatus::Completed;
    stage.sandbox.look(|world| world.runs.iter().filter(unfinished).map(|run| run.id).collect())
}

pub(crate) fn next_step(stage: &Stage<'_>, run: u64, dice: &mut Dice) -> RunStep {
    let is_queued = stage.sandbox.look(|world| world.run(run).is_some_and(|run| run.status == RunStatus::Queued));
    if is_queued && dice.percent(75) {
        return RunStep::InProgress;
    }
    let conclusions =
        [(70, Conclusion::Success), (15, Conclusion::Failure), (10, Conclusion::Cancelled), (5, Conclusion::TimedOut)];
    RunStep::Completed(dice.weighed(&conclusions))
}
