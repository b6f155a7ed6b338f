//! People: who they are, and what they belong to.
//!
//! An organisation's members are told to its own installation, with the permission to read them.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::parameters::FromPath;
use crate::sandbox::auth::{ClientCaller, InstallationCaller, UserCaller};
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::world::{Access, Account, AccountKind, Member, World};

#[derive(Deserialize)]
struct Ended {
    access_token: String,
}

/// `GET /user`
pub(super) async fn myself(caller: UserCaller, State(core): State<Arc<Core>>) -> Json<Value> {
    Json(render::public_user(&core.world(), &caller.account))
}

/// `GET /users/{username}`
pub(super) async fn user(
    _: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath(username): FromPath<String>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let account = world.account(&username).ok_or_else(GithubError::not_found)?;
    Ok(Json(render::public_user(&world, account)))
}

/// `DELETE /applications/{client_id}/token`
pub(super) async fn revoke(
    caller: ClientCaller,
    State(core): State<Arc<Core>>,
    FromPath(client_id): FromPath<String>,
    body: Bytes,
) -> Result<StatusCode, GithubError> {
    let Ended { access_token } = body::parse(&body)?;
    if client_id != caller.client_id {
        return Err(GithubError::not_found());
    }
    core.edit(|world| {
        let before = world.user_tokens.len();
        world.user_tokens.retain(|token| token.token != access_token);
        if world.user_tokens.len() < before { Ok(StatusCode::NO_CONTENT) } else { Err(GithubError::not_found()) }
    })
}

/// `GET /orgs/{org}/memberships/{username}`
pub(super) async fn of_organization(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((org, username)): FromPath<(String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let (organization, account, member) = member(&caller, &world, (&org, None), &username)?;
    let url = format!("{}/orgs/{}", world.url, organization.login);
    Ok(Json(json!({
        "url": format!("{url}/memberships/{}", account.login),
        "state": state(member),
        "role": "member",
        "organization_url": url,
        "organization": render::organization(&world, &organization.login),
        "user": render::user(&world, &account.login),
    })))
}

/// `GET /orgs/{org}/teams/{team_slug}/memberships/{username}`
pub(super) async fn of_team(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((org, team, username)): FromPath<(String, String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let (organization, account, member) = member(&caller, &world, (&org, Some(&team)), &username)?;
    let url = format!("{}/organizations/{}/team/{team}/memberships/{}", world.url, organization.id, account.login);
    Ok(Json(json!({"url": url, "state": state(member), "role": "member"})))
}

/// Somebody's place, for a caller that may read it; 404 where they have none.
fn member<'w>(
    caller: &InstallationCaller,
    world: &'w World,
    (org, team): (&str, Option<&str>),
    username: &str,
) -> Result<(&'w Account, &'w Account, &'w Member), GithubError> {
    let is_organization = |account: &&Account| account.kind == AccountKind::Organization;
    let organization = world.account(org).filter(is_organization).ok_or_else(GithubError::not_found)?;
    let is_its_own = world.installation.account.eq_ignore_ascii_case(org);
    if !is_its_own || !caller.holds(world, "members", Access::Read) {
        return Err(GithubError::not_accessible());
    }
    let account = world.account(username).ok_or_else(GithubError::not_found)?;
    let member = world.member(account.id, org, team).ok_or_else(GithubError::not_found)?;
    Ok((organization, account, member))
}

fn state(member: &Member) -> &'static str {
    if member.is_pending { "pending" } else { "active" }
}
