//! Workflows and their runs: reading, searching, cancelling.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::created_range::CreatedRange;
use super::page::PageQuery;
use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::runs::{self, RunStep};
use crate::sandbox::world::{Conclusion, Repository, Run, RunStatus, World};

/// A filtered search of runs ends here, whatever the page.
/// <https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository>
const MAX_SEARCH_RESULTS: usize = 1_000;

#[derive(Deserialize)]
pub(super) struct RunQuery {
    event: Option<String>,
    branch: Option<String>,
    status: Option<String>,
    head_sha: Option<String>,
    created: Option<String>,
    per_page: Option<usize>,
    page: Option<usize>,
}

/// `GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}`
pub(super) async fn workflow(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, workflow)): FromPath<(String, String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "actions")?;
    let file = workflow_file_of(repository, &workflow).ok_or_else(GithubError::not_found)?;
    Ok(Json(render::workflow(&world, repository, &file)))
}

/// `GET /repos/{owner}/{repo}/actions/runs`, newest first
pub(super) async fn list(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
    FromQuery(query): FromQuery<RunQuery>,
) -> Result<(HeaderMap, Json<Value>), GithubError> {
    let created = query.created.as_deref().map(CreatedRange::parse).transpose()?;
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "actions")?;
    let now = world.now();
    let found: Vec<&Run> = world
        .runs
        .iter()
        .rev()
        .filter(|run| run.repository_id == repository.id && query.wants(run))
        .filter(|run| created.as_ref().is_none_or(|range| range.contains(run.created_at)))
        .filter(|run| world.dispatch_behaviour.lists(run, now))
        .take(MAX_SEARCH_RESULTS)
        .collect();
    let url = format!("{}/actions/runs", render::api_url(&world, repository));
    let (page, links) = PageQuery::new(query.per_page, query.page).cut(&found, &url);
    let runs: Vec<Value> = page.iter().map(|run| render::run(&world, repository, run)).collect();
    Ok((links, Json(json!({ "total_count": found.len(), "workflow_runs": runs }))))
}

/// `GET /repos/{owner}/{repo}/actions/runs/{run_id}`
pub(super) async fn show(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, run_id)): FromPath<(String, String, u64)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "actions")?;
    let run = run_in(&world, repository, run_id)?;
    Ok(Json(render::run(&world, repository, run)))
}

/// `POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel`
pub(super) async fn cancel(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, run_id)): FromPath<(String, String, u64)>,
) -> Result<Response, GithubError> {
    {
        let world = core.world();
        let repository = caller.writes(&world, &format!("{owner}/{repo}"), &["actions"])?;
        if run_in(&world, repository, run_id)?.status == RunStatus::Completed {
            let message = "Cannot cancel a workflow run that is completed.";
            return Err(GithubError::new(StatusCode::CONFLICT, message));
        }
    }
    let background = Arc::clone(&core);
    core.spawn(async move {
        runs::advance(&background, run_id, RunStep::Completed(Conclusion::Cancelled)).await;
    });
    Ok((StatusCode::ACCEPTED, Json(json!({}))).into_response())
}

/// The file of a workflow that is named by file or by id; `None` unless it is on the default
/// branch.
pub(super) fn workflow_file_of(repository: &Repository, workflow: &str) -> Option<String> {
    if repository.workflow_text(workflow).is_some() {
        return Some(workflow.to_owned());
    }
    let id: u64 = workflow.parse().ok()?;
    let files = &repository.branches.get(&repository.default_branch)?.files;
    let names = files.keys().filter_map(|path| path.strip_prefix(".github/workflows/"));
    names.into_iter().find(|name| render::workflow_id(repository, name) == id).map(str::to_owned)
}

impl RunQuery {
    fn wants(&self, run: &Run) -> bool {
        let is = |asked: &Option<String>, value: &str| asked.as_deref().is_none_or(|asked| asked == value);
        is(&self.event, &run.event)
            && is(&self.branch, &run.head_branch)
            && is(&self.head_sha, &run.head_sha)
            && self.status.as_deref().is_none_or(|asked| has_status(run, asked))
    }
}

/// GitHub's `status` filter takes conclusions too.
fn has_status(run: &Run, asked: &str) -> bool {
    json!(run.status) == asked || json!(run.conclusion) == asked
}

/// A repository's run.
pub(super) fn run_in<'w>(world: &'w World, repository: &Repository, id: u64) -> Result<&'w Run, GithubError> {
    world.run(id).filter(|run| run.repository_id == repository.id).ok_or_else(GithubError::not_found)
}
