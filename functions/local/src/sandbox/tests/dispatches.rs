//! `workflow_dispatch`, its refusals, and the runs that follow.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Map, Value, json};

use super::stage::{REPOSITORY, Stage, message};
use crate::sandbox::world::{Conclusion, RunDetails, RunStatus};
use crate::sandbox::{Pace, RunStep};

const DISPATCHES: &str = "/repos/octo/anthropic/actions/workflows/claude-implement.yml/dispatches";

fn inputs() -> Value {
    json!({ "issue_id": "1", "issue_identifier": "ENG-42", "issue_title": "Retry", "claim_id": "01CLAIM" })
}

fn call(inputs: &Value) -> Value {
    json!({ "ref": "main", "inputs": inputs, "return_run_details": true })
}

async fn dispatched(stage: &Stage) -> u64 {
    let token = stage.token().await;
    let answer: Value = stage.post(DISPATCHES, &token, call(&inputs())).await.json().await.unwrap();
    answer["workflow_run_id"].as_u64().unwrap()
}

#[tokio::test]
async fn a_dispatch_starts_a_run_whose_title_carries_the_claim() {
    let stage = Stage::new().await;
    let run_id = dispatched(&stage).await;
    let token = stage.token().await;
    let found: Value = stage
        .get(&format!("{REPOSITORY}/actions/runs?event=workflow_dispatch&created=%3E%3D2026-01-01"), &token)
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(found["workflow_runs"][0]["id"], run_id);
    assert_eq!(found["workflow_runs"][0]["display_title"], "AI-Implement ENG-42 [01CLAIM]");
    assert_eq!(stage.sandbox.state()["dispatches"][0]["inputs"], inputs());
}

#[tokio::test]
async fn without_the_wish_for_details_the_answer_is_empty() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let answer = stage.post(DISPATCHES, &token, json!({ "ref": "main", "inputs": inputs() })).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn wrong_inputs_are_refused_in_githubs_words() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let with = |name: &str, value: Value| {
        let mut changed = inputs();
        changed[name] = value;
        changed
    };
    let many: Map<String, Value> = (0..26).map(|number| (format!("input{number}"), json!(""))).collect();
    for (inputs, expected) in [
        (with("run_token", json!("x")), r#"Unexpected inputs provided: ["run_token"]"#),
        (json!({ "issue_id": "1", "issue_title": "x" }), "Required input 'issue_identifier' not provided"),
        (with("max_turns", json!(5)), "Invalid request.\n\nFor 'properties/max_turns', 5 is not a string."),
        (Value::Object(many), "you may only define up to 25 `inputs` for a `workflow_dispatch` event"),
        (with("issue_description", json!("x".repeat(65_536))), "inputs are too large."),
    ] {
        let answer = stage.post(DISPATCHES, &token, call(&inputs)).await;
        assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(message(answer).await, expected);
    }
    assert_eq!(stage.sandbox.state()["runs"], json!([]));
}

#[tokio::test]
async fn a_value_outside_of_a_choice_is_refused() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    set_workflow(
        &stage,
        "on: {workflow_dispatch: {inputs: {provider: {type: choice, options: [anthropic, bedrock]}}}}",
    );
    let answer = stage.post(DISPATCHES, &token, call(&json!({ "provider": "azure" }))).await;
    let expected = "Provided value 'azure' for input 'provider' not in the list of allowed values";
    assert_eq!(message(answer).await, expected);
}

#[tokio::test]
async fn a_workflow_that_cant_be_dispatched_is_refused() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    set_workflow(&stage, "on: [push]");
    let answer = stage.post(DISPATCHES, &token, call(&json!({}))).await;
    assert_eq!(message(answer).await, "Workflow does not have 'workflow_dispatch' trigger");

    stage.sandbox.edit_world(|world| {
        let repository = world.repository_mut("octo/anthropic").unwrap();
        repository.disabled_workflows.insert("claude-implement.yml".to_owned());
    });
    let answer = stage.post(DISPATCHES, &token, call(&json!({}))).await;
    assert_eq!(message(answer).await, "Cannot trigger a 'workflow_dispatch' on a disabled workflow");

    stage.sandbox.edit_world(|world| {
        world.repository_mut("octo/anthropic").unwrap().set_workflow("claude-implement.yml", None);
    });
    let answer = stage.post(DISPATCHES, &token, call(&json!({}))).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn an_unknown_ref_is_refused() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let answer = stage.post(DISPATCHES, &token, json!({ "ref": "absent", "inputs": inputs() })).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(message(answer).await, "No ref found for: absent");
}

#[tokio::test]
async fn an_old_server_refuses_the_details_field() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.edit_world(|world| {
        world.dispatch_behaviour.run_details = RunDetails::Rejected { status: 400 };
    });
    let refused = stage.post(DISPATCHES, &token, call(&inputs())).await;
    assert_eq!(refused.status(), StatusCode::BAD_REQUEST);
    assert!(message(refused).await.contains("return_run_details"));
    let plain = stage.post(DISPATCHES, &token, json!({ "ref": "main", "inputs": inputs() })).await;
    assert_eq!(plain.status(), StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn one_call_may_start_two_runs() {
    let stage = Stage::new().await;
    stage.sandbox.edit_world(|world| world.dispatch_behaviour.runs_per_call = 2);
    dispatched(&stage).await;
    let titles = stage.sandbox.look(|world| world.runs.iter().map(|run| run.display_title.clone()).collect::<Vec<_>>());
    assert_eq!(titles, ["AI-Implement ENG-42 [01CLAIM]"; 2]);
    assert_eq!(stage.sandbox.state()["dispatches"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_run_moves_by_hand_and_each_step_is_told() {
    let stage = Stage::new().await;
    let run_id = dispatched(&stage).await;
    stage.delivered(1).await;
    for step in [RunStep::InProgress, RunStep::Completed(Conclusion::Failure), RunStep::Rerun] {
        stage.sandbox.advance_run(run_id, step).await.unwrap();
    }
    assert_eq!(
        stage.events(),
        ["workflow_run.requested", "workflow_run.in_progress", "workflow_run.completed", "workflow_run.requested"]
    );
    assert!(stage.sandbox.advance_run(run_id, RunStep::Rerun).await.is_err());
    assert_eq!(stage.sandbox.look(|world| world.run(run_id).unwrap().attempt), 2);
}

#[tokio::test]
async fn in_automatic_pace_a_run_succeeds_by_itself_unless_it_is_cancelled() {
    let moment = Duration::from_millis(20);
    let stage = Stage::with_pace(Pace::Auto { queued_for: moment, running_for: moment }).await;
    let finished = dispatched(&stage).await;
    let conclusion = |run_id| {
        stage.sandbox.wait_for(Duration::from_secs(5), move |world| {
            world.run(run_id).filter(|run| run.status == RunStatus::Completed).and_then(|run| run.conclusion)
        })
    };
    assert_eq!(conclusion(finished).await, Some(Conclusion::Success));

    let cancelled = dispatched(&stage).await;
    let path = format!("{REPOSITORY}/actions/runs/{cancelled}/cancel");
    let answer = stage.post(&path, &stage.token().await, json!({})).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    assert_eq!(conclusion(cancelled).await, Some(Conclusion::Cancelled));
}

fn set_workflow(stage: &Stage, text: &str) {
    stage.sandbox.edit_world(|world| {
        let repository = world.repository_mut("octo/anthropic").unwrap();
        repository.set_workflow("claude-implement.yml", Some(text));
    });
}
