//! Steering while GitHub fails: what a person wanted is done all the same.

use local::sandbox::Fault;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    alone:
    a_cancellation_is_made_up_for_where_github_fails,
    a_cancellation_reaches_a_run_that_shows_itself_late,
    a_run_that_github_refused_is_not_counted,
];

const HERE: &str = "octo/anthropic#1";

async fn a_cancellation_is_made_up_for_where_github_fails(stage: &Stage) {
    stage.says("writer", HERE, "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears(HERE, "**Dispatched.**").await;
    stage.sandbox.script_fault(Fault { status: Some(502), times: 2, ..Fault::on("POST", "*/cancel") });
    stage.says("maintainer", HERE, "/ai-implement cancel").await;
    stage.hears(HERE, "GitHub is asked to cancel").await;
    stage.sweeps_for(3).await;
    assert_eq!(stage.cancelled_runs(1).await, [run]);
}

/// GitHub's answer to the dispatch is lost, and the run starts only after somebody has cancelled it.
async fn a_cancellation_reaches_a_run_that_shows_itself_late(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), after_effect: true, ..Fault::on("POST", "*/dispatches") });
    stage.is_not_told_of_runs();
    stage.says("writer", HERE, "/ai-implement").await;
    stage.hears(HERE, "**Not certain.**").await;
    stage.says("writer", HERE, "/ai-implement cancel").await;
    stage.hears(HERE, "Whether a run was started is not known yet").await;
    stage.sweeps_for(3).await;
    assert_eq!(stage.cancelled_runs(1).await.len(), 1);
}

async fn a_run_that_github_refused_is_not_counted(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"dailyRuns": 1})).await;
    let fault = Fault { status: Some(422), times: 1, ..Fault::on("POST", "*/dispatches") };
    stage.sandbox.script_fault(fault);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`GITHUB_REJECTED`").await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
}
