//! Branches as references: read, made and moved.
//! <https://docs.github.com/en/rest/git/refs>
//!
//! Never makes a commit: that is `git_database`. There are no tags here.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::git_database::{not_empty, touched_workflow};
use super::parameters::FromPath;
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::world::{Access, Branch, Commit, Repository, World};
use crate::sandbox::{hooks, render};

#[derive(Deserialize)]
struct NewRef {
    #[serde(rename = "ref")]
    reference: String,
    sha: String,
}

#[derive(Deserialize)]
struct MovedRef {
    sha: String,
    #[serde(default)]
    force: bool,
}

/// `GET /repos/{owner}/{repo}/git/ref/{ref}`
pub(super) async fn show(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, reference)): FromPath<(String, String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "contents")?;
    not_empty(repository)?;
    let name = reference.strip_prefix("heads/").ok_or_else(GithubError::not_found)?;
    let branch = repository.branches.get(name).ok_or_else(GithubError::not_found)?;
    Ok(Json(render::git_ref(&world, repository, name, &branch.head_sha)))
}

/// `POST /repos/{owner}/{repo}/git/refs`
pub(super) async fn create(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), GithubError> {
    let new: NewRef = body::parse(&body)?;
    core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["contents"])?;
        not_empty(repository)?;
        let name = new.reference.strip_prefix("refs/heads/");
        let name = name.ok_or_else(|| GithubError::unprocessable("Reference name must start with 'refs/'."))?;
        let commit = takeable(&caller, world, repository, &new.sha)?;
        if repository.branches.contains_key(name) {
            return Err(GithubError::unprocessable("Reference already exists"));
        }
        let shown = render::git_ref(world, repository, name, &new.sha);
        let id = repository.id;
        world.move_branch(id, name, Branch { head_sha: new.sha.clone(), files: commit.files });
        Ok((StatusCode::CREATED, Json(shown)))
    })
}

/// `PATCH /repos/{owner}/{repo}/git/refs/{ref}`
pub(super) async fn update(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, reference)): FromPath<(String, String, String)>,
    body: Bytes,
) -> Result<Json<Value>, GithubError> {
    let MovedRef { sha, force } = body::parse(&body)?;
    let name = reference.strip_prefix("heads/").ok_or_else(GithubError::not_found)?;
    let (shown, pulls) = core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["contents"])?;
        not_empty(repository)?;
        let branch = repository.branches.get(name);
        let branch = branch.ok_or_else(|| GithubError::unprocessable("Reference does not exist"))?;
        let commit = takeable(&caller, world, repository, &sha)?;
        if !force && !repository.ancestry(&sha).contains(&branch.head_sha) {
            return Err(GithubError::unprocessable("Update is not a fast forward"));
        }
        let shown = render::git_ref(world, repository, name, &sha);
        let id = repository.id;
        Ok((shown, world.move_branch(id, name, Branch { head_sha: sha.clone(), files: commit.files })))
    })?;
    let pusher = caller.login(&core.world());
    for pull in pulls {
        hooks::announce(&core, |world| hooks::pull_request_moved(world, &pull, &pusher));
    }
    Ok(Json(shown))
}

/// The commit, when the caller may put a branch there.
fn takeable(
    caller: &InstallationCaller,
    world: &World,
    repository: &Repository,
    sha: &str,
) -> Result<Commit, GithubError> {
    let commit = repository.commit(sha).ok_or_else(|| GithubError::unprocessable("Object does not exist"))?;
    let is_a_tip = repository.branches.values().any(|branch| branch.head_sha == sha);
    if is_a_tip || caller.holds(world, "workflows", Access::Write) {
        return Ok(commit);
    }
    match touched_workflow(repository, &commit) {
        None => Ok(commit),
        Some(path) => {
            let app = "refusing to allow a GitHub App to create or update workflow";
            let message = format!("{app} `{path}` without `workflows` permission");
            Err(GithubError::new(StatusCode::FORBIDDEN, message))
        }
    }
}
