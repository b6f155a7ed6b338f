//! Requests that are only judged: what would become of them, and that nothing does.

use http::Method;
use serde_json::json;

use crate::desk::{Desk, PUBLIC_URL, implement};

const DRY: &str = "/v1/dispatches?dryRun=true";

#[tokio::test]
async fn the_exact_inputs_are_shown_and_nothing_is_sent_or_stored() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = desk.send(Method::POST, DRY, &headers, &implement("octo/bedrock").to_string()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let inputs = &answer.body["inputs"];
    assert_eq!((&inputs["provider"], &inputs["aws_region"]), (&json!("bedrock"), &json!("us-west-2")));
    assert_eq!((&inputs["issue_identifier"], &inputs["pr_number"]), (&json!("ENG-42"), &json!("")));
    assert_eq!(answer.body["mapping"]["provider"], "bedrock");
    assert_eq!((&answer.body["decision"], &answer.body["gitRef"]), (&json!("dispatch"), &json!("main")));
    assert!(desk.queued().await.is_empty());
    let listed = desk.get("/v1/dispatches?repo=octo/bedrock", &token).await;
    assert_eq!(listed.body["dispatches"], json!([]));
    assert_eq!(desk.sandbox.look(|world| world.dispatches.len()), 0);
}

#[tokio::test]
async fn a_refusal_is_shown_with_its_reason_and_remedy() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    for (number, code) in [(2, "FORK_PR"), (3, "PR_CLOSED")] {
        let body = json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": number});
        let answer = desk.post(DRY, &token, "k", &body).await;
        assert_eq!(
            (answer.status, &answer.body["decision"], &answer.body["code"]),
            (200, &json!("refuse"), &json!(code))
        );
        assert!(answer.body["explanation"].as_str().is_some_and(|words| words.len() > 20), "{answer:?}");
    }
}

#[tokio::test]
async fn a_stored_request_is_judged_by_todays_rules() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let first = desk.post("/v1/dispatches", &token, "1", &implement("octo/anthropic")).await;
    desk.hand.advance(jiff::SignedDuration::from_hours(24));
    let replay = format!("/v1/dispatches/{}/retry?dryRun=true", first.id());
    assert_eq!(desk.post(&replay, &token, "k", &json!({})).await.body["decision"], "dispatch");
    desk.remap("octo/anthropic", |draft| draft.paused = Some(true)).await;
    let today = desk.post(&replay, &token, "k", &json!({})).await;
    assert_eq!((&today.body["decision"], &today.body["code"]), (&json!("refuse"), &json!("PAUSED")));
}

#[tokio::test]
async fn a_runs_token_is_not_shown() {
    let desk = Desk::open().await;
    let workflow = "on: {workflow_dispatch: {inputs: {run_token: {required: true}, runner_callback_url: {}}}}";
    desk.sandbox.edit_world(|world| {
        let repository = world.repository_mut("octo/anthropic").expect("a repository of the sandbox");
        repository.set_workflow("claude-implement.yml", Some(workflow));
    });
    let answer = desk.post(DRY, &desk.master().await, "k", &implement("octo/anthropic")).await;
    assert_eq!(answer.body["decision"], "dispatch", "{answer:?}");
    assert_eq!(answer.body["inputs"], json!({"run_token": "…", "runner_callback_url": PUBLIC_URL}));
}

#[tokio::test]
async fn a_channels_address_is_not_shown() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let notify = serde_json::from_value(json!("https://hooks.slack.com/services/T0/B0/hunter2")).expect("an address");
    desk.remap("octo/anthropic", |draft| draft.notify = Some(notify)).await;
    let answer = desk.post(DRY, &token, "k", &implement("octo/anthropic")).await;
    assert_eq!((answer.status, &answer.body["mapping"]["repo"]), (200, &json!("anthropic")), "{answer:?}");
    assert!(!answer.body.to_string().contains("hunter2"), "{answer:?}");
}
