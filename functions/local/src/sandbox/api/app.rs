//! The App's own routes: itself, its installation, minting and revoking tokens.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::parameters::FromPath;
use crate::sandbox::auth::{AppCaller, InstallationCaller};
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::job_tokens::new_secret;
use crate::sandbox::render;
use crate::sandbox::world::{
    Access, AccountKind, Actor, InstallationToken, Permissions, Repository, RepositorySelection, World,
};

/// What a token is narrowed to.
#[derive(Deserialize)]
struct Narrowing {
    repositories: Option<Vec<String>>,
    repository_ids: Option<Vec<u64>>,
    permissions: Option<Permissions>,
}

/// `GET /app`
pub(super) async fn show(_: AppCaller, State(core): State<Arc<Core>>) -> Json<Value> {
    Json(render::app(&core.world()))
}

/// `GET /app/hook/config`: where the webhook sends to, its secret blanked. There is none where nothing is set.
pub(super) async fn hook_config(_: AppCaller, State(core): State<Arc<Core>>) -> Result<Json<Value>, GithubError> {
    let hook = core.hook().ok_or_else(GithubError::not_found)?;
    Ok(Json(json!({ "content_type": "json", "insecure_ssl": "0", "secret": "********", "url": hook.url })))
}

/// `GET /repos/{owner}/{repo}/installation`
pub(super) async fn installation(
    _: AppCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = world.repository(&format!("{owner}/{repo}")).filter(|found| world.app_covers(found));
    repository.map(|_| Json(render::installation(&world))).ok_or_else(GithubError::not_found)
}

/// `GET /orgs/{org}/installation`
pub(super) async fn installation_of_organization(
    _: AppCaller,
    State(core): State<Arc<Core>>,
    FromPath(org): FromPath<String>,
) -> Result<Json<Value>, GithubError> {
    installation_at(&core.world(), &org, AccountKind::Organization)
}

/// `GET /users/{username}/installation`
pub(super) async fn installation_of_user(
    _: AppCaller,
    State(core): State<Arc<Core>>,
    FromPath(username): FromPath<String>,
) -> Result<Json<Value>, GithubError> {
    installation_at(&core.world(), &username, AccountKind::User)
}

fn installation_at(world: &World, login: &str, kind: AccountKind) -> Result<Json<Value>, GithubError> {
    let installation = &world.installation;
    let is_there = installation.installed
        && installation.account.eq_ignore_ascii_case(login)
        && world.account(login).is_some_and(|account| account.kind == kind);
    if is_there { Ok(Json(render::installation(world))) } else { Err(GithubError::not_found()) }
}

/// `POST /app/installations/{installation_id}/access_tokens`
pub(super) async fn create_token(
    _: AppCaller,
    State(core): State<Arc<Core>>,
    FromPath(installation_id): FromPath<u64>,
    body: Bytes,
) -> Result<Response, GithubError> {
    let narrowing: Narrowing = body::parse(&body)?;
    core.edit(|world| {
        if !world.installation.installed || world.installation.id != installation_id {
            return Err(GithubError::not_found());
        }
        if world.installation.suspended_at.is_some() {
            return Err(GithubError::suspended());
        }
        let token = InstallationToken {
            token: new_secret().ok_or_else(no_random_numbers)?,
            expires_at: world.now() + InstallationToken::LIFE,
            repositories: narrowed_repositories(world, &narrowing)?,
            permissions: narrowed_permissions(world, narrowing.permissions)?,
            acts_as: Actor::App,
        };
        let now = world.now();
        world.tokens.retain(|token| token.expires_at > now);
        world.tokens.push(token.clone());
        Ok((StatusCode::CREATED, Json(rendered(world, &token))).into_response())
    })
}

/// `DELETE /installation/token`
pub(super) async fn revoke_token(caller: InstallationCaller, State(core): State<Arc<Core>>) -> StatusCode {
    core.edit(|world| {
        world.tokens.retain(|token| token.token != caller.token.token);
    });
    StatusCode::NO_CONTENT
}

fn no_random_numbers() -> GithubError {
    GithubError::new(StatusCode::INTERNAL_SERVER_ERROR, "no random numbers")
}

fn narrowed_repositories(world: &World, narrowing: &Narrowing) -> Result<RepositorySelection, GithubError> {
    if narrowing.repositories.is_none() && narrowing.repository_ids.is_none() {
        return Ok(world.installation.repositories.clone());
    }
    let account = &world.installation.account;
    let names = narrowing.repositories.iter().flatten();
    let by_name = names.map(|name| world.repository(&format!("{account}/{name}")));
    let by_id = narrowing.repository_ids.iter().flatten().map(|id| world.repository_by_id(*id));
    let covered = |found: Option<&Repository>| found.filter(|it| world.app_covers(it)).map(|it| it.id);
    let ids: Option<BTreeSet<u64>> = by_name.chain(by_id).map(covered).collect();
    ids.map(RepositorySelection::Selected).ok_or_else(|| {
        GithubError::unprocessable(
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    })
}

fn narrowed_permissions(world: &World, asked: Option<Permissions>) -> Result<Permissions, GithubError> {
    let granted = &world.installation.permissions;
    let Some(mut asked) = asked else {
        return Ok(granted.clone());
    };
    if asked.iter().any(|(name, access)| granted.get(name).is_none_or(|held| held < access)) {
        return Err(GithubError::unprocessable("The permissions requested are not granted to this installation."));
    }
    // Every token reads metadata, asked for or not.
    asked.entry("metadata".to_owned()).or_insert(Access::Read);
    Ok(asked)
}

fn rendered(world: &World, token: &InstallationToken) -> Value {
    let mut answer = json!({
        "token": token.token,
        "expires_at": token.expires_at,
        "permissions": token.permissions,
        "repository_selection": token.repositories.as_str(),
    });
    if let RepositorySelection::Selected(ids) = &token.repositories {
        let repositories = ids.iter().filter_map(|id| world.repository_by_id(*id));
        answer["repositories"] = repositories.map(|repository| render::plain(world, repository)).collect();
    }
    answer
}
