//! The dispatches: asked for, looked at, taken back and done again.
//!
//! Owns the routes' order of steps. A claim is on record before it is acknowledged; the worker is called then, and finds the
//! claim by itself where that call is lost.

mod body;
mod comment;
mod gap_fill;
mod key;
mod look;
mod preview;
mod retry;
mod target;

use aws::Taken;
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use dispatch_view::DispatchView;
use domain::claim::{Claim, ClaimId, State as ClaimState};
use domain::message::{Message, Resolution, Verdict};
use domain::refusal::{Busy, Refusal};
use domain::request::{ApiRequest, Request};
use http::StatusCode;
use jiff::Timestamp;
use records::{ClaimPath, store_failed};
use serde::Deserialize;
use web::{ApiError, JsonBody, Problem, QueryParameters};

use self::body::DispatchBody;
use self::key::IdempotencyKey;
use self::target::Target;
use crate::call::call_worker;
use crate::caller::Caller;
use crate::state::State;
use crate::store::{conflict, refused};

pub(crate) use self::gap_fill::gap_fill;
pub(crate) use self::look::{list, show};
pub(crate) use self::retry::retry;

/// The query of a request that may only be judged.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct DryRun {
    #[serde(default)]
    dry_run: bool,
}

/// `POST /v1/dispatches`: 202 with the claim once it is on record; 200 with the same claim for the same key.
pub(crate) async fn create(
    caller: Caller,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<DryRun>,
    key: IdempotencyKey,
    JsonBody(body): JsonBody<DispatchBody>,
) -> Result<Response, ApiError> {
    let payload = body.digest();
    let wanted = body.judge()?;
    let target = Target::find(&state, &caller, &wanted.place).await?;
    if let Some(comment) = wanted.comment {
        return Box::pin(comment::take(&state, &caller, target, comment, query.dry_run)).await;
    }
    target.admit(&caller, wanted.kind)?;
    let request = target.request(&state, wanted, &caller, key.or_for_preview(query.dry_run)?, payload).await?;
    if query.dry_run {
        return Box::pin(preview::of_request(&state, request)).await;
    }
    Box::pin(take(&state, &target, request)).await
}

/// Puts the claim on record and calls the worker; the same key leads to the same claim.
async fn take(state: &State, target: &Target, request: ApiRequest) -> Result<Response, ApiError> {
    let now = state.clock.now();
    // Due at once: where the worker can't be called, the sweeper finds it within a minute.
    let claim = Claim::receive(new_claim_id(now), request, now).resting(now);
    let known = state.dispatches.claim_of_natural_key(&claim.request.natural_key()).await.map_err(store_failed)?;
    if let Some(known) = known {
        return repeated(state, &claim, known).await;
    }
    target.is_open()?;
    is_free(state, &claim).await?;
    match state.dispatches.take(claim.clone()).await.map_err(store_failed)? {
        Taken::Existing(known) => repeated(state, &claim, known).await,
        Taken::New(claim) => {
            tracing::info!(claim.id = %claim.id, repo = %claim.request.repo().name, by = claim.request.asker(), "a program asks for a run");
            call_worker(state, &claim).await;
            Ok((StatusCode::ACCEPTED, Json(DispatchView::of(&claim))).into_response())
        }
    }
}

/// The same key again: the same claim, unless something else was asked.
async fn repeated(state: &State, asked: &Claim, known: Claim) -> Result<Response, ApiError> {
    if payload(&asked.request) != payload(&known.request) {
        let detail = "This Idempotency-Key was used for another request. Use a new one for each thing that is asked.";
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "KEY_REUSED", detail).into());
    }
    if matches!(known.state, ClaimState::Received) {
        call_worker(state, &known).await;
    }
    Ok(Json(DispatchView::of(&known)).into_response())
}

const fn payload(request: &Request) -> Option<&str> {
    match request {
        Request::Api(request) => Some(request.payload.as_str()),
        Request::Comment(_) => None,
    }
}

/// One run at a time works on a pull request, an issue or a ticket.
async fn is_free(state: &State, claim: &Claim) -> Result<(), ApiError> {
    let conversation = state.dispatches.conversation(&claim.request.place()).await.map_err(store_failed)?;
    match conversation.holder.as_ref().and_then(Busy::of) {
        Some(busy) => Err(conflict(&Refusal::InFlight(busy)).into()),
        None => Ok(()),
    }
}

/// `POST /v1/dispatches/{id}/cancel`: 202 when the queue has it; what is over is 409.
pub(crate) async fn cancel(
    caller: Caller,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
) -> Result<Response, ApiError> {
    let claim = look::found(&state, &caller, id).await?;
    caller.may_decide()?;
    if claim.state.is_over() {
        let detail = format!("This dispatch is over: it is {}.", claim.state.name());
        let problem = Problem::new(StatusCode::CONFLICT, "OVER", detail);
        return Err(problem.with_current_state(claim.state.name()).into());
    }
    decide(&state, &claim, Verdict::Cancel, caller.named().name).await
}

/// Queues a word on a claim, for the worker to obey.
async fn decide(state: &State, claim: &Claim, verdict: Verdict, by: String) -> Result<Response, ApiError> {
    let word = Resolution { claim: claim.id, group: claim.group_id(), epoch: claim.epoch, verdict, by };
    state.queue.send(&Message::Resolve(word)).await.map_err(|error| ApiError::Unavailable(error.into()))?;
    Ok((StatusCode::ACCEPTED, Json(DispatchView::of(claim))).into_response())
}

fn new_claim_id(now: Timestamp) -> ClaimId {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the operating system has random numbers");
    ClaimId::from_parts(now.as_millisecond().unsigned_abs(), u128::from_be_bytes(random))
}

fn paused() -> Problem {
    refused(StatusCode::LOCKED, &Refusal::Paused)
}
