//! Jobs and their annotations as GitHub Actions shows them.
//!
//! Never says how a job went: that is `jobs`.

use serde_json::{Map, Value, json};

use super::actions::run_url;
use super::repository::{api_url, html_url};
use super::{fields, node_id};
use crate::sandbox::jobs::Job;
use crate::sandbox::world::{Annotation, Repository, Run, RunStatus, World};

/// A job.
pub(in crate::sandbox) fn job(world: &World, repository: &Repository, run: &Run, job: &Job) -> Value {
    let mut rendered = job_state(run, job);
    rendered.extend(job_links(world, repository, run, job));
    rendered.extend(runner(job));
    Value::Object(rendered)
}

/// An annotation, which GitHub pins to the workflow's folder.
pub(in crate::sandbox) fn annotation(
    world: &World,
    repository: &Repository,
    run: &Run,
    annotation: &Annotation,
) -> Value {
    json!({
        "path": ".github",
        "blob_href": format!("{}/blob/{}/.github", html_url(world, repository), run.head_sha),
        "start_line": 1,
        "start_column": null,
        "end_line": 1,
        "end_column": null,
        "annotation_level": annotation.level,
        "title": "",
        "message": annotation.message,
        "raw_details": "",
    })
}

fn job_state(run: &Run, job: &Job) -> Map<String, Value> {
    let ended_at = (run.status == RunStatus::Completed).then_some(run.updated_at);
    let steps = job.steps.iter().zip(1..).map(|(step, number): (_, u32)| {
        json!({
            "name": step.name,
            "status": RunStatus::Completed,
            "conclusion": step.conclusion,
            "number": number,
            "started_at": run.started_at,
            "completed_at": ended_at,
        })
    });
    fields(json!({
        "id": job.id,
        "node_id": node_id("CR", job.id),
        "run_id": run.id,
        "run_attempt": run.attempt,
        "name": job.name,
        "workflow_name": run.name,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "status": job.status,
        "conclusion": job.conclusion,
        "created_at": run.started_at,
        "started_at": run.started_at,
        "completed_at": ended_at,
        "steps": steps.collect::<Vec<_>>(),
    }))
}

fn job_links(world: &World, repository: &Repository, run: &Run, job: &Job) -> Map<String, Value> {
    let api = api_url(world, repository);
    fields(json!({
        "run_url": run_url(world, repository, run.id),
        "url": format!("{api}/actions/jobs/{}", job.id),
        "html_url": format!("{}/actions/runs/{}/job/{}", html_url(world, repository), run.id, job.id),
        "check_run_url": format!("{api}/check-runs/{}", job.id),
    }))
}

/// Who works on the job, once somebody does.
fn runner(job: &Job) -> Map<String, Value> {
    let taken = job.status != RunStatus::Queued;
    fields(json!({
        "labels": ["ubuntu-latest"],
        "runner_id": taken.then_some(1),
        "runner_name": taken.then_some("GitHub Actions 1"),
        "runner_group_id": taken.then_some(0),
        "runner_group_name": taken.then_some("GitHub Actions"),
    }))
}
