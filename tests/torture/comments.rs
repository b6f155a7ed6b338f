//! What people and runners do at GitHub.
//!
//! Owns which commands are given where, and how the runs' lives go. Never touches the product.

use domain::claim::Claim;
use local::sandbox::world::RunStatus;
use local::sandbox::{Conclusion, RunStep};

use crate::dice::Dice;
use crate::stage::{REPOSITORIES, Stage, THIRD, UNMAPPED};

/// A comment to come.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) repo: &'static str,
    pub(crate) number: u64,
    pub(crate) user: &'static str,
    pub(crate) text: &'static str,
    /// Whether GitHub tells anybody of it.
    pub(crate) is_delivered: bool,
}

/// A comment that was written.
#[derive(Debug, Clone)]
pub(crate) struct Comment {
    pub(crate) id: u64,
    pub(crate) plan: Plan,
}

impl Comment {
    pub(crate) fn is_of(&self, claim: &Claim) -> bool {
        claim.request.comment().is_some_and(|comment| comment.get() == self.id)
    }
}

/// Mostly a command that should become a run, often where another one stands.
pub(crate) fn plan(dice: &mut Dice) -> Plan {
    let (repo, number) = place(dice);
    plan_at(repo, number, dice)
}

/// A comment at a place. What nobody is told of is found in mapped repositories only.
pub(crate) fn plan_at(repo: &'static str, number: u64, dice: &mut Dice) -> Plan {
    let user = dice.weighed(&[(85, "writer"), (15, "reader")]);
    let text = dice.weighed(&[
        (78, "/ai-implement"),
        (8, "/ai-implement cancel"),
        (2, "/ai-implement doctor"),
        (4, "/ai-implement retry"),
        (4, "/ai-implement help"),
        (4, "/ai-implement stauts"),
    ]);
    let is_delivered = dice.percent(92) || repo == UNMAPPED;
    Plan { repo, number, user, text, is_delivered }
}

/// A command that becomes a run where nothing stands in its way.
pub(crate) fn plan_of_a_run(number: u64) -> Plan {
    Plan { repo: REPOSITORIES[0], number, user: "writer", text: "/ai-implement", is_delivered: true }
}

/// Somebody wants nothing of what was asked there before.
pub(crate) fn plan_to_take_back(number: u64) -> Plan {
    Plan { text: "/ai-implement cancel", ..plan_of_a_run(number) }
}

fn place(dice: &mut Dice) -> (&'static str, u64) {
    let [anthropic, bedrock, unmapped] = REPOSITORIES;
    dice.weighed(&[
        (50, (anthropic, 1)),
        (20, (anthropic, 5)),
        (12, (bedrock, 1)),
        (8, (bedrock, 5)),
        (4, (anthropic, 3)),
        (4, (anthropic, THIRD)),
        (8, (anthropic, 4)),
        (10, (unmapped, 1)),
    ])
}

pub(crate) async fn say(stage: &Stage<'_>, plan: &Plan) -> Comment {
    let id = if plan.is_delivered {
        let id = stage.sandbox.comment(&stage.name_of(plan.repo), plan.number, plan.user, plan.text).await;
        id.expect("the sandbox takes the comment")
    } else {
        let repo = stage.repo_id(plan.repo).get();
        stage.sandbox.edit_world(|world| world.add_comment(repo, plan.number, plan.user, plan.text))
    };
    Comment { id, plan: plan.clone() }
}

pub(crate) fn unfinished_runs(stage: &Stage<'_>) -> Vec<u64> {
    let unfinished = |run: &&local::sandbox::world::Run| run.status != RunStatus::Completed;
    stage.sandbox.look(|world| world.runs.iter().filter(unfinished).map(|run| run.id).collect())
}

pub(crate) fn ended_runs(stage: &Stage<'_>) -> Vec<u64> {
    let ended = |run: &&local::sandbox::world::Run| run.status == RunStatus::Completed;
    stage.sandbox.look(|world| world.runs.iter().filter(ended).map(|run| run.id).collect())
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
