//! Programs that ask for runs: from the call to the run and its end.

use local::sandbox::Conclusion;
use reqwest::Method;
use serde_json::{Value, json};

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    a_program_has_a_pull_requests_gaps_filled,
    a_ticket_that_github_does_not_know_is_implemented,
    a_program_takes_back_what_it_asked_for,
    a_comment_that_a_workflow_noticed_is_judged_by_its_authors_permission,
];

const PATH: &str = "/v1/dispatches";

async fn asks(stage: &Stage, token: &str, key: &str, body: &Value) -> String {
    let answer = stage.calls(Method::POST, PATH, token, Some(key), body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.body["id"].as_str().expect("an id").to_owned()
}

async fn state_of(stage: &Stage, token: &str, id: &str) -> String {
    let answer = stage.calls(Method::GET, &format!("{PATH}/{id}"), token, None, &json!(null)).await;
    answer.body["state"].as_str().unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

async fn a_program_has_a_pull_requests_gaps_filled(stage: &Stage) {
    let token = stage.api_token().await;
    let body = json!({"kind": "gap-fill", "repo": "octo/bedrock", "prNumber": 1, "instructions": "Be brief."});
    let id = asks(stage, &token, "1", &body).await;
    let dispatch = stage.dispatched(1).await;
    assert_eq!((dispatch.inputs["claim_id"].as_str(), dispatch.inputs["pr_number"].as_str()), (id.as_str(), "1"));
    assert_eq!(
        (dispatch.inputs["aws_region"].as_str(), dispatch.inputs["instructions"].as_str()),
        ("us-west-2", "Be brief.")
    );
    let told = stage.hears("octo/bedrock#1", "**Dispatched.**").await;
    assert!(told.body.contains("| Asked by | `ci` |"), "{}", told.body);
    stage.run_ends(dispatch.run_id, Conclusion::Success).await;
    stage.hears("octo/bedrock#1", "**Succeeded.**").await;
    assert_eq!(state_of(stage, &token, &id).await, "succeeded");
}

async fn a_ticket_that_github_does_not_know_is_implemented(stage: &Stage) {
    let token = stage.api_token().await;
    let issue = json!({"id": "7f3c", "identifier": "ENG-42", "title": "Retry uploads", "description": "At length."});
    let body = json!({"kind": "implement", "repo": "octo/anthropic", "issue": issue});
    let id = asks(stage, &token, "1", &body).await;
    let dispatch = stage.dispatched(1).await;
    assert_eq!((dispatch.inputs["issue_id"].as_str(), dispatch.inputs["pr_number"].as_str()), ("7f3c", ""));
    let same_ticket = stage.calls(Method::POST, PATH, &token, Some("2"), &body).await;
    assert_eq!((same_ticket.status, same_ticket.body["code"].as_str()), (409, Some("IN_FLIGHT")), "{same_ticket:?}");
    stage.run_ends(dispatch.run_id, Conclusion::Failure).await;
    stage.idle().await;
    assert_eq!(state_of(stage, &token, &id).await, "failed");
    let retry = format!("{PATH}/{id}/retry");
    let again = stage.calls(Method::POST, &retry, &token, Some("3"), &json!({})).await;
    assert_eq!((again.status, again.body["retryOf"].as_str()), (202, Some(id.as_str())), "{again:?}");
    assert_eq!(stage.dispatched(2).await.inputs["issue_id"], "7f3c");
}

async fn a_program_takes_back_what_it_asked_for(stage: &Stage) {
    let token = stage.api_token().await;
    let id = asks(stage, &token, "1", &json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": 1})).await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    let cancelled = stage.calls(Method::POST, &format!("{PATH}/{id}/cancel"), &token, None, &json!({})).await;
    assert_eq!(cancelled.status, 202, "{cancelled:?}");
    assert_eq!(stage.cancelled_runs(1).await, [run]);
    stage.hears("octo/anthropic#1", "`ci` cancelled it").await;
}

async fn a_comment_that_a_workflow_noticed_is_judged_by_its_authors_permission(stage: &Stage) {
    let token = stage.api_token().await;
    let repo = stage.repo_id("octo/anthropic").get();
    let comment = stage.at_github(|world| world.add_comment(repo, 1, "reader", "/ai-implement"));
    let body = json!({"kind": "gap-fill", "repo": "octo/anthropic", "commentId": comment});
    asks(stage, &token, "1", &body).await;
    stage.hears("octo/anthropic#1", "`NOT_AUTHORIZED`").await;
    assert_eq!(stage.dispatches(), 0);
}
