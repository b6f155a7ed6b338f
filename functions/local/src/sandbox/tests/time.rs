//! A sandbox whose time the test owns, and what GitHub shows only later.

use jiff::{SignedDuration, Timestamp};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::{REPOSITORY, Stage};
use crate::sandbox::World;

const DISPATCHES: &str = "/repos/octo/anthropic/actions/workflows/claude-implement.yml/dispatches";

fn noon() -> Timestamp {
    "2026-11-01T12:00:00Z".parse().unwrap()
}

async fn dispatched(stage: &Stage, token: &str) -> u64 {
    let inputs =
        json!({ "issue_id": "1", "issue_identifier": "ENG-42", "issue_title": "Retry", "claim_id": "01CLAIM" });
    let call = json!({ "ref": "main", "inputs": inputs, "return_run_details": true });
    let answer: Value = stage.post(DISPATCHES, token, call).await.json().await.unwrap();
    answer["workflow_run_id"].as_u64().unwrap()
}

async fn listed(stage: &Stage, token: &str) -> usize {
    let answer: Value = stage.get(&format!("{REPOSITORY}/actions/runs"), token).await.json().await.unwrap();
    answer["workflow_runs"].as_array().unwrap().len()
}

#[tokio::test]
async fn a_standing_time_is_stamped_on_everything() {
    let stage = Stage::new().await;
    stage.sandbox.set_time(Some(noon()));
    let token = stage.token().await;
    stage.sandbox.comment("octo/anthropic", 1, "writer", "hi").await.unwrap();
    let run_id = dispatched(&stage, &token).await;
    stage.sandbox.look(|world| {
        let run = world.run(run_id).unwrap();
        assert_eq!((run.created_at, run.started_at, run.updated_at), (noon(), noon(), noon()));
        assert_eq!((world.comments[0].created_at, world.comments[0].updated_at), (noon(), noon()));
        assert_eq!((world.dispatches[0].at, world.deliveries[0].delivered_at), (noon(), noon()));
        assert_eq!(world.tokens[0].expires_at, noon() + SignedDuration::from_hours(1));
    });
}

#[tokio::test]
async fn a_token_ends_with_the_standing_time() {
    let stage = Stage::new().await;
    stage.sandbox.set_time(Some(noon()));
    let token = stage.token().await;
    stage.sandbox.set_time(Some(noon() + SignedDuration::from_mins(59)));
    assert_eq!(stage.get(REPOSITORY, &token).await.status(), StatusCode::OK);
    stage.sandbox.set_time(Some(noon() + SignedDuration::from_hours(1)));
    assert_eq!(stage.get(REPOSITORY, &token).await.status(), StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn a_reset_keeps_the_standing_time_and_only_taking_it_back_brings_the_machines() {
    let stage = Stage::new().await;
    stage.sandbox.set_time(Some(noon()));
    stage.sandbox.reset();
    assert_eq!(stage.sandbox.look(World::now), noon());
    stage.sandbox.set_time(None);
    let machine = Timestamp::now().as_second();
    let difference = stage.sandbox.look(World::now).as_second() - machine;
    assert!((0..60).contains(&difference), "{difference}");
}

#[tokio::test]
async fn a_run_shows_in_the_list_after_its_lag_and_by_its_id_at_once() {
    let stage = Stage::new().await;
    stage.sandbox.edit_world(|world| world.dispatch_behaviour.listing_lag_seconds = 30);
    stage.sandbox.set_time(Some(noon()));
    let token = stage.token().await;
    let run_id = dispatched(&stage, &token).await;
    stage.sandbox.set_time(Some(noon() + SignedDuration::from_secs(29)));
    assert_eq!(listed(&stage, &token).await, 0);
    let by_id = stage.get(&format!("{REPOSITORY}/actions/runs/{run_id}"), &token).await;
    assert_eq!(by_id.status(), StatusCode::OK);
    stage.sandbox.set_time(Some(noon() + SignedDuration::from_secs(30)));
    assert_eq!(listed(&stage, &token).await, 1);
}
