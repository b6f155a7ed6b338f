//! Claims, seen by their runs: a run proves itself and is admitted, or told that it has nothing to do.
//!
//! Owns the routes' order of steps: who asks, which claim, whether the run is its own. Which run is admitted is the domain's.
//! The admission is on record before it is told.

mod facts;
mod proof;

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::claim::{Admitted, Claim, ClaimId, NotAdmitted, RunRef};
use domain::refusal::{Busy, Refusal};
use http::StatusCode;
use oidc::ActionsToken;
use records::{ClaimPath, no_claim, store_failed};
use std::time::Duration;
use web::{ApiError, Problem};

use self::facts::RunFacts;
pub(crate) use self::proof::Proof;
use crate::call::call_worker;
use crate::state::State;
use crate::store::conflict;

/// A claim that moves more often than this while its run asks is asked about again.
const ROUNDS: usize = 4;
/// The end of an earlier attempt is told within seconds.
const ASK_AGAIN_AFTER: Duration = Duration::from_secs(5);

/// `POST /v1/claims/{id}/redeem`: 200 with all that the run needs to know, for the first run that asks.
pub(crate) async fn redeem(
    Proof(token): Proof,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
) -> Result<Response, ApiError> {
    for _ in 0..ROUNDS {
        let claim = claim_of(&state, id, &token).await?;
        let run = run_of(&state, &claim, &token);
        match claim.redeem(&run, state.clock.now()) {
            Err(refused) => return Err(not_admitted(refused).into()),
            Ok(Admitted::Before) => return told(&state, &claim, &token).await,
            Ok(Admitted::Now(next)) => {
                if state.dispatches.advance(&claim, &next).await.map_err(store_failed)? {
                    tracing::info!(claim.id = %id, run.id = %run.id, run.attempt = run.attempt, "a run is admitted");
                    call_worker(&state, &next).await;
                    return told(&state, &next, &token).await;
                }
                is_free_for(&state, &claim).await?;
            }
        }
    }
    Err(ApiError::Unavailable("the claim moved at every attempt".into()))
}

/// The claim that a run names, if it is one of the run's own repository, workflow and branch. The repository's name is not
/// compared: it may have another one by now.
pub(crate) async fn claim_of(state: &State, id: ClaimId, token: &ActionsToken) -> Result<Claim, ApiError> {
    let claim = state.dispatches.claim(id).await.map_err(store_failed)?.ok_or_else(no_claim)?;
    let is_here = claim.request.repo().id == token.repository_id;
    let is_dispatched = token.event_name == "workflow_dispatch";
    let workflow = token.workflow();
    let is_its_workflow = claim.order.as_ref().zip(workflow).is_some_and(|(order, workflow)| {
        let branch = format!("refs/heads/{}", order.git_ref);
        workflow.file == order.workflow_file.as_str() && workflow.git_ref == branch && token.git_ref == branch
    });
    if !(is_here && is_dispatched && is_its_workflow) {
        let detail = "The claim is for a run of another repository or workflow, or of this one on another branch.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "WRONG_RUN", detail).into());
    }
    Ok(claim)
}

fn run_of(state: &State, claim: &Claim, token: &ActionsToken) -> RunRef {
    let (id, attempt) = (token.run_id, token.run_attempt);
    let known = claim.state.run().filter(|run| run.id == id).map(|run| run.html_url.clone());
    let html_url = known.unwrap_or_else(|| format!("{}/{}/actions/runs/{id}", state.web_url, token.repository));
    RunRef { id, html_url, attempt }
}

/// A run that is run again beside another one of the same conversation loses the race for its lock.
async fn is_free_for(state: &State, claim: &Claim) -> Result<(), ApiError> {
    let conversation = state.dispatches.conversation(&claim.request.place()).await.map_err(store_failed)?;
    let other = conversation.holder.filter(|holder| holder.id != claim.id && !claim.state.holds_lock());
    match other {
        Some(other) => Err(conflict(&Refusal::InFlight(Busy::of(&other).unwrap_or(Busy::Unclear))).into()),
        None => Ok(()),
    }
}

async fn told(state: &State, claim: &Claim, token: &ActionsToken) -> Result<Response, ApiError> {
    let repo = claim.request.repo();
    let mapping = state.mappings.of_repository(repo.id, &repo.name).await.map_err(store_failed)?;
    let mapping = if let aws::StoredMapping::Found(mapping) = mapping { Some(mapping) } else { None };
    let facts = RunFacts::of(claim, &token.repository, mapping.as_deref()).ok_or_else(no_claim)?;
    Ok(Json(facts).into_response())
}

fn not_admitted(refused: NotAdmitted) -> Problem {
    let (status, code) = match refused {
        NotAdmitted::AnotherRun => (StatusCode::CONFLICT, "ANOTHER_RUN"),
        NotAdmitted::EarlierAttempt => (StatusCode::CONFLICT, "EARLIER_ATTEMPT"),
        NotAdmitted::NotDispatched => (StatusCode::CONFLICT, "NOT_DISPATCHED"),
        NotAdmitted::Over => (StatusCode::GONE, "CLAIM_OVER"),
    };
    let problem = Problem::new(status, code, refused.to_string());
    if refused == NotAdmitted::EarlierAttempt { problem.with_retry_after(ASK_AGAIN_AFTER) } else { problem }
}
