//! Repositories, a collaborator's permission and issues: reading only.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use serde_json::{Value, json};

use super::parameters::FromPath;
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::world::{Account, Repository, Role};

/// `GET /repos/{owner}/{repo}`
pub(super) async fn show(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "metadata")?;
    Ok(Json(render::full(&world, repository)))
}

/// `GET /repos/{owner}/{repo}/collaborators/{username}/permission`
pub(super) async fn permission(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, username)): FromPath<(String, String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "metadata")?;
    let account = world.account(&username).ok_or_else(GithubError::not_found)?;
    let Some(role) = effective_role(repository, account) else {
        return Ok(Json(json!({ "permission": "none", "role_name": "none", "user": render::user(&world, &username) })));
    };
    Ok(Json(json!({
        "permission": legacy_permission(role),
        "role_name": role,
        "user": render::collaborator(&world, account, role),
    })))
}

/// `GET /repos/{owner}/{repo}/issues/{issue_number}`: pull requests too
pub(super) async fn issue(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, number)): FromPath<(String, String, u64)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "issues")?;
    let issue = repository.issue(number).ok_or_else(GithubError::not_found)?;
    Ok(Json(render::issue(&world, repository, issue)))
}

/// The role that somebody has in effect: everybody reads what is public.
fn effective_role(repository: &Repository, account: &Account) -> Option<Role> {
    let collaborator = repository.collaborators.get(&account.login).copied();
    collaborator.or_else(|| (!repository.private).then_some(Role::Read))
}

/// The coarse permission of older days.
/// <https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user>
fn legacy_permission(role: Role) -> &'static str {
    match role {
        Role::Admin => "admin",
        Role::Maintain | Role::Write => "write",
        Role::Triage | Role::Read => "read",
    }
}
