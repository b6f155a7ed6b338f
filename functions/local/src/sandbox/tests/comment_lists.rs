//! The list of a repository's comments: its order, its bounds, its pages, and what is not sent twice.

use jiff::{SignedDuration, Timestamp};
use reqwest::header::ETAG;
use reqwest::{Response, StatusCode};
use serde_json::Value;

use super::stage::{REPOSITORY, Stage};

fn minute(minutes: i64) -> Timestamp {
    "2026-11-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_mins(minutes)
}

/// Three comments, a minute apart; the first one was edited after that.
async fn conversation(stage: &Stage) -> [u64; 3] {
    let mut ids = [0; 3];
    for (minutes, id) in (0..).zip(&mut ids) {
        stage.sandbox.set_time(Some(minute(minutes)));
        *id = stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    }
    stage.sandbox.set_time(Some(minute(9)));
    stage.sandbox.edit_comment(ids[0], "hello").await.unwrap();
    ids
}

async fn get(stage: &Stage, query: &str, token: &str) -> Response {
    stage.get(&format!("{REPOSITORY}/issues/comments?{query}"), token).await
}

async fn ids(stage: &Stage, query: &str, token: &str) -> Vec<u64> {
    let comments: Vec<Value> = get(stage, query, token).await.json().await.unwrap();
    comments.iter().map(|comment| comment["id"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn comments_come_in_the_order_asked_for() {
    let stage = Stage::new().await;
    let [one, two, three] = conversation(&stage).await;
    let token = stage.token().await;
    for (query, expected) in [
        ("", [one, two, three]),
        ("direction=desc", [one, two, three]),
        ("sort=created", [one, two, three]),
        ("sort=created&direction=desc", [three, two, one]),
        ("sort=updated", [two, three, one]),
        ("sort=updated&direction=asc", [two, three, one]),
        ("sort=updated&direction=desc", [one, three, two]),
    ] {
        assert_eq!(ids(&stage, query, &token).await, expected, "{query}");
    }
    let unknown = get(&stage, "sort=loudness", &token).await;
    assert_eq!(unknown.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn since_counts_the_last_edit_and_its_own_second() {
    let stage = Stage::new().await;
    let [one, _, three] = conversation(&stage).await;
    let token = stage.token().await;
    assert_eq!(ids(&stage, "since=2026-11-01T12:02:00Z", &token).await, [one, three]);
    assert_eq!(ids(&stage, "since=2026-11-01T12:02:01Z", &token).await, [one]);
}

#[tokio::test]
async fn the_next_page_is_one_of_the_same_list() {
    let stage = Stage::new().await;
    let [one, ..] = conversation(&stage).await;
    let token = stage.token().await;
    let query = "sort=updated&direction=asc&since=2026-11-01T12:00:00Z";
    let first = get(&stage, &format!("{query}&per_page=2"), &token).await;
    let link = first.headers()["link"].to_str().unwrap().to_owned();
    let next = link.split(['<', '>']).nth(1).unwrap().strip_prefix(&stage.sandbox.url()).unwrap();
    assert_eq!(next, format!("{REPOSITORY}/issues/comments?{query}&per_page=2&page=2"));
    let rest: Vec<Value> = stage.get(next, &token).await.json().await.unwrap();
    assert_eq!((rest.len(), &rest[0]["id"]), (1, &Value::from(one)));
}

#[tokio::test]
async fn what_the_caller_has_is_not_sent_again_and_not_counted() {
    let stage = Stage::new().await;
    conversation(&stage).await;
    let token = stage.token().await;
    let first = get(&stage, "sort=updated", &token).await;
    let tag = first.headers()[ETAG].to_str().unwrap().to_owned();
    let used = |answer: &Response| answer.headers()["x-ratelimit-used"].to_str().unwrap().parse::<u64>().unwrap();
    for _ in 0..3 {
        let same = stage.get_unless(&format!("{REPOSITORY}/issues/comments?sort=updated"), &token, &tag).await;
        assert_eq!((same.status(), used(&same)), (StatusCode::NOT_MODIFIED, used(&first)));
        assert_eq!(same.bytes().await.unwrap().len(), 0);
    }
    stage.sandbox.comment("octo/anthropic", 1, "writer", "more").await.unwrap();
    let changed = stage.get_unless(&format!("{REPOSITORY}/issues/comments?sort=updated"), &token, &tag).await;
    assert_eq!((changed.status(), used(&changed)), (StatusCode::OK, used(&first) + 1));
    assert_ne!(changed.headers()[ETAG].to_str().unwrap(), tag);
}

#[tokio::test]
async fn a_tag_opens_nothing_to_a_token_that_may_not_read() {
    let stage = Stage::new().await;
    conversation(&stage).await;
    let token = stage.token().await;
    let tag = get(&stage, "", &token).await.headers()[ETAG].to_str().unwrap().to_owned();
    stage.sandbox.edit_world(|world| world.tokens.clear());
    let answer = stage.get_unless(&format!("{REPOSITORY}/issues/comments?"), &token, &tag).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
}
