//! The mappings' API: list, read, write, remove, what was written before, and bringing a repository its files.
//!
//! Owns the routes' parameters and answers. Every one of them needs a session; none judges a setting itself.

mod binding;
mod body;
mod path;
mod sync;
mod view;
mod write;

use aws::{MappingEntry, MappingPage};
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::repo_name::RepoFullName;
use http::StatusCode;
use records::store_failed;
use serde::Deserialize;
use serde_json::json;
use web::{ApiError, JsonBody, Problem, QueryParameters};

use self::body::Fields;
pub(crate) use self::body::judged;
pub(crate) use self::path::RepoPath;
pub(crate) use self::sync::{bring, sync};
use self::view::{ChangeView, MappingView};
use self::write::changed_meanwhile;
pub(crate) use self::write::{RepoIdIs, SavedMapping, delete, save, unreadable};
use crate::caller::SignedIn;
use crate::state::State;

/// How many a page shows.
pub(crate) const PAGE_SIZE: u32 = 50;
/// The most that one answer of the table holds.
pub(crate) const MOST_AT_ONCE: u32 = 1_000;
const MAX_PAGE_SIZE: u32 = 100;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    limit: Option<u32>,
    cursor: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct HistoryQuery {
    limit: Option<u32>,
    before: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RemoveQuery {
    version: Option<u64>,
}

/// `GET /api/mappings`
pub(crate) async fn list(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<ListQuery>,
) -> Result<Response, ApiError> {
    let limit = page_size(query.limit)?;
    let page = page(&state, limit, query.cursor.as_deref()).await?;
    let mappings: Vec<MappingView> = page.entries.into_iter().map(|entry| MappingView::of(entry, Vec::new())).collect();
    Ok(Json(json!({"mappings": mappings, "next": page.next})).into_response())
}

/// `GET /api/mappings/{owner}/{repo}`
pub(crate) async fn show(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
) -> Result<Json<MappingView>, ApiError> {
    let entry = stored(&state, &name).await?;
    Ok(Json(MappingView::of(entry, Vec::new())))
}

/// `GET /api/mappings/{owner}/{repo}/history`
pub(crate) async fn history(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    QueryParameters(query): QueryParameters<HistoryQuery>,
) -> Result<Response, ApiError> {
    let limit = page_size(query.limit)?;
    let changes = state.mappings.history(&name, limit, query.before).await.map_err(store_failed)?;
    let shown: Vec<_> = changes.into_iter().map(ChangeView::of).collect();
    Ok(Json(json!({"changes": shown})).into_response())
}

/// `PUT /api/mappings/{owner}/{repo}`
pub(crate) async fn replace(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    JsonBody(fields): JsonBody<Fields>,
) -> Result<Response, ApiError> {
    let draft = body::judged(&name, fields)?;
    let saved = write::save(&state, &session, &name, draft, RepoIdIs::Unchecked).await?;
    Ok(saved.into_response())
}

/// `PATCH /api/mappings/{owner}/{repo}`, a merge patch.
/// <https://www.rfc-editor.org/rfc/rfc7396>
pub(crate) async fn change(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    JsonBody(patch): JsonBody<Fields>,
) -> Result<Response, ApiError> {
    let version = body::version(&patch)?;
    let entry = stored(&state, &name).await?;
    if entry.draft.version != version {
        return Err(changed_meanwhile(&name, version, entry.draft.version).into());
    }
    if let Some(faults) = &entry.unreadable {
        return Err(write::unreadable(&name, faults).into());
    }
    // So that a repository can be paused while GitHub is out.
    let keeps_its_id = entry.draft.repo_id.is_some() && !patch.contains_key("repoId");
    let repo_id = if keeps_its_id { RepoIdIs::Stored } else { RepoIdIs::Unchecked };
    let draft = body::judged(&name, body::patched(&entry.draft, patch))?;
    let saved = write::save(&state, &session, &name, draft, repo_id).await?;
    Ok(saved.into_response())
}

/// `DELETE /api/mappings/{owner}/{repo}?version=N`
pub(crate) async fn remove(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    QueryParameters(query): QueryParameters<RemoveQuery>,
) -> Result<StatusCode, ApiError> {
    let version = query
        .version
        .ok_or_else(|| Problem::bad_field("version", format!("{}, as `?version=`", body::NEEDS_VERSION)))?;
    write::delete(&state, &session, &name, version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The mapping of a name, as it is stored.
pub(crate) async fn stored(state: &State, name: &RepoFullName) -> Result<MappingEntry, ApiError> {
    stored_if_any(state, name).await?.ok_or_else(|| missing(name).into())
}

/// The mapping of a name, if there is one.
pub(crate) async fn stored_if_any(state: &State, name: &RepoFullName) -> Result<Option<MappingEntry>, ApiError> {
    state.mappings.named(name).await.map_err(store_failed)
}

/// A part of all mappings, by name.
pub(crate) async fn page(state: &State, limit: u32, cursor: Option<&str>) -> Result<MappingPage, ApiError> {
    state.mappings.list(limit, cursor).await.map_err(store_failed)
}

/// Every mapping, by name.
pub(crate) async fn all(state: &State) -> Result<Vec<MappingEntry>, ApiError> {
    let mut all = Vec::new();
    let mut next = None;
    loop {
        let page = page(state, MOST_AT_ONCE, next.as_deref()).await?;
        all.extend(page.entries);
        next = page.next;
        if next.is_none() {
            return Ok(all);
        }
    }
}

impl IntoResponse for SavedMapping {
    fn into_response(self) -> Response {
        let status = if self.is_new { StatusCode::CREATED } else { StatusCode::OK };
        (status, Json(MappingView::of(self.entry, self.warning.into_iter().collect()))).into_response()
    }
}

fn missing(name: &RepoFullName) -> Problem {
    let detail = format!("There is no mapping of {name}. PUT one here to make it.");
    Problem::new(StatusCode::NOT_FOUND, "MAPPING_MISSING", detail)
}

fn page_size(asked: Option<u32>) -> Result<u32, Problem> {
    let size = asked.unwrap_or(PAGE_SIZE);
    let sound = (1..=MAX_PAGE_SIZE).contains(&size);
    if sound { Ok(size) } else { Err(Problem::bad_field("limit", format!("a whole number from 1 to {MAX_PAGE_SIZE}"))) }
}
