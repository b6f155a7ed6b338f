//! Runs that redeem nothing, and are told at their dispatch where they report: what people see of a report, and whom an
//! outage of the runs' secret holds up.

use aws::SecretSource;
use domain::public_url::PublicUrl;
use jiff::SignedDuration;
use reqwest::Method;
use serde_json::{Value, json};
use worker::Runs;

use crate::conversation::conversations;
use crate::stage::{Stage, works_on};

conversations![
    a_run_that_is_told_where_it_reports_reports_once,
    what_a_run_does_is_shown_on_its_way,
    a_dispatch_waits_for_the_runs_secret_and_others_go_on,
];

const HERE: &str = "octo/anthropic#1";
const RESULT: &str = "/runner/result";

/// A workflow of the reference product's: it knows of no claim.
const WORKFLOW: &str = "on:\n  workflow_dispatch:\n    inputs:\n      pr_number: {required: true}\n      \
    run_token: {required: true}\n      runner_callback_url: {required: true}\n";

fn tells_runs_where_they_report(stage: &Stage) {
    stage.at_github(|world| {
        let repository = world.repository_mut("octo/anthropic").expect("a repository of the sandbox");
        repository.set_workflow("claude-implement.yml", Some(WORKFLOW));
    });
}

/// The token of a run that was told where it reports.
async fn token(stage: &Stage) -> String {
    tells_runs_where_they_report(stage);
    stage.says("writer", HERE, "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["pr_number", "run_token", "runner_callback_url"]);
    assert_eq!(inputs["runner_callback_url"], stage.system.url());
    stage.hears(HERE, "**Dispatched.**").await;
    inputs["run_token"].clone()
}

async fn a_run_that_is_told_where_it_reports_reports_once(stage: &Stage) {
    let token = token(stage).await;
    let report = json!({
        "phase": "gap-fill", "outcome": "success", "prUrl": "https://github.com/octo/anthropic/pull/1",
        "usage": {"turns": 12, "costUsd": 0.42, "model": "claude-sonnet-4-6"},
    });
    let answer = stage.calls(Method::POST, RESULT, &token, None, &report).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({"acknowledged": true})));
    let told = stage.hears(HERE, "| Took | 12 turns, 0.42 US$ |").await;
    assert!(told.body.contains("| Pull request | [#1](https://github.com/octo/anthropic/pull/1) |"), "{}", told.body);
    assert!(!told.body.contains(&token), "a token is the run's alone");
    let again = stage.calls(Method::POST, RESULT, &token, None, &report).await;
    assert_eq!((again.status, again.body["code"].as_str()), (409, Some("already_consumed")));
}

async fn what_a_run_does_is_shown_on_its_way(stage: &Stage) {
    let token = token(stage).await;
    let word = |message: &str| -> Value { json!({"phase": "gap-fill", "message": message}) };
    let answer = stage.calls(Method::POST, "/runner/progress", &token, None, &word("Reads the tests.")).await;
    assert_eq!((answer.status, &answer.body), (200, &json!({"acknowledged": true})));
    stage.hears(HERE, "Reads the tests.").await;
}

async fn a_dispatch_waits_for_the_runs_secret_and_others_go_on(stage: &Stage) {
    tells_runs_where_they_report(stage);
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("run.json");
    let worker = stage.system.worker();
    let secret = SecretSource::File(file.clone());
    let runs = Runs::new(secret, PublicUrl::new(stage.system.url()), worker.clock.clone());
    let worker = worker::State { runs: Some(runs), ..worker.clone() };
    let (told, untold) = (stage.unheard("writer", HERE), stage.unheard("writer", "octo/bedrock#1"));
    assert!(!works_on(&worker, &told).await, "it comes again");
    assert_eq!((stage.dispatches(), stage.said(HERE)), (0, Vec::new()));
    assert!(works_on(&worker, &untold).await, "its workflow takes no token");
    assert_eq!(stage.dispatches(), 1);
    let key = json!({"run_token_key": "a key of thirty-two bytes, or so"});
    std::fs::write(&file, key.to_string()).expect("a writable folder");
    stage.hand.advance(SignedDuration::from_mins(1));
    assert!(works_on(&worker, &told).await, "the secret is there");
    assert!(stage.dispatched(2).await.inputs.contains_key("run_token"));
}
