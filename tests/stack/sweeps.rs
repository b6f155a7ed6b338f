//! The deployed sweeper: started by hand, so that no scene meets a sweep that it doesn't expect.
//!
//! Owns switching its schedule off. That the schedule is there, and switched on, is shown before.

use std::time::Duration;

use local::sandbox::Fault;
use serde_json::Value;

use crate::sam::STACK;
use crate::stage::Stage;
use crate::wait::until;

/// How GitHub is asked for the runs of dispatches.
const RUNS_OF_BEDROCK: &str = "/repos/octo/bedrock/actions/runs?event=workflow_dispatch";
/// The first look is a minute after the doubt began; most of that is over.
const A_DOUBT_RESTS_FOR: Duration = Duration::from_mins(3);

/// The schedule is the template's; from here on it rests.
pub(crate) async fn are_scheduled_every_minute(stage: &Stage<'_>) {
    let prefix = format!("{STACK}-SweeperFunction");
    let answer = stage.aws.call(&["events", "list-rules", "--name-prefix", &prefix]).await;
    let [rule] = answer["Rules"].as_array().map_or([].as_slice(), Vec::as_slice) else {
        panic!("not one schedule: {answer}")
    };
    assert_eq!((&rule["ScheduleExpression"], &rule["State"]), (&"rate(1 minute)".into(), &"ENABLED".into()));
    let name = rule["Name"].as_str().expect("a name");
    stage.aws.call(&["events", "disable-rule", "--name", name]).await;
}

/// The comments that got 503 while the secrets were missing: GitHub is asked for them, and their command runs.
pub(crate) async fn bring_back_what_was_not_acknowledged(stage: &Stage<'_>) {
    let before = stage.dispatches();
    let deliveries = stage.sandbox.deliveries();
    let failed = deliveries.iter().filter(|it| it.event == "issue_comment" && it.status_code == 503 && !it.redelivery);
    assert!(failed.count() > 0, "there is nothing to bring back");
    sweep(stage).await;
    stage.dispatched("octo/bedrock#1", before).await;
    assert!(stage.log_of("sweeper").await.contains("\"swept.redelivered\""), "the sweep is logged with its counts");
}

/// Leaves a dispatch in doubt: GitHub fails it, and nobody can tell whether it was taken.
pub(crate) async fn leave_a_dispatch_in_doubt(stage: &Stage<'_>) {
    let fault = Fault { status: Some(502), ..Fault::on("POST", "/repos/octo/bedrock/actions/workflows/*/dispatches") };
    stage.sandbox.script_fault(fault);
    stage.says("writer", "octo/bedrock#5", "/ai-implement").await;
    stage.hears("octo/bedrock#5", "`DISPATCH_IN_DOUBT`").await;
}

/// Its time has come meanwhile: a sweep queues it, and the worker looks for its run.
pub(crate) async fn have_the_doubt_looked_at(stage: &Stage<'_>) {
    let looks = || stage.sandbox.requests().iter().filter(|it| it.path.starts_with(RUNS_OF_BEDROCK)).count();
    let before = looks();
    until(A_DOUBT_RESTS_FOR, "a sweep leads to a look", async || {
        sweep(stage).await;
        (looks() > before).then_some(())
    })
    .await;
}

async fn sweep(stage: &Stage<'_>) {
    let words = ["lambda", "invoke", "--function-name", &format!("{STACK}-sweeper"), "/dev/null"];
    let answer: Value = stage.aws.call(&words).await;
    assert!(answer["FunctionError"].is_null(), "{answer}: {}", stage.log_of("sweeper").await);
}
