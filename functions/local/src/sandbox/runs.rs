//! Workflow runs: how they begin, move and end, and which webhooks that sends.
//!
//! Never executes a workflow: a run is only what GitHub would tell about it.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::sleep;

use super::Pace;
use super::core::Core;
use super::hooks;
use super::world::{Conclusion, Delivery, Run, RunStatus, World};

/// A step of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunStep {
    /// A runner takes the queued run.
    InProgress,
    /// The run ends.
    Completed(Conclusion),
    /// Somebody runs the ended run again: the same id, one more attempt.
    Rerun,
}

impl RunStep {
    /// The `action` of the webhook that tells of it.
    fn action(self) -> &'static str {
        match self {
            Self::InProgress => "in_progress",
            Self::Completed(_) => "completed",
            Self::Rerun => "requested",
        }
    }

    fn follows(self, status: RunStatus) -> bool {
        match self {
            Self::InProgress => status == RunStatus::Queued,
            Self::Completed(_) => status != RunStatus::Completed,
            Self::Rerun => status == RunStatus::Completed,
        }
    }
}

/// What a dispatch knows of the run that it starts.
pub(super) struct NewRun {
    pub(super) repository_id: u64,
    pub(super) workflow: String,
    pub(super) name: String,
    pub(super) display_title: String,
    pub(super) head_branch: String,
    pub(super) head_sha: String,
}

/// Adds a queued run and returns its id.
pub(super) fn add(world: &mut World, new: &NewRun) -> u64 {
    let id = world.next_id();
    let same_workflow = |run: &&Run| run.repository_id == new.repository_id && run.workflow == new.workflow;
    let run_number = world.runs.iter().filter(same_workflow).count() as u64 + 1;
    let now = world.now();
    world.runs.push(Run {
        id,
        repository_id: new.repository_id,
        workflow: new.workflow.clone(),
        name: new.name.clone(),
        display_title: new.display_title.clone(),
        run_number,
        attempt: 1,
        event: "workflow_dispatch".to_owned(),
        head_branch: new.head_branch.clone(),
        head_sha: new.head_sha.clone(),
        actor: world.app.bot_login(),
        status: RunStatus::Queued,
        conclusion: None,
        created_at: now,
        started_at: now,
        updated_at: now,
    });
    id
}

/// Tells of a new run, and in automatic pace takes it to its end.
pub(super) fn follow(core: &Arc<Core>, run_id: u64) {
    let background = Arc::clone(core);
    core.spawn(async move {
        tell(&background, run_id, "requested").await;
        progress(&background, run_id).await;
    });
}

/// Takes the runs that an earlier process left unfinished to their end, in automatic pace.
pub(super) fn resume(core: &Arc<Core>) {
    let unfinished = |run: &&Run| run.status != RunStatus::Completed;
    let run_ids: Vec<u64> = core.world().runs.iter().filter(unfinished).map(|run| run.id).collect();
    for run_id in run_ids {
        proceed(core, run_id);
    }
}

/// Takes a run to its end in the background, in automatic pace.
pub(super) fn proceed(core: &Arc<Core>, run_id: u64) {
    let background = Arc::clone(core);
    core.spawn(async move { progress(&background, run_id).await });
}

/// Takes one step and tells of it. `None` when the run is absent or can't take that step now.
pub(super) async fn advance(core: &Core, run_id: u64, step: RunStep) -> Option<Moved> {
    core.edit(|world| take(world, run_id, step))?;
    Some(Moved { delivery: tell(core, run_id, step.action()).await })
}

/// Proof that a step was taken, with the delivery that told of it, if anybody was to be told.
pub(super) struct Moved {
    pub(super) delivery: Option<Delivery>,
}

/// A step that a person took meanwhile, such as a cancellation, ends the progress: the next one no
/// longer fits.
async fn progress(core: &Core, run_id: u64) {
    let Pace::Auto { queued_for, running_for } = core.pace else {
        return;
    };
    if pause_and_advance(core, queued_for, run_id, RunStep::InProgress).await {
        pause_and_advance(core, running_for, run_id, RunStep::Completed(Conclusion::Success)).await;
    }
}

async fn pause_and_advance(core: &Core, pause: Duration, run_id: u64, step: RunStep) -> bool {
    let status = core.world().run(run_id).map(|run| run.status);
    if step == RunStep::InProgress && status == Some(RunStatus::InProgress) {
        return true;
    }
    sleep(pause).await;
    advance(core, run_id, step).await.is_some()
}

fn take(world: &mut World, run_id: u64, step: RunStep) -> Option<()> {
    let now = world.now();
    let run = world.run_mut(run_id).filter(|run| step.follows(run.status))?;
    run.updated_at = now;
    match step {
        RunStep::InProgress => run.status = RunStatus::InProgress,
        RunStep::Completed(conclusion) => {
            run.status = RunStatus::Completed;
            run.conclusion = Some(conclusion);
        }
        RunStep::Rerun => {
            run.status = RunStatus::Queued;
            run.conclusion = None;
            run.attempt += 1;
            run.started_at = now;
            // The new attempt has jobs of its own.
            world.failed_jobs.remove(&run_id);
        }
    }
    Some(())
}

async fn tell(core: &Core, run_id: u64, action: &'static str) -> Option<Delivery> {
    let event = {
        let world = core.world();
        hooks::run_moved(&world, world.run(run_id)?, action)?
    };
    hooks::deliver(core, event).await
}
