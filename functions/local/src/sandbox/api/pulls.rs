//! One pull request: shown, as a diff too, and edited.
//! <https://docs.github.com/en/rest/pulls/pulls>
//!
//! Never lists them: that is `pull_lists`. Never opens one: that is `new_pulls`. Never merges.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::page::PageQuery;
use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::world::{Issue, PullRequest, Repository, World};
use crate::sandbox::{diff, hooks, render};

/// The media type of a diff, as it is asked for and as it is answered.
const DIFF: &str = "application/vnd.github.diff; charset=utf-8";

#[derive(Deserialize)]
struct EditedPull {
    title: Option<String>,
    body: Option<String>,
    state: Option<PullState>,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum PullState {
    Open,
    Closed,
}

#[derive(Deserialize)]
pub(super) struct PageOfFiles {
    per_page: Option<usize>,
    page: Option<usize>,
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}`, as JSON or as a diff
pub(super) async fn show(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, number)): FromPath<(String, String, u64)>,
    headers: HeaderMap,
) -> Result<Response, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "pull_requests")?;
    let (issue, pull) = pull_in(repository, number)?;
    if wants_diff(&headers) {
        let text = diff::unified(&diff::of_pull(&world, repository, pull));
        return Ok(([(CONTENT_TYPE, DIFF)], text).into_response());
    }
    let shown = render::pull_request(&world, repository, issue).ok_or_else(GithubError::not_found)?;
    Ok(Json(shown).into_response())
}

/// `GET /repos/{owner}/{repo}/pulls/{pull_number}/files`
pub(super) async fn files(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, number)): FromPath<(String, String, u64)>,
    FromQuery(query): FromQuery<PageOfFiles>,
) -> Result<(HeaderMap, Json<Vec<Value>>), GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "pull_requests")?;
    let (_, pull) = pull_in(repository, number)?;
    let changes = diff::of_pull(&world, repository, pull);
    let entries: Vec<Value> =
        changes.iter().map(|change| render::diff_entry(&world, repository, &pull.head_sha, change)).collect();
    let url = format!("{}/pulls/{number}/files", render::api_url(&world, repository));
    let (page, links) = PageQuery::new(query.per_page, query.page).cut(&entries, &url);
    Ok((links, Json(page.to_vec())))
}

/// `PATCH /repos/{owner}/{repo}/pulls/{pull_number}`
pub(super) async fn edit(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, number)): FromPath<(String, String, u64)>,
    body: Bytes,
) -> Result<Json<Value>, GithubError> {
    let edited: EditedPull = body::parse(&body)?;
    let state = edited.state;
    let (repository_id, before, shown) = core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["pull_requests"])?;
        let (issue, pull) = pull_in(repository, number)?;
        if state == Some(PullState::Open) && pull.merged {
            return Err(GithubError::custom("PullRequest", "Cannot reopen a merged pull request."));
        }
        let (id, before) = (repository.id, issue.clone());
        change(world, &repository.full_name(), number, edited);
        rendered(world, id, number).map(|shown| (id, before, shown))
    })?;
    let editor = caller.login(&core.world());
    let action = match state {
        Some(PullState::Closed) if before.open => "closed",
        Some(PullState::Open) if !before.open => "reopened",
        _ => "edited",
    };
    hooks::announce(&core, |world| match action {
        "edited" => hooks::pull_request_edited(world, repository_id, &before, &editor),
        moved => hooks::pull_request(world, repository_id, number, moved, &editor),
    });
    Ok(Json(shown))
}

fn change(world: &mut World, full_name: &str, number: u64, edited: EditedPull) {
    let now = world.now();
    let Some(issue) = world.issue_mut(full_name, number) else {
        return;
    };
    issue.title = edited.title.unwrap_or_else(|| issue.title.clone());
    issue.body = edited.body.or_else(|| issue.body.take());
    issue.open = edited.state.map_or(issue.open, |state| state == PullState::Open);
    issue.updated_at = now;
}

fn pull_in(repository: &Repository, number: u64) -> Result<(&Issue, &PullRequest), GithubError> {
    let issue = repository.issue(number);
    issue.and_then(|issue| Some((issue, issue.pull_request.as_ref()?))).ok_or_else(GithubError::not_found)
}

/// A pull request as it is now.
pub(super) fn rendered(world: &World, repository_id: u64, number: u64) -> Result<Value, GithubError> {
    let repository = world.repository_by_id(repository_id).ok_or_else(GithubError::not_found)?;
    let (issue, _) = pull_in(repository, number)?;
    render::pull_request(world, repository, issue).ok_or_else(GithubError::not_found)
}

/// Both spellings that GitHub takes: `application/vnd.github.diff` and `application/vnd.github.v3.diff`.
fn wants_diff(headers: &HeaderMap) -> bool {
    let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accept.contains("application/vnd.github") && accept.contains(".diff")
}
