//! Dispatches as a caller may see them: one with its history, or a repository's, the newest first.
//!
//! Owns who sees which. Never tells a caller that a claim of somebody else's exists.

use aws::ListedClaim;
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use dispatch_view::{DispatchView, ListedView};
use domain::claim::{Claim, ClaimId};
use records::{ClaimPath, no_claim, store_failed};
use serde::Deserialize;
use serde_json::json;
use web::{ApiError, Problem, QueryParameters};

use super::body::Place;
use super::target::Target;
use crate::caller::Caller;
use crate::state::State;

const PAGE_SIZE: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    repo: Option<String>,
    state: Option<String>,
    cursor: Option<String>,
}

/// `GET /v1/dispatches/{id}`
pub(crate) async fn show(
    caller: Caller,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
) -> Result<Response, ApiError> {
    let claim = found(&state, &caller, id).await?;
    let history = state.dispatches.history_of(id).await.map_err(store_failed)?;
    Ok(Json(DispatchView::with_history(&claim, &history)).into_response())
}

/// `GET /v1/dispatches?repo=…&state=…&cursor=…`
pub(crate) async fn list(
    caller: Caller,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<ListQuery>,
) -> Result<Response, ApiError> {
    let repo = match (&query.repo, &caller) {
        (Some(name), _) => {
            let name = name.parse().map_err(|_| Problem::bad_field("repo", "owner/name, as GitHub has it"))?;
            Target::find(&state, &caller, &Place::Repository(name)).await?.repo_id
        }
        (None, Caller::Workflow(token)) => token.repository_id,
        (None, Caller::Program(_)) => return Err(Problem::bad_field("repo", "it is needed").into()),
    };
    let page = state.dispatches.of_repository(repo, query.state.as_deref(), PAGE_SIZE, query.cursor.as_deref()).await;
    let page = page.map_err(store_failed)?;
    for claim in &page.claims {
        if let ListedClaim::Unreadable { claim, error } = claim {
            tracing::error!(claim.id = %claim, error = %environment::chain(error), "a dispatch's record can't be read");
        }
    }
    let dispatches: Vec<ListedView> = page.claims.iter().map(ListedView::of).collect();
    Ok(Json(json!({"dispatches": dispatches, "next": page.next})).into_response())
}

/// A claim that the caller may know of.
pub(super) async fn found(state: &State, caller: &Caller, id: ClaimId) -> Result<Claim, ApiError> {
    let claim = state.dispatches.claim(id).await.map_err(store_failed)?;
    claim.filter(|claim| caller.sees(claim.request.repo().id)).ok_or_else(|| no_claim().into())
}
