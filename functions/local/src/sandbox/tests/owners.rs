//! What owners do, and what the App hears of it.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::{REPOSITORY, Stage, message};

fn last_payload(stage: &Stage) -> Value {
    let delivery = stage.sandbox.deliveries().pop().unwrap();
    serde_json::from_str(&delivery.payload).unwrap()
}

#[tokio::test]
async fn a_new_name_is_told_with_the_one_before() {
    let stage = Stage::new().await;
    stage.sandbox.rename_repository("octo/anthropic", "renamed").await.unwrap();
    let payload = last_payload(&stage);
    assert_eq!(stage.events(), ["repository.renamed"]);
    assert_eq!(payload["repository"]["full_name"], "octo/renamed");
    assert_eq!(payload["changes"]["repository"]["name"]["from"], "anthropic");
    let token = stage.token().await;
    assert_eq!(stage.get("/repos/octo/renamed", &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_closed_pull_request_is_told_and_a_closed_issue_is_not() {
    let stage = Stage::new().await;
    stage.sandbox.close("octo/anthropic", 1, "writer").await.unwrap();
    stage.sandbox.close("octo/anthropic", 4, "writer").await.unwrap();
    let payload = last_payload(&stage);
    assert_eq!(stage.events(), ["pull_request.closed"]);
    assert_eq!((&payload["number"], &payload["pull_request"]["state"]), (&json!(1), &json!("closed")));
    assert!(payload["pull_request"]["closed_at"].is_string(), "{payload}");
}

#[tokio::test]
async fn a_suspended_app_may_do_nothing_until_it_is_unsuspended() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.suspend().await;
    assert!(last_payload(&stage)["installation"]["suspended_at"].is_string());
    assert_eq!(stage.get(REPOSITORY, &token).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(message(stage.mint(json!({})).await).await, "This installation has been suspended");
    stage.sandbox.unsuspend().await;
    assert_eq!(stage.get(REPOSITORY, &token).await.status(), StatusCode::OK);
    assert_eq!(stage.events(), ["installation.suspend", "installation.unsuspend"]);
}

#[tokio::test]
async fn an_app_hears_of_its_end_and_of_its_return_as_another_installation() {
    let stage = Stage::new().await;
    stage.sandbox.uninstall().await;
    let gone = last_payload(&stage);
    stage.sandbox.install().await;
    let back = last_payload(&stage);
    assert_eq!(stage.events(), ["installation.deleted", "installation.created"]);
    assert_ne!(gone["installation"]["id"], back["installation"]["id"]);
    let names: Vec<_> = back["repositories"].as_array().unwrap().iter().map(|it| &it["full_name"]).collect();
    assert_eq!(names, ["octo/anthropic", "octo/bedrock", "octo/unmapped"]);
}

#[tokio::test]
async fn a_repository_is_taken_from_the_app_and_given_back() {
    let stage = Stage::new().await;
    stage.sandbox.remove_from_installation("octo/anthropic").await.unwrap();
    let removed = last_payload(&stage);
    assert_eq!((&removed["repository_selection"], &removed["repositories_added"]), (&json!("selected"), &json!([])));
    assert_eq!(removed["repositories_removed"][0]["full_name"], "octo/anthropic");
    let installation = format!("{REPOSITORY}/installation");
    assert_eq!(stage.get(&installation, &stage.jwt(-60, 500)).await.status(), StatusCode::NOT_FOUND);
    stage.sandbox.add_to_installation("octo/anthropic").await.unwrap();
    assert_eq!(last_payload(&stage)["repositories_added"][0]["full_name"], "octo/anthropic");
    assert_eq!(stage.get(&installation, &stage.jwt(-60, 500)).await.status(), StatusCode::OK);
    assert_eq!(stage.events(), ["installation_repositories.removed", "installation_repositories.added"]);
}
