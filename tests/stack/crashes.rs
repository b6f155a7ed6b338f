//! The worker killed in the middle of its work, at each of the places where something would be lost or doubled by a
//! program that trusts its memory. The next delivery finishes what is on record.
//!
//! Owns the killing, and the queue's patience meanwhile. Never touches a process that this test did not start.

use std::path::Path;
use std::time::Duration;

use local::sandbox::world::Dispatch;
use local::sandbox::{Conclusion, Fault, RunStep};
use rustix::process::{Pid, Signal, kill_process};

use crate::sam::STACK;
use crate::stage::{PATIENCE, Stage};
use crate::wait::until;

/// Long enough to be found and killed in.
const A_SLOW_ANSWER: Duration = Duration::from_secs(8);
/// A message whose worker was killed comes again after this; on AWS after six times the function's time limit.
const COMES_AGAIN_AFTER: &str = "VisibilityTimeout=12";

/// A dead worker's turn to write its comment lasts a minute, and its message comes again before and after.
const A_TURN_IS_OVER_WITHIN: Duration = Duration::from_mins(2);

/// The queue is made less patient, as an operator could.
pub(crate) async fn a_killed_workers_message_comes_again_soon(stage: &Stage<'_>) {
    let queue = stage.output("CommandQueue");
    stage.aws.call(&["sqs", "set-queue-attributes", "--queue-url", queue, "--attributes", COMES_AGAIN_AFTER]).await;
}

/// Nothing was sent: the next delivery carries the command out.
pub(crate) async fn killed_before_the_dispatch(stage: &Stage<'_>) {
    let before = stage.dispatches();
    slow(stage, Fault::on("GET", "*/permission"));
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    killed_at(stage, "GET", "/permission").await;
    ends_well(stage, "octo/anthropic#1", before).await;
}

/// GitHub took the dispatch and nobody heard its answer: the run's own event names the claim, and nothing is sent again.
pub(crate) async fn killed_while_github_answers_the_dispatch(stage: &Stage<'_>) {
    let before = stage.dispatches();
    slow(stage, Fault { after_effect: true, ..Fault::on("POST", "/repos/*/dispatches") });
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.dispatched("octo/anthropic#5", before).await;
    killed_at(stage, "POST", "/dispatches").await;
    ends_well(stage, "octo/anthropic#5", before).await;
}

/// The run is on record and nobody was told: only that is left.
pub(crate) async fn killed_before_it_could_tell(stage: &Stage<'_>) {
    let before = stage.dispatches();
    slow(stage, Fault::on("POST", "/repos/octo/anthropic/issues/1/comments"));
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    killed_at(stage, "POST", "/octo/anthropic/issues/1/comments").await;
    ends_well(stage, "octo/anthropic#1", before).await;
}

/// The comment is there and nobody noted it: it is found, not written again.
pub(crate) async fn killed_before_it_knew_that_it_had_told(stage: &Stage<'_>) {
    let before = stage.dispatches();
    slow(stage, Fault { after_effect: true, ..Fault::on("POST", "/repos/octo/anthropic/issues/5/comments") });
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "**Dispatched.**").await;
    killed_at(stage, "POST", "/octo/anthropic/issues/5/comments").await;
    ends_well(stage, "octo/anthropic#5", before).await;
}

fn slow(stage: &Stage<'_>, fault: Fault) {
    stage.sandbox.clear_requests();
    let delay_ms = u64::try_from(A_SLOW_ANSWER.as_millis()).ok();
    stage.sandbox.script_fault(Fault { delay_ms, ..fault });
}

/// Kills the worker while such a request is being answered.
async fn killed_at(stage: &Stage<'_>, method: &str, path_end: &str) {
    let is_it = |path: &str| path.split('?').next().is_some_and(|path| path.ends_with(path_end));
    until(PATIENCE, "the slow request is under way", async || {
        let requests = stage.sandbox.requests();
        requests.iter().any(|it| it.method == method && is_it(&it.path) && it.ended.is_none()).then_some(())
    })
    .await;
    let workers = workers(&stage.sandbox.url());
    assert!(!workers.is_empty(), "no worker runs");
    for worker in workers {
        kill_process(worker, Signal::KILL).expect("a worker of ours can be killed");
    }
}

/// The worker's processes: those with its function name, and with this test's own GitHub, in their environment.
fn workers(github: &str) -> Vec<Pid> {
    let marks = [format!("AWS_LAMBDA_FUNCTION_NAME={STACK}-worker"), format!("GITHUB_API_URL={github}")];
    let entries = Path::new("/proc").read_dir().expect("a list of processes").flatten();
    let runs_it = |folder: &Path| {
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        let has = |mark: &String| environment.split(|byte| *byte == 0).any(|variable| variable == mark.as_bytes());
        marks.iter().all(has)
    };
    let of_ours = entries.filter(|entry| runs_it(&entry.path()));
    of_ours.filter_map(|entry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?)).collect()
}

/// One dispatch, one comment that says so, and a run whose end it follows.
async fn ends_well(stage: &Stage<'_>, at: &str, before: usize) {
    let Dispatch { run_id, .. } = stage.dispatched(at, before).await;
    let page = format!("/actions/runs/{run_id}");
    let says = |words: &str| stage.said(at).iter().filter(|text| text.contains(&page) && text.contains(words)).count();
    until(A_TURN_IS_OVER_WITHIN, "the dispatch is told", async || (says("") == 1).then_some(())).await;
    let ended = RunStep::Completed(Conclusion::Success);
    stage.sandbox.advance_run(run_id, ended).await.expect("the run can end");
    until(A_TURN_IS_OVER_WITHIN, "the end is told", async || (says("**Succeeded.**") == 1).then_some(())).await;
    assert_eq!((stage.dispatches(), says("")), (before + 1, 1));
}
