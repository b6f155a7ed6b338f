//! A dispatch once more: a new claim for what is over, a person's word for what nobody knows.
//!
//! Owns what is taken over from the old claim. Never touches the old claim itself.

use axum::extract;
use axum::response::Response;
use domain::claim::{Claim, State as ClaimState};
use domain::message::{SubjectKind, Verdict};
use domain::request::{ApiRequest, Request};
use domain::run_kind::RunKind;
use http::StatusCode;
use records::ClaimPath;
use web::{ApiError, Problem, QueryParameters};

use super::body::digest;
use super::key::IdempotencyKey;
use super::target::Target;
use super::{DryRun, decide, look, preview, take};
use crate::caller::Caller;
use crate::state::State;

/// `POST /v1/dispatches/{id}/retry`: 202 with the new claim. With `dryRun`, the stored request is judged as it would be today.
pub(crate) async fn retry(
    caller: Caller,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    QueryParameters(query): QueryParameters<DryRun>,
    key: IdempotencyKey,
) -> Result<Response, ApiError> {
    let claim = look::found(&state, &caller, id).await?;
    if query.dry_run {
        return Box::pin(preview::of_stored(&state, &claim)).await;
    }
    let key = key.or_for_preview(false)?;
    let target = Target::of_request(&state, &claim.request).await?;
    let kind = kind_of(&claim);
    target.admit(&caller, kind)?;
    match &claim.state {
        ClaimState::Unknown { .. } => decide(&state, &claim, Verdict::Retry, caller.named().name).await,
        state if !state.is_over() => {
            let detail = format!("Only what is over is done again, and this dispatch is {}.", state.name());
            let problem = Problem::new(StatusCode::CONFLICT, "NOT_OVER", detail);
            Err(problem.with_current_state(state.name()).into())
        }
        _ => {
            let again = again(&state, &target, &claim, kind, &caller, key).await?;
            Box::pin(take(&state, &target, again)).await
        }
    }
}

async fn again(
    state: &State,
    target: &Target,
    claim: &Claim,
    kind: RunKind,
    caller: &Caller,
    key: String,
) -> Result<ApiRequest, ApiError> {
    let (installation, repo) = target.repo(state).await?;
    let order = claim.order.as_ref();
    let (asked_ticket, planning) = match &claim.request {
        Request::Api(request) => (request.ticket.clone(), request.planning.clone()),
        // A conversation is read anew: it may have been edited since.
        Request::Comment(_) => (None, order.map(|order| order.planning.clone()).unwrap_or_default()),
    };
    Ok(ApiRequest {
        repo,
        installation,
        kind,
        number: claim.request.number(),
        ticket: asked_ticket,
        instructions: order.map_or_else(|| claim.request.instructions().clone(), |order| order.instructions.clone()),
        planning,
        caller: caller.named(),
        key,
        payload: digest(format!("retry {}", claim.id).as_bytes()),
        retry_of: Some(claim.id),
        asked_at: state.clock.now(),
    })
}

/// What was ordered, else what was asked for.
fn kind_of(claim: &Claim) -> RunKind {
    match (&claim.order, &claim.request) {
        (Some(order), _) => order.kind,
        (None, Request::Api(request)) => request.kind,
        (None, Request::Comment(command)) if command.subject == SubjectKind::PullRequest => RunKind::GapFill,
        (None, Request::Comment(_)) => RunKind::Implement,
    }
}
