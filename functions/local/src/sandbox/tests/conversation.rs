//! Comments, reactions and the webhooks that tell of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{REPOSITORY, SECRET, Stage};
use crate::sandbox::digest::webhook_signature;

#[tokio::test]
async fn a_persons_comment_is_delivered_signed() {
    let stage = Stage::new().await;
    let id = stage.sandbox.comment("octo/anthropic", 1, "writer", "/ai-implement").await.unwrap();

    let received = stage.received.lock().unwrap();
    let (headers, body) = &received[0];
    assert_eq!(headers["x-hub-signature-256"], webhook_signature(SECRET, body));
    assert_eq!(headers["x-github-event"], "issue_comment");
    assert_eq!(headers["content-type"], "application/json");
    let payload: Value = serde_json::from_slice(body).unwrap();
    assert_eq!(payload["action"], "created");
    assert_eq!(payload["comment"]["id"], id);
    assert_eq!(payload["sender"]["type"], "User");
    assert_eq!(payload["installation"]["id"], 630_001);
    assert!(payload["issue"]["pull_request"].is_object());
    assert!(!payload.to_string().contains("head_sha"));
}

#[tokio::test]
async fn an_issues_payload_names_no_pull_request_and_a_repository_hooks_none_installation() {
    let stage = Stage::new().await;
    stage.sandbox.edit_world(|world| world.installation.named_in_payloads = false);
    stage.sandbox.comment("octo/anthropic", 4, "writer", "hello").await.unwrap();
    let payload: Value = serde_json::from_str(&stage.sandbox.deliveries()[0].payload).unwrap();
    assert!(payload["issue"].get("pull_request").is_none());
    assert!(payload.get("installation").is_none());
}

#[tokio::test]
async fn editing_and_deleting_are_told_too() {
    let stage = Stage::new().await;
    let id = stage.sandbox.comment("octo/anthropic", 1, "writer", "one").await.unwrap();
    stage.sandbox.edit_comment(id, "two").await.unwrap();
    stage.sandbox.delete_comment(id).await.unwrap();
    assert_eq!(stage.events(), ["issue_comment.created", "issue_comment.edited", "issue_comment.deleted"]);
    let edited: Value = serde_json::from_str(&stage.sandbox.deliveries()[1].payload).unwrap();
    assert_eq!(edited["changes"]["body"]["from"], "one");
}

#[tokio::test]
async fn the_app_hears_of_its_own_comments_as_a_bot() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let answer = stage.post(&format!("{REPOSITORY}/issues/1/comments"), &token, json!({ "body": "Accepted." })).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let comment: Value = answer.json().await.unwrap();
    assert_eq!(comment["user"]["login"], "ai-implement[bot]");
    assert_eq!(comment["performed_via_github_app"]["slug"], "ai-implement");
    let path = format!("{REPOSITORY}/issues/comments/{}", comment["id"]);
    stage.call(Method::PATCH, &path, &token, Some(json!({ "body": "Done." }))).await;
    stage.delivered(2).await;
    let payload: Value = serde_json::from_str(&stage.sandbox.deliveries()[0].payload).unwrap();
    assert_eq!(payload["sender"]["type"], "Bot");
}

#[tokio::test]
async fn a_second_same_reaction_changes_nothing() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let id = stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    let path = format!("{REPOSITORY}/issues/comments/{id}/reactions");
    for (content, expected) in [("eyes", 201), ("eyes", 200), ("rocket", 201), ("shrug", 422)] {
        let answer = stage.post(&path, &token, json!({ "content": content })).await;
        assert_eq!(answer.status().as_u16(), expected, "{content}");
    }
    let nowhere = format!("{REPOSITORY}/issues/comments/1/reactions");
    let answer = stage.post(&nowhere, &token, json!({ "content": "eyes" })).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_redelivery_repeats_guid_and_bytes() {
    let stage = Stage::new().await;
    stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    let first = stage.sandbox.deliveries().remove(0);
    let again = stage.sandbox.redeliver(first.id).await.unwrap();
    assert_eq!((&again.guid, &again.payload), (&first.guid, &first.payload));
    assert!(again.redelivery && again.id != first.id);
}

#[tokio::test]
async fn a_receiver_that_is_away_is_recorded_and_nothing_is_sent_again() {
    let stage = Stage::new().await;
    stage.sandbox.set_webhook("http://127.0.0.1:1/hook", SECRET);
    stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    let deliveries = stage.sandbox.deliveries();
    assert_eq!((deliveries.len(), deliveries[0].status_code), (1, 502));
}

#[tokio::test]
async fn a_receivers_refusal_is_recorded_as_it_was() {
    let stage = Stage::new().await;
    stage.sandbox.set_webhook(&format!("{}/_sandbox/dreams", stage.sandbox.url()), SECRET);
    stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    let delivery = stage.sandbox.deliveries().remove(0);
    assert_eq!((delivery.status_code, delivery.status.as_str()), (404, "Invalid HTTP Response: 404"));
}

#[tokio::test]
async fn without_a_webhook_nothing_is_in_the_delivery_list() {
    let stage = Stage::new().await;
    stage.sandbox.remove_webhook();
    stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    assert!(stage.sandbox.deliveries().is_empty() && stage.events().is_empty());
}

#[tokio::test]
async fn a_redelivery_through_the_api_is_marked_in_the_list() {
    let stage = Stage::new().await;
    stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    let first = stage.sandbox.deliveries().remove(0);
    let jwt = stage.jwt(-60, 500);
    let answer = stage.post(&format!("/app/hook/deliveries/{}/attempts", first.id), &jwt, json!({})).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    stage.delivered(2).await;
    let listed: Vec<Value> = stage.get("/app/hook/deliveries", &jwt).await.json().await.unwrap();
    let marks: Vec<_> = listed.iter().map(|it| (&it["redelivery"], it["guid"] == first.guid)).collect();
    assert_eq!(marks, [(&json!(true), true), (&json!(false), true)]);
}

#[tokio::test]
async fn the_delivery_list_is_paged_by_cursor() {
    let stage = Stage::new().await;
    for text in ["one", "two", "three"] {
        stage.sandbox.comment("octo/anthropic", 1, "writer", text).await.unwrap();
    }
    let jwt = stage.jwt(-60, 500);
    let first = stage.get("/app/hook/deliveries?per_page=2", &jwt).await;
    let link = first.headers()["link"].to_str().unwrap().to_owned();
    let next = link.split(['<', '>']).nth(1).unwrap().strip_prefix(&stage.sandbox.url()).unwrap();
    let rest: Vec<Value> = stage.get(next, &jwt).await.json().await.unwrap();
    assert_eq!(rest.len(), 1);
    let one: Value = stage.get(&format!("/app/hook/deliveries/{}", rest[0]["id"]), &jwt).await.json().await.unwrap();
    assert_eq!(one["request"]["payload"]["comment"]["body"], "one");
}
