//! Comments on issues and pull requests. The App and a job's token write as their bot users, and the App hears of
//! that as well.
//!
//! Comments by people are no part of the API here: `people` writes those.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::parameters::FromPath;
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::world::{Comment, Repository, World};
use crate::sandbox::{hooks, render};

/// GitHub's limit of a comment's text.
const MAX_BODY_CHARACTERS: usize = 65_536;
/// Either permission opens the conversation: a pull request is an issue.
/// <https://docs.github.com/en/rest/issues/comments#list-issue-comments>
pub(super) const CONVERSATION: [&str; 2] = ["issues", "pull_requests"];

#[derive(Deserialize)]
struct CommentBody {
    body: String,
}

/// `GET /repos/{owner}/{repo}/issues/comments/{comment_id}`
pub(super) async fn show(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, id)): FromPath<(String, String, u64)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads_one_of(&world, &format!("{owner}/{repo}"), &CONVERSATION)?;
    let comment = comment_in(&world, repository, id)?;
    Ok(Json(render::comment(&world, repository, comment)))
}

/// `POST /repos/{owner}/{repo}/issues/{issue_number}/comments`
pub(super) async fn create(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, number)): FromPath<(String, String, u64)>,
    body: Bytes,
) -> Result<Response, GithubError> {
    let text = comment_text(&body)?;
    let (id, created) = core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &CONVERSATION)?;
        repository.issue(number).ok_or_else(GithubError::not_found)?;
        let (repository_id, bot) = (repository.id, caller.login(world));
        let id = world.add_comment(repository_id, number, &bot, &text);
        rendered(world, id).map(|created| (id, created))
    })?;
    hooks::announce(&core, |world| hooks::comment_created(world, id));
    let location = created["url"].as_str().and_then(|url| HeaderValue::try_from(url).ok());
    let headers: HeaderMap = location.map(|url| (LOCATION, url)).into_iter().collect();
    Ok((StatusCode::CREATED, headers, Json(created)).into_response())
}

/// `PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}`
pub(super) async fn edit(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, id)): FromPath<(String, String, u64)>,
    body: Bytes,
) -> Result<Json<Value>, GithubError> {
    let text = comment_text(&body)?;
    let (before, edited) = core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &CONVERSATION)?;
        comment_in(world, repository, id)?;
        let before = world.edit_comment(id, &text).ok_or_else(GithubError::not_found)?;
        rendered(world, id).map(|edited| (before, edited))
    })?;
    let editor = caller.login(&core.world());
    hooks::announce(&core, |world| hooks::comment_edited(world, id, &editor, &before));
    Ok(Json(edited))
}

fn comment_in<'w>(world: &'w World, repository: &Repository, id: u64) -> Result<&'w Comment, GithubError> {
    world.comment(id).filter(|comment| comment.repository_id == repository.id).ok_or_else(GithubError::not_found)
}

fn rendered(world: &World, id: u64) -> Result<Value, GithubError> {
    let comment = world.comment(id).ok_or_else(GithubError::not_found)?;
    let repository = world.repository_by_id(comment.repository_id).ok_or_else(GithubError::not_found)?;
    Ok(render::comment(world, repository, comment))
}

fn comment_text(body: &[u8]) -> Result<String, GithubError> {
    let CommentBody { body: text } = body::parse(body)?;
    if text.trim().is_empty() {
        return Err(GithubError::invalid_field("IssueComment", "body", "missing_field"));
    }
    if text.chars().count() > MAX_BODY_CHARACTERS {
        return Err(GithubError::invalid_field("IssueComment", "body", "too_long"));
    }
    Ok(text)
}
