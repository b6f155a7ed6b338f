//! The dispatches' API: what there is, what became of one command, and a person's word on it.
//!
//! Owns the routes' parameters and answers. Reads claims and queues that word; a claim is moved by the worker alone, and so
//! is anything at GitHub.

mod listing;
pub(crate) mod resolve;
pub(crate) mod steering;

use aws::{ClaimEvent, ListedClaim, ListedClaims, StoreError};
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use dispatch_view::{DispatchView, ListedView};
use domain::claim::{Claim, ClaimId};
use http::StatusCode;
use records::{ClaimPath, no_claim, store_failed};
use serde::Deserialize;
use serde_json::json;
use web::{ApiError, Problem, QueryParameters};

use crate::caller::SignedIn;
use crate::state::State;

pub(crate) use self::listing::Filter;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    repo: Option<String>,
    state: Option<String>,
    cursor: Option<String>,
}

/// `GET /api/dispatches?repo=…&state=…&cursor=…`
pub(crate) async fn list_route(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<ListQuery>,
) -> Result<Response, ApiError> {
    let filter = Filter::parse(query.repo.as_deref(), query.state.as_deref())?;
    let ListedClaims { claims, next } = list(&state, &filter, query.cursor.as_deref()).await?;
    let dispatches: Vec<ListedView> = claims.iter().map(ListedView::of).collect();
    Ok(Json(json!({"dispatches": dispatches, "next": next})).into_response())
}

/// `GET /api/dispatches/{id}`
pub(crate) async fn show_route(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
) -> Result<Response, ApiError> {
    let (claim, history) = one(&state, id).await?;
    Ok(Json(DispatchView::with_history(&claim, &history)).into_response())
}

/// A part of the dispatches that pass a filter, fifty at most, from behind the ones that led to the cursor. The open ones of
/// one kind begin with what is due the longest, all others with the newest.
pub(crate) async fn list(state: &State, filter: &Filter, cursor: Option<&str>) -> Result<ListedClaims, ApiError> {
    let page = listing::page(state, filter, cursor).await?;
    for claim in &page.claims {
        if let ListedClaim::Unreadable { claim, error } = claim {
            log_unreadable(*claim, error);
        }
    }
    Ok(page)
}

/// One dispatch, with everything that it went through, the oldest first.
pub(crate) async fn one(state: &State, id: ClaimId) -> Result<(Claim, Vec<ClaimEvent>), ApiError> {
    let claim = found(state, id).await?;
    let history = state.dispatches.history_of(id).await.map_err(|error| record_failed(id, error))?;
    Ok((claim, history))
}

async fn found(state: &State, id: ClaimId) -> Result<Claim, ApiError> {
    let claim = state.dispatches.claim(id).await.map_err(|error| record_failed(id, error))?;
    claim.ok_or_else(|| no_claim().into())
}

/// A record that can't be read is told as one: whoever asks for it by its id has to do with it.
fn record_failed(id: ClaimId, error: StoreError) -> ApiError {
    if !matches!(error, StoreError::Corrupt { .. }) {
        return store_failed(error);
    }
    log_unreadable(id, &error);
    let detail = "The record of this dispatch can't be read by this release; the log has the cause.";
    Problem::new(StatusCode::CONFLICT, "UNREADABLE", detail).into()
}

fn log_unreadable(id: ClaimId, error: &StoreError) {
    tracing::error!(claim.id = %id, error = %environment::chain(error), "a dispatch's record can't be read");
}
