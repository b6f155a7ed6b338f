//! The sandbox over time: the state document, long polls, resets, restarts.

use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::sandbox::runs::{self, NewRun};
use crate::sandbox::{Conclusion, Pace, Sandbox, SandboxConfig, World};

#[tokio::test]
async fn the_state_shows_the_seed() {
    let stage = Stage::new().await;
    let document = stage.sandbox.state();
    let names: Vec<&Value> = document["repos"].as_array().unwrap().iter().map(|repo| &repo["full_name"]).collect();
    assert_eq!(names, ["octo/anthropic", "octo/bedrock", "octo/unmapped"]);
    let answer: Value = stage.get("/_sandbox/state", "").await.json().await.unwrap();
    assert_eq!(answer, document);
}

#[tokio::test]
async fn a_long_poll_is_answered_by_the_next_change() {
    let stage = Stage::new().await;
    let revision = stage.sandbox.look(|world| world.revision);
    let path = format!("/_sandbox/state?after={revision}");
    let change = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    };
    let (answer, ()) = tokio::join!(stage.get(&path, ""), change);
    let document: Value = answer.json().await.unwrap();
    assert_eq!(document["comments"][0]["body"], "hi");
    assert!(document["revision"].as_u64().unwrap() > revision);
}

#[tokio::test]
async fn a_comment_through_the_control_route_names_its_delivery() {
    let stage = Stage::new().await;
    let comment = json!({ "repo": "octo/anthropic", "number": 1, "user": "writer", "body": "/ai-implement" });
    let answer = stage.post("/_sandbox/comments", "", comment).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["delivery"]["status"], 202);
    assert_eq!(answer["delivery"]["guid"], stage.sandbox.deliveries()[0].guid);
}

#[tokio::test]
async fn a_comment_nowhere_is_explained() {
    let stage = Stage::new().await;
    let comment = json!({ "repo": "octo/absent", "number": 1, "user": "writer", "body": "x" });
    let answer = stage.post("/_sandbox/comments", "", comment).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let problem: Value = answer.json().await.unwrap();
    assert_eq!(problem["detail"], "There is no repository octo/absent in the sandbox.");
    let unknown = stage.get("/_sandbox/dreams", "").await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
    assert!(stage.sandbox.requests().is_empty());
}

#[tokio::test]
async fn a_reset_brings_the_seed_back_but_no_id() {
    let stage = Stage::new().await;
    let before = stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    stage.sandbox.reset();
    assert_eq!(stage.sandbox.state()["comments"], json!([]));
    let after = stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    assert!(after > before);
}

#[tokio::test]
async fn the_world_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state_file = Some(folder.path().join("github.json"));
    let start = || {
        let state_file = state_file.clone();
        Sandbox::start(SandboxConfig { state_file, ..SandboxConfig::default() }).unwrap()
    };
    let first = start();
    let before = first.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    first.shutdown().await.unwrap();

    let second = start();
    assert_eq!(second.state()["comments"][0]["id"], before);
    assert!(second.comment("octo/anthropic", 1, "writer", "again").await.unwrap() > before);
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_run_left_unfinished_goes_on_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state_file = Some(folder.path().join("github.json"));
    let by_hand = SandboxConfig { state_file: state_file.clone(), ..SandboxConfig::default() };
    let first = Sandbox::start(by_hand).unwrap();
    let run = NewRun {
        repository_id: 810_001,
        workflow: "claude-implement.yml".to_owned(),
        name: "AI-Implement".to_owned(),
        display_title: "AI-Implement".to_owned(),
        head_branch: "main".to_owned(),
        head_sha: "0".repeat(40),
    };
    let run_id = first.edit_world(|world| runs::add(world, &run));
    first.shutdown().await.unwrap();

    let pace = Pace::Auto { queued_for: Duration::ZERO, running_for: Duration::ZERO };
    let by_itself = SandboxConfig { pace, state_file, ..SandboxConfig::default() };
    let second = Sandbox::start(by_itself).unwrap();
    let conclusion = |world: &World| world.run(run_id).and_then(|run| run.conclusion);
    assert_eq!(second.wait_for(Duration::from_secs(5), conclusion).await, Some(Conclusion::Success));
    second.shutdown().await.unwrap();
}

#[tokio::test]
async fn answers_carry_githubs_standard_headers() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let answer = stage.get("/repos/octo/anthropic", &token).await;
    assert_eq!(answer.headers()["content-type"], "application/json; charset=utf-8");
    for name in ["x-ratelimit-remaining", "x-ratelimit-reset", "x-github-request-id", "etag"] {
        assert!(answer.headers().contains_key(name), "{name}");
    }
    let absent = stage.get("/rate_limit_of_dreams", &token).await;
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
    let body: Value = absent.json().await.unwrap();
    assert_eq!(body["message"], "Not Found");
}
