//! Finding the runs that dispatches started, reading one, ending one.

use std::collections::BTreeMap;
use std::time::Duration;

use domain::claim::RunRef;
use domain::ids::RunId;
use domain::run::RunStatus;
use github::GitHubError;
use local::sandbox::world::{Access, Run};
use local::sandbox::{Conclusion, Fault, RunStep, World, world};
use serde_json::json;

use crate::stage::{REPOSITORY, Stage, after, now};

const PATIENCE: Duration = Duration::from_secs(10);

/// Lets a dispatch have started a run that many seconds after the beginning.
pub(crate) fn start(stage: &Stage, seconds: i64) -> u64 {
    stage.sandbox.edit_world(|world| {
        let id = world.next_id();
        let run = dispatched(world, id, seconds);
        world.runs.push(run);
        id
    })
}

fn dispatched(world: &World, id: u64, seconds: i64) -> Run {
    Run {
        id,
        repository_id: world.repository(REPOSITORY).expect("a repository of the seed").id,
        workflow: "claude-implement.yml".into(),
        name: "AI-Implement".into(),
        display_title: format!("AI-Implement [{id}]"),
        run_number: 1,
        attempt: 1,
        event: "workflow_dispatch".into(),
        head_branch: "main".into(),
        head_sha: "0".repeat(40),
        actor: world.app.bot_login(),
        status: world::RunStatus::Queued,
        conclusion: None,
        created_at: after(seconds),
        started_at: after(seconds),
        updated_at: after(seconds),
    }
}

async fn found(stage: &Stage) -> Vec<u64> {
    let runs = stage.repository().dispatched_runs(now()).await.expect("the list");
    runs.into_iter().map(|run| run.run.id.get()).collect()
}

#[tokio::test]
async fn the_runs_of_dispatches_since_a_time_are_found_newest_first() {
    let stage = Stage::new();
    let (_earlier, at_that_time, later, pushed) =
        (start(&stage, -1), start(&stage, 0), start(&stage, 5), start(&stage, 6));
    stage.sandbox.edit_world(|world| world.run_mut(pushed).expect("a run").event = "push".into());
    stage.at(10);
    assert_eq!(found(&stage).await, [later, at_that_time]);
}

#[tokio::test]
async fn a_time_within_a_second_finds_the_runs_of_that_second() {
    let stage = Stage::new();
    let run = start(&stage, 0);
    let since = now() + Duration::from_millis(999);
    let runs = stage.repository().dispatched_runs(since).await.expect("the list");
    assert_eq!(runs.first().map(|run| run.run.id), Some(RunId::new(run)));
}

#[tokio::test]
async fn every_page_of_runs_is_read() {
    let stage = Stage::new();
    let mut started: Vec<u64> = (0..250).map(|_| start(&stage, 0)).collect();
    started.reverse();
    assert_eq!(found(&stage).await, started);
    assert_eq!(stage.statuses("/actions/runs?").len(), 3);
}

#[tokio::test]
async fn a_search_ends_where_github_ends_it() {
    let stage = Stage::new();
    let started: Vec<u64> = (0..1_001).map(|_| start(&stage, 0)).collect();
    let found = found(&stage).await;
    assert_eq!((found.len(), found.first(), found.last()), (1_000, started.last(), started.get(1)));
    assert_eq!(stage.statuses("/actions/runs?").len(), 10);
}

#[tokio::test]
async fn a_run_that_moves_on_to_the_next_page_is_found_once() {
    let stage = Stage::new();
    let started: Vec<u64> = (0..101).map(|_| start(&stage, 0)).collect();
    // As the first page was before a newer run pushed the oldest one of it to the second.
    let first_page = started[..100].iter().rev().map(|id| {
        json!({"id": id, "html_url": "", "display_title": "", "status": "queued", "conclusion": null, "updated_at": now()})
    });
    let body = Some(json!({"total_count": 100, "workflow_runs": first_page.collect::<Vec<_>>()}));
    stage.sandbox.script_fault(Fault { status: Some(200), body, ..Fault::on("GET", "*/actions/runs") });
    let mut times: BTreeMap<u64, usize> = BTreeMap::new();
    for id in found(&stage).await {
        *times.entry(id).or_default() += 1;
    }
    assert_eq!(times.get(&started[0]), Some(&1));
    assert_eq!(stage.statuses("/actions/runs?").len(), 2);
}

