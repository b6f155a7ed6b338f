//! Workflows and their runs as GitHub Actions shows them.
//!
//! Never changes a run: that is `runs`.

use serde_json::{Map, Value, json};

use super::account::user;
use super::repository::{api_url, html_url, minimal};
use super::{fields, node_id};
use crate::sandbox::digest::{git_blob_sha, stable_number};
use crate::sandbox::workflow_file::WorkflowFile;
use crate::sandbox::world::{Repository, Run, World, workflow_path};

/// The id of a workflow: the world does not number them, its file gives it a lasting number.
pub(in crate::sandbox) fn workflow_id(repository: &Repository, file: &str) -> u64 {
    u64::from(stable_number(&format!("{}/{file}", repository.id)))
}

/// A workflow. Its file is on the default branch.
pub(in crate::sandbox) fn workflow(world: &World, repository: &Repository, file: &str) -> Value {
    let id = workflow_id(repository, file);
    let page = html_url(world, repository);
    let path = workflow_path(file);
    let parsed = repository.workflow_text(file).and_then(|text| WorkflowFile::parse(text).ok());
    let disabled = repository.disabled_workflows.contains(file);
    json!({
        "id": id,
        "node_id": node_id("W", id),
        "name": parsed.and_then(|workflow| workflow.name).unwrap_or_else(|| path.clone()),
        "path": path,
        "state": if disabled { "disabled_manually" } else { "active" },
        "created_at": repository.created_at,
        "updated_at": repository.created_at,
        "url": workflow_url(world, repository, file),
        "html_url": format!("{page}/blob/{}/{path}", repository.default_branch),
        "badge_url": format!("{page}/actions/workflows/{file}/badge.svg"),
    })
}

/// Where the API serves a run.
pub(in crate::sandbox) fn run_url(world: &World, repository: &Repository, run_id: u64) -> String {
    format!("{}/actions/runs/{run_id}", api_url(world, repository))
}

/// A run.
pub(in crate::sandbox) fn run(world: &World, repository: &Repository, run: &Run) -> Value {
    let mut rendered = run_state(run);
    rendered.extend(run_links(world, repository, run));
    rendered.extend(fields(json!({
        "actor": user(world, &run.actor),
        "triggering_actor": user(world, &run.actor),
        "head_commit": head_commit(run),
        "repository": minimal(world, repository),
        "head_repository": minimal(world, repository),
        "pull_requests": [],
        "referenced_workflows": [],
    })));
    Value::Object(rendered)
}

fn run_state(run: &Run) -> Map<String, Value> {
    fields(json!({
        "id": run.id,
        "node_id": node_id("WFR", run.id),
        "name": run.name,
        "display_title": run.display_title,
        "path": workflow_path(&run.workflow),
        "run_number": run.run_number,
        "run_attempt": run.attempt,
        "event": run.event,
        "status": run.status,
        "conclusion": run.conclusion,
        "head_branch": run.head_branch,
        "head_sha": run.head_sha,
        "check_suite_id": run.id,
        "check_suite_node_id": node_id("CS", run.id),
        "created_at": run.created_at,
        "run_started_at": run.started_at,
        "updated_at": run.updated_at,
    }))
}

fn run_links(world: &World, repository: &Repository, run: &Run) -> Map<String, Value> {
    let url = run_url(world, repository, run.id);
    let previous = (run.attempt > 1).then(|| format!("{url}/attempts/{}", run.attempt - 1));
    fields(json!({
        "url": url,
        "html_url": format!("{}/actions/runs/{}", html_url(world, repository), run.id),
        "jobs_url": format!("{url}/jobs"),
        "logs_url": format!("{url}/logs"),
        "check_suite_url": format!("{}/check-suites/{}", api_url(world, repository), run.id),
        "artifacts_url": format!("{url}/artifacts"),
        "cancel_url": format!("{url}/cancel"),
        "rerun_url": format!("{url}/rerun"),
        "previous_attempt_url": previous,
        "workflow_id": workflow_id(repository, &run.workflow),
        "workflow_url": workflow_url(world, repository, &run.workflow),
    }))
}

fn head_commit(run: &Run) -> Value {
    let author = json!({ "name": "Octo", "email": "octo@users.noreply.github.com" });
    json!({
        "id": run.head_sha,
        "tree_id": git_blob_sha(&run.head_sha),
        "message": "Work in progress",
        "timestamp": run.created_at,
        "author": author,
        "committer": author,
    })
}

fn workflow_url(world: &World, repository: &Repository, file: &str) -> String {
    format!("{}/actions/workflows/{}", api_url(world, repository), workflow_id(repository, file))
}
