//! The dispatches' API: what is open, what became of one command, and a person's word where nobody knows.
//!
//! Owns the routes' parameters and answers. Reads claims and queues that word; a claim is moved by the worker alone, and so
//! is anything at GitHub.

mod resolve;

use aws::{ListedClaim, ListedClaims, StoreError};
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use dispatch_view::{DispatchView, ListedView};
use domain::claim::{Claim, ClaimId, OPEN_KEYS};
use http::StatusCode;
use records::{ClaimPath, no_claim, store_failed};
use serde::Deserialize;
use serde_json::json;
use web::{ApiError, Problem, QueryParameters};

use crate::caller::SignedIn;
use crate::state::State;

pub(crate) use self::resolve::resolve;

const PAGE_SIZE: u32 = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    state: Option<String>,
    cursor: Option<String>,
}

/// `GET /api/dispatches?state=…`
pub(crate) async fn list(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<ListQuery>,
) -> Result<Response, ApiError> {
    let open_key = open_key(query.state.as_deref())?;
    let page = state.dispatches.open(open_key, PAGE_SIZE, query.cursor.as_deref()).await;
    let ListedClaims { claims, next } = page.map_err(store_failed)?;
    for claim in &claims {
        if let ListedClaim::Unreadable { claim, error } = claim {
            log_unreadable(*claim, error);
        }
    }
    let dispatches: Vec<ListedView> = claims.iter().map(ListedView::of).collect();
    Ok(Json(json!({"dispatches": dispatches, "next": next})).into_response())
}

/// `GET /api/dispatches/{id}`
pub(crate) async fn show(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
) -> Result<Response, ApiError> {
    let claim = found(&state, id).await?;
    let history = state.dispatches.history_of(id).await.map_err(|error| record_failed(id, error))?;
    Ok(Json(DispatchView::with_history(&claim, &history)).into_response())
}

/// What the list is of: one of the words that open claims are found by.
fn open_key(asked: Option<&str>) -> Result<&'static str, Problem> {
    let known = OPEN_KEYS.into_iter().find(|key| asked == Some(*key));
    known.ok_or_else(|| Problem::bad_field("state", format!("one of {}", OPEN_KEYS.join(", "))))
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