#[tokio::test]
async fn a_run_may_show_in_the_list_only_later_but_is_there_by_its_id() {
    let stage = Stage::new();
    stage.sandbox.edit_world(|world| world.dispatch_behaviour.listing_lag_seconds = 60);
    let run = start(&stage, 0);
    stage.at(59);
    assert_eq!(found(&stage).await, Vec::<u64>::new());
    assert!(stage.repository().run(RunId::new(run)).await.expect("an answer").is_some());
    stage.at(60);
    assert_eq!(found(&stage).await, [run]);
}

#[tokio::test]
async fn a_run_is_read_as_it_stands() {
    let stage = Stage::new();
    let id = start(&stage, 0);
    let read = async || stage.repository().run(RunId::new(id)).await.expect("an answer").expect("a run");
    let queued = read().await;
    let html_url = format!("{}/{REPOSITORY}/actions/runs/{id}", stage.sandbox.url());
    assert_eq!(queued.run, RunRef::first(RunId::new(id), html_url));
    assert_eq!(
        (queued.status, queued.run.attempt, queued.title),
        (RunStatus::Waiting, 1, format!("AI-Implement [{id}]"))
    );
    stage.at(5);
    stage.sandbox.advance_run(id, RunStep::InProgress).await.expect("a step");
    assert_eq!(read().await.status, RunStatus::InProgress);
    stage.sandbox.advance_run(id, RunStep::Completed(Conclusion::TimedOut)).await.expect("a step");
    assert_eq!(read().await.status, RunStatus::Completed { conclusion: Some("timed_out".into()) });
    stage.at(9);
    stage.sandbox.advance_run(id, RunStep::Rerun).await.expect("a step");
    let again = read().await;
    assert_eq!((again.status, again.run.attempt), (RunStatus::Waiting, 2));
    assert_eq!((again.started_at, again.updated_at), (Some(after(9)), after(9)));
}

#[tokio::test]
async fn a_run_that_was_deleted_is_none() {
    let stage = Stage::new();
    let run = start(&stage, 0);
    stage.sandbox.edit_world(|world| world.runs.clear());
    assert_eq!(stage.repository().run(RunId::new(run)).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_cancelled_run_ends() {
    let stage = Stage::new();
    let id = start(&stage, 0);
    stage.repository().cancel_run(RunId::new(id)).await.expect("taken");
    let conclusion = |world: &World| world.run(id).and_then(|run| run.conclusion);
    assert_eq!(stage.sandbox.wait_for(PATIENCE, conclusion).await, Some(Conclusion::Cancelled));
}

#[tokio::test]
async fn a_run_that_has_ended_or_is_gone_needs_no_cancelling() {
    let stage = Stage::new();
    let id = start(&stage, 0);
    stage.sandbox.advance_run(id, RunStep::Completed(Conclusion::Success)).await.expect("a step");
    stage.repository().cancel_run(RunId::new(id)).await.expect("nothing to do");
    stage.sandbox.edit_world(|world| world.runs.clear());
    stage.repository().cancel_run(RunId::new(id)).await.expect("nothing to do");
    assert_eq!(stage.statuses("/cancel"), [Some(409), Some(404)]);
}

#[tokio::test]
async fn a_cancellation_that_is_not_allowed_is_an_error() {
    let stage = Stage::new();
    let id = start(&stage, 0);
    let repository = stage.repository();
    repository.run(RunId::new(id)).await.expect("an answer");
    stage.sandbox.edit_world(|world| world.installation.permissions.insert("actions".into(), Access::Read));
    let outcome = repository.cancel_run(RunId::new(id)).await;
    assert!(matches!(outcome, Err(GitHubError::Forbidden { .. })), "{outcome:?}");
}
