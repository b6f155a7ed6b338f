//! A dispatch that nobody knows the outcome of, and a person who looks, decides and says so through the API.
//!
//! GitHub is scripted to fail here, as its OpenAPI document doesn't say, so these scenes are not part of the run through
//! its proxy.

use local::sandbox::{Conclusion, Fault};
use reqwest::Method;
use serde_json::{Value, json};

use crate::admin::Operator;
use crate::conversation::conversations;
use crate::stage::Stage;
use crate::taking_back::{claim_in, takes_back};

conversations![alone:
    a_retry_dispatches_exactly_once_more,
    a_retry_takes_a_run_that_is_there_after_all,
    a_drop_frees_the_conversation,
    a_run_that_shows_itself_after_the_drop_is_cancelled,
    what_nobody_knows_of_is_dropped_where_it_is_taken_back,
];

const AT: &str = "octo/anthropic#1";

fn on_dispatch() -> Fault {
    Fault::on("POST", "/repos/*/dispatches")
}

/// Ten minutes pass, with a sweep in each; then the comment says that no run has shown itself.
async fn nothing_shows_itself(stage: &Stage) {
    stage.sweeps_for(11).await;
    stage.hears(AT, "`UNKNOWN_OUTCOME`").await;
}

/// GitHub answers 502 without an effect, and no run shows itself.
async fn unknown_without_a_run(stage: &Stage) {
    stage.sandbox.script_fault(Fault { status: Some(502), ..on_dispatch() });
    stage.says("writer", AT, "/ai-implement").await;
    stage.hears(AT, "`DISPATCH_IN_DOUBT`").await;
    nothing_shows_itself(stage).await;
    assert_eq!((stage.dispatches(), stage.said(AT).len()), (0, 1));
}

/// GitHub starts the run, and neither its answer nor an event nor a list tells of it. The run's id.
async fn unknown_with_a_hidden_run(stage: &Stage) -> u64 {
    stage.is_not_told_of_runs();
    stage.at_github(|world| world.dispatch_behaviour.listing_lag_seconds = u32::MAX);
    stage.sandbox.script_fault(Fault { after_effect: true, reset: true, ..on_dispatch() });
    stage.says("writer", AT, "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    nothing_shows_itself(stage).await;
    stage.at_github(|world| world.app.events.push("workflow_run".into()));
    run
}

/// Finds the one dispatch whose outcome is unknown, looks at it, and decides.
async fn decides(stage: &Stage, verdict: &str) -> String {
    let operator = Operator::of(stage).await;
    let (status, page) = operator.does(Method::GET, "dispatches?state=unknown", None).await;
    let listed = page["dispatches"].as_array().map(Vec::as_slice).unwrap_or_default();
    assert_eq!((status, listed.len(), &page["next"]), (200, 1, &Value::Null), "{page}");
    let path = format!("dispatches/{}", listed[0]["id"].as_str().expect("an id"));
    let (_, record) = operator.does(Method::GET, &path, None).await;
    let history = record["history"].as_array().expect("a history");
    let went_through: Vec<_> = history.iter().map(|line| line["state"].as_str().expect("a state")).collect();
    assert_eq!(went_through, ["received", "dispatching", "reconciling", "unknown"], "{record}");
    let word = Some(json!({"verdict": verdict}));
    let (status, answer) = operator.does(Method::POST, &format!("{path}/resolve"), word).await;
    assert_eq!((status, &answer["state"]), (202, &json!("unknown")), "{answer}");
    stage.idle().await;
    path
}

async fn record_of(stage: &Stage, path: &str) -> Value {
    Operator::of(stage).await.does(Method::GET, path, None).await.1
}

async fn state_of(stage: &Stage, path: &str) -> Value {
    record_of(stage, path).await["state"].clone()
}

async fn a_retry_dispatches_exactly_once_more(stage: &Stage) {
    unknown_without_a_run(stage).await;
    let path = decides(stage, "retry").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears(AT, &format!("/actions/runs/{run}")).await;
    stage.hears(AT, "**Dispatched.**").await;
    assert_eq!(state_of(stage, &path).await, "dispatched");
    let operator = Operator::of(stage).await;
    let again = Some(json!({"verdict": "retry"}));
    let (status, answer) = operator.does(Method::POST, &format!("{path}/resolve"), again).await;
    assert_eq!((status, &answer["code"], &answer["currentState"]), (409, &json!("NOT_UNKNOWN"), &json!("dispatched")));
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears(AT, "**Succeeded.**").await;
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.said(AT).len()), (1, 1));
}

async fn a_retry_takes_a_run_that_is_there_after_all(stage: &Stage) {
    let run = unknown_with_a_hidden_run(stage).await;
    stage.at_github(|world| world.dispatch_behaviour.listing_lag_seconds = 0);
    decides(stage, "retry").await;
    stage.hears(AT, &format!("/actions/runs/{run}")).await;
    assert_eq!((stage.dispatches(), stage.said(AT).len()), (1, 1));
}

async fn a_drop_frees_the_conversation(stage: &Stage) {
    unknown_without_a_run(stage).await;
    let path = decides(stage, "drop").await;
    stage.hears(AT, "**Dropped.**").await;
    let record = record_of(stage, &path).await;
    assert_eq!((&record["state"], stage.dispatches()), (&json!("dropped"), 0));
    let last = record["history"].as_array().and_then(|lines| lines.last()).expect("a line of history");
    assert_eq!((&last["code"], &last["by"]), (&json!("DROPPED"), &json!("access-code")));
    stage.says("writer", AT, "/ai-implement").await;
    stage.dispatched(1).await;
    stage.hears(AT, "**Dispatched.**").await;
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.said(AT).len()), (1, 2));
}

async fn a_run_that_shows_itself_after_the_drop_is_cancelled(stage: &Stage) {
    let run = unknown_with_a_hidden_run(stage).await;
    let path = decides(stage, "drop").await;
    stage.run_starts(run).await;
    assert_eq!(stage.cancelled_runs(1).await, [run]);
    stage.idle().await;
    assert_eq!(state_of(stage, &path).await, "dropped");
    assert!(stage.said(AT)[0].contains("**Dropped.**"), "{:?}", stage.said(AT));
}

async fn what_nobody_knows_of_is_dropped_where_it_is_taken_back(stage: &Stage) {
    let run = unknown_with_a_hidden_run(stage).await;
    let claim = claim_in(stage, "octo/anthropic", "unknown").await;
    takes_back(stage, &claim, claim.epoch).await;
    stage.hears(AT, "**Dropped.**").await;
    assert_eq!(claim_in(stage, "octo/anthropic", "dropped").await.id, claim.id);
    stage.run_starts(run).await;
    assert_eq!(stage.cancelled_runs(1).await, [run]);
}
