//! A run's jobs, and what their check runs note.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::page::PageQuery;
use super::parameters::{FromPath, FromQuery};
use super::runs::run_in;
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::world::Annotation;
use crate::sandbox::{jobs, render};

#[derive(Deserialize)]
pub(super) struct JobQuery {
    filter: Option<Attempts>,
    per_page: Option<usize>,
    page: Option<usize>,
}

/// Which attempts' jobs are shown. Of the earlier ones, this world remembers nothing.
#[derive(Clone, Copy, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
enum Attempts {
    Latest,
    All,
}

#[derive(Deserialize)]
pub(super) struct AnnotationQuery {
    per_page: Option<usize>,
    page: Option<usize>,
}

/// `GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs`
pub(super) async fn list(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, run_id)): FromPath<(String, String, u64)>,
    FromQuery(query): FromQuery<JobQuery>,
) -> Result<(HeaderMap, Json<Value>), GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "actions")?;
    let run = run_in(&world, repository, run_id)?;
    let found = jobs::of(&world, repository, run);
    let filter = json!(query.filter.unwrap_or(Attempts::Latest));
    let filter = filter.as_str().unwrap_or_default();
    let url = format!("{}/jobs?filter={filter}", render::run_url(&world, repository, run_id));
    let (page, links) = PageQuery::new(query.per_page, query.page).cut(&found, &url);
    let jobs: Vec<Value> = page.iter().map(|job| render::job(&world, repository, run, job)).collect();
    Ok((links, Json(json!({ "total_count": found.len(), "jobs": jobs }))))
}

/// `GET /repos/{owner}/{repo}/check-runs/{check_run_id}/annotations`
pub(super) async fn annotations(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, id)): FromPath<(String, String, u64)>,
    FromQuery(query): FromQuery<AnnotationQuery>,
) -> Result<(HeaderMap, Json<Value>), GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "checks")?;
    let (run, failed) = jobs::annotated(&world, repository, id).ok_or_else(GithubError::not_found)?;
    let noted: &[Annotation] = failed.map(|failed| failed.annotations.as_slice()).unwrap_or_default();
    let url = format!("{}/check-runs/{id}/annotations", render::api_url(&world, repository));
    let (page, links) = PageQuery::new(query.per_page, query.page).cut(noted, &url);
    let page = page.iter().map(|annotation| render::annotation(&world, repository, run, annotation));
    Ok((links, Json(page.collect())))
}
