//! What an owner has set for Actions: reading only, and of secrets nothing but their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::Deserialize;
use serde_json::{Value, json};

use super::page::PageQuery;
use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::world::{ActionsSettings, Repository};

/// GitHub's largest page of variables.
const MAX_VARIABLES_PER_PAGE: usize = 30;
/// So many variables make a page when nothing is asked for.
const VARIABLES_PER_PAGE: usize = 10;

#[derive(Deserialize)]
pub(super) struct ListQuery {
    per_page: Option<usize>,
    page: Option<usize>,
}

type Place = FromPath<(String, String)>;

/// `GET /repos/{owner}/{repo}/actions/permissions`
pub(super) async fn permissions(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    place: Place,
) -> Result<Json<Value>, GithubError> {
    let settings = look(&caller, &core, place, "administration", |it, _| it.settings.clone())?;
    let mut answer = json!({ "enabled": !settings.is_disabled, "sha_pinning_required": false });
    if !settings.is_disabled {
        answer["allowed_actions"] = json!(settings.allowed_actions.as_deref().unwrap_or("all"));
    }
    Ok(Json(answer))
}

/// `GET /repos/{owner}/{repo}/actions/permissions/workflow`
pub(super) async fn workflow_permissions(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    place: Place,
) -> Result<Json<Value>, GithubError> {
    let may_open = look(&caller, &core, place, "administration", |it, _| !it.actions_may_not_open_pulls)?;
    Ok(Json(json!({ "default_workflow_permissions": "read", "can_approve_pull_request_reviews": may_open })))
}

/// `GET /repos/{owner}/{repo}/actions/secrets`
pub(super) async fn secrets(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    place: Place,
    FromQuery(query): FromQuery<ListQuery>,
) -> Result<(HeaderMap, Json<Value>), GithubError> {
    look(&caller, &core, place, "secrets", |it, api| {
        names(it, &it.settings.secrets, &query, &format!("{api}/actions/secrets"))
    })
}

/// `GET /repos/{owner}/{repo}/actions/organization-secrets`
pub(super) async fn organization_secrets(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    place: Place,
    FromQuery(query): FromQuery<ListQuery>,
) -> Result<(HeaderMap, Json<Value>), GithubError> {
    look(&caller, &core, place, "secrets", |it, api| {
        names(it, &it.settings.organization_secrets, &query, &format!("{api}/actions/organization-secrets"))
    })
}

/// `GET /repos/{owner}/{repo}/actions/variables`
pub(super) async fn variables(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    place: Place,
    FromQuery(query): FromQuery<ListQuery>,
) -> Result<(HeaderMap, Json<Value>), GithubError> {
    look(&caller, &core, place, "actions_variables", |it, api| {
        values(it, &it.settings.variables, &query, &format!("{api}/actions/variables"))
    })
}

/// `GET /repos/{owner}/{repo}/actions/organization-variables`
pub(super) async fn organization_variables(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    place: Place,
    FromQuery(query): FromQuery<ListQuery>,
) -> Result<(HeaderMap, Json<Value>), GithubError> {
    look(&caller, &core, place, "actions_variables", |it, api| {
        values(it, &it.settings.organization_variables, &query, &format!("{api}/actions/organization-variables"))
    })
}

/// `GET /repos/{owner}/{repo}/actions/oidc/customization/sub`
pub(super) async fn oidc_subject(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    place: Place,
) -> Result<Json<Value>, GithubError> {
    let settings = look(&caller, &core, place, "actions", |it, _| it.settings.clone())?;
    let ActionsSettings { immutable_subject, subject_claims, .. } = settings;
    let mut answer = json!({ "use_default": subject_claims.is_none() });
    if let Some(claims) = subject_claims {
        answer["include_claim_keys"] = json!(claims);
    }
    if let Some(is_immutable) = immutable_subject {
        answer["use_immutable_subject"] = json!(is_immutable);
    }
    Ok(Json(answer))
}

/// What a caller with a permission sees of a repository; the closure is given the repository's address.
fn look<T>(
    caller: &InstallationCaller,
    core: &Core,
    FromPath((owner, repo)): Place,
    permission: &str,
    at: impl FnOnce(&Repository, &str) -> T,
) -> Result<T, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), permission)?;
    Ok(at(repository, &render::api_url(&world, repository)))
}

fn names(it: &Repository, names: &BTreeSet<String>, query: &ListQuery, url: &str) -> (HeaderMap, Json<Value>) {
    let item = |name: &String| json!({ "name": name, "created_at": it.created_at, "updated_at": it.created_at });
    let items: Vec<Value> = names.iter().map(item).collect();
    let (page, links) = PageQuery::new(query.per_page, query.page).cut(&items, url);
    (links, Json(json!({ "total_count": items.len(), "secrets": page })))
}

fn values(
    it: &Repository,
    variables: &BTreeMap<String, String>,
    query: &ListQuery,
    url: &str,
) -> (HeaderMap, Json<Value>) {
    let item = |(name, value): (&String, &String)| json!({ "name": name, "value": value, "created_at": it.created_at, "updated_at": it.created_at });
    let items: Vec<Value> = variables.iter().map(item).collect();
    let per_page = query.per_page.unwrap_or(VARIABLES_PER_PAGE).min(MAX_VARIABLES_PER_PAGE);
    let (page, links) = PageQuery::new(Some(per_page), query.page).cut(&items, url);
    (links, Json(json!({ "total_count": items.len(), "variables": page })))
}
