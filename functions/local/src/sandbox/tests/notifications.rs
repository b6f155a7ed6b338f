//! Messages to Slack and Teams, as the product sends them and as people see them.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::sandbox::{Fault, Sandbox, SandboxConfig};

fn text() -> Value {
    json!({ "text": "🚀 *Dispatched*" })
}

fn card() -> Value {
    let card = json!({ "type": "AdaptiveCard", "version": "1.2", "body": [] });
    json!({
        "type": "message",
        "attachments": [{ "contentType": "application/vnd.microsoft.card.adaptive", "content": card }],
    })
}

#[tokio::test]
async fn a_message_is_taken_as_its_service_takes_it_and_shown() {
    let stage = Stage::new().await;
    let slack = stage.post("/slack/T0/B0/s3cret?x=y", "", text()).await;
    assert_eq!((slack.status(), slack.text().await.unwrap().as_str()), (StatusCode::OK, "ok"));
    let teams = stage.post("/teams/octo", "", card()).await;
    assert_eq!((teams.status(), teams.text().await.unwrap().as_str()), (StatusCode::ACCEPTED, ""));

    let kept = stage.sandbox.notifications();
    assert_eq!((kept[0].path.as_str(), &kept[0].body), ("/slack/T0/B0/s3cret", &text()));
    assert_eq!((kept[1].path.as_str(), &kept[1].body), ("/teams/octo", &card()));
    let shown: Value = stage.get("/_sandbox/state", "").await.json().await.unwrap();
    assert_eq!(shown["notifications"], json!(kept));
}

#[tokio::test]
async fn what_the_service_could_not_read_is_refused_and_not_kept() {
    let stage = Stage::new().await;
    for (path, message) in [
        ("/slack/octo", json!({})),
        ("/slack/octo", json!({ "text": "" })),
        ("/slack/octo", json!(["text"])),
        ("/slack/octo", card()),
        ("/teams/octo", text()),
        ("/teams/octo", json!({ "type": "message", "attachments": [] })),
    ] {
        assert_eq!(stage.post(path, "", message.clone()).await.status(), StatusCode::BAD_REQUEST, "{path}: {message}");
    }
    assert!(stage.sandbox.notifications().is_empty());
    let read = stage.get("/slack/octo", "").await;
    assert_eq!(read.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(stage.post("/slack", "", text()).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_message_is_no_request_to_github() {
    let stage = Stage::new().await;
    let answer = stage.post("/slack/octo", "", text()).await;
    assert!(stage.sandbox.requests().is_empty());
    assert!(!answer.headers().contains_key("x-ratelimit-limit"));
}

#[tokio::test]
async fn a_service_fails_as_it_is_scripted() {
    let stage = Stage::new().await;
    let fault = json!({ "method": "POST", "path": "/slack/*", "status": 429, "headers": { "retry-after": "7" } });
    stage.post("/_sandbox/faults", "", fault).await;
    let answer = stage.post("/slack/octo", "", text()).await;
    assert_eq!(
        (answer.status(), &answer.headers()["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"7".parse().unwrap())
    );
    assert!(stage.sandbox.notifications().is_empty());

    stage.sandbox.script_fault(Fault { reset: true, after_effect: true, ..Fault::on("POST", "/teams/octo") });
    let lost = stage.try_call(reqwest::Method::POST, "/teams/octo", "", Some(card())).await;
    assert!(lost.unwrap_err().is_request());
    assert_eq!((stage.sandbox.notifications().len(), stage.sandbox.fault_hits()), (1, 2));
}

#[tokio::test]
async fn the_last_two_hundred_messages_are_kept() {
    let stage = Stage::new().await;
    stage.sandbox.edit_world(|world| {
        for number in 0..199 {
            world.add_notification("/slack/octo", json!(number));
        }
    });
    for _ in 0..2 {
        stage.post("/slack/octo", "", text()).await;
    }
    let kept = stage.sandbox.notifications();
    assert_eq!((kept.len(), &kept[0].body, &kept[199].body), (200, &json!(1), &text()));
    stage.sandbox.reset();
    assert!(stage.sandbox.notifications().is_empty());
}

#[tokio::test]
async fn messages_survive_a_restart_and_an_older_state_file_has_none() {
    let folder = tempfile::tempdir().unwrap();
    let state_file = folder.path().join("github.json");
    let start = || {
        let state_file = Some(state_file.clone());
        Sandbox::start(SandboxConfig { state_file, ..SandboxConfig::default() }).unwrap()
    };
    let first = start();
    first.edit_world(|world| world.add_notification("/slack/octo", text()));
    let before = first.notifications();
    first.shutdown().await.unwrap();
    let second = start();
    assert_eq!(second.notifications(), before);
    second.shutdown().await.unwrap();

    let mut older: Value = serde_json::from_slice(&std::fs::read(&state_file).unwrap()).unwrap();
    older.as_object_mut().unwrap().remove("notifications").unwrap();
    std::fs::write(&state_file, older.to_string()).unwrap();
    let third = start();
    assert!(third.notifications().is_empty());
    third.shutdown().await.unwrap();
}
