//! A dispatch once more: a new claim for what is over, a person's word for what nobody knows.
//!
//! Owns when it is the one and when the other. What is taken over is the domain's; the old claim itself is never touched.

use axum::extract;
use axum::response::Response;
use domain::claim::{Again, Claim, State as ClaimState};
use domain::message::Verdict;
use domain::request::ApiRequest;
use http::StatusCode;
use records::ClaimPath;
use web::{ApiError, Problem, QueryParameters};

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
    target.admit(&caller, claim.kind())?;
    if matches!(claim.state, ClaimState::Unknown { .. }) {
        return decide(&state, &claim, Verdict::Retry, caller.named().name).await;
    }
    if let Some(why) = claim.not_again() {
        let problem = Problem::new(StatusCode::CONFLICT, why.code(), why.why());
        return Err(problem.with_current_state(claim.state.name()).into());
    }
    let again = again(&state, &target, &claim, &caller, key).await?;
    Box::pin(take(&state, &target, again)).await
}

async fn again(
    state: &State,
    target: &Target,
    claim: &Claim,
    caller: &Caller,
    key: String,
) -> Result<ApiRequest, ApiError> {
    let (installation, repo) = target.repo(state).await?;
    Ok(claim.again(Again { repo, installation, caller: caller.named(), key, asked_at: state.clock.now() }))
}
