//! Tokens that are lent to an admitted run: asked for by each of its jobs that needs one, taken back with its result.
//!
//! Owns which job gets what, and that nothing is lent that could not be taken back. A lent token is kept sealed, and is
//! neither logged nor given to anybody but the run that asked.

mod seal;

use std::time::Duration;

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::claim::Claim;
use domain::run_kind::RunKind;
use domain::run_token::RunToken;
use github::{Loan, Repository};
use http::StatusCode;
use jiff::Timestamp;
use oidc::ActionsToken;
use records::{ClaimPath, store_failed};
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::json;
use web::{ApiError, JsonBody, Problem};

use crate::at_github::at_github;
use crate::claims::{Proof, claim_of};
use crate::state::State;
use crate::store::{github_failed, no_secret};

/// Whoever reports is kept waiting for no longer than this while tokens are taken back; what is left ends by itself.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a job needs a token for.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Need {
    r#for: Purpose,
}

#[derive(Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Purpose {
    /// To push, to open a pull request, to comment.
    Push,
    /// To report.
    Report,
}

/// `POST /v1/claims/{id}/token`: for the run that was admitted, and for no other.
pub(crate) async fn lend(
    Proof(proof): Proof,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    JsonBody(need): JsonBody<Need>,
) -> Result<Response, ApiError> {
    let claim = claim_of(&state, id, &proof).await?;
    is_admitted(&claim, &proof)?;
    if claim.state.is_over() {
        return Err(over().into());
    }
    if need.r#for == Purpose::Report {
        return report_token(&state, &claim).await;
    }
    may_work(&claim)?;
    let repo = claim.request.repo();
    let (_, repository) = at_github(&state, repo.id, &repo.name).await?;
    let lent = repository.lend(loan_for(&claim)).await.map_err(github_failed)?;
    let secret = state.run_secret.current().await.map_err(no_secret)?;
    let sealed = seal::seal(secret.key(), id, lent.token.expose_secret());
    if let Err(error) = state.dispatches.keep_loan(id, &sealed, lent.expires_at).await {
        // What can't be taken back later is taken back now.
        give_back(&repository, lent.token.expose_secret()).await;
        return Err(store_failed(error));
    }
    // A report that came meanwhile has taken back what was there then.
    let now = claim_of(&state, id, &proof).await?;
    if let Err(problem) = may_work(&now) {
        take_back(&state, &now).await;
        return Err(problem.into());
    }
    tracing::info!(claim.id = %id, run.id = %proof.run_id, "a run is lent a token");
    let (token, app_id) = (lent.token.expose_secret(), repository.app_id());
    Ok(Json(json!({"token": token, "expiresAt": lent.expires_at, "appId": app_id})).into_response())
}

/// Whether the run has something left to do.
fn may_work(claim: &Claim) -> Result<(), Problem> {
    let is_done = claim.state.is_over() || claim.report.is_some() || claim.cancel_by.is_some();
    if is_done { Err(over()) } else { Ok(()) }
}

fn over() -> Problem {
    let detail = "The run's work is over: its report is in, it has ended, or somebody wants it cancelled.";
    Problem::new(StatusCode::GONE, "CLAIM_OVER", detail)
}

fn is_admitted(claim: &Claim, proof: &ActionsToken) -> Result<(), Problem> {
    let redeemed = claim.redeemed.filter(|_| claim.is_redeemed());
    if redeemed.is_some_and(|it| (it.run, it.attempt) == (proof.run_id, proof.run_attempt)) {
        return Ok(());
    }
    let detail = "Only the run that has redeemed the claim gets a token for it.";
    Err(Problem::new(StatusCode::FORBIDDEN, "NOT_REDEEMED", detail))
}

/// A plan writes words, and everything else code.
fn loan_for(claim: &Claim) -> Loan {
    match claim.order.as_ref().map(|order| order.kind) {
        Some(RunKind::Plan) | None => Loan::Words,
        Some(RunKind::Implement | RunKind::GapFill) => Loan::Code,
    }
}

async fn report_token(state: &State, claim: &Claim) -> Result<Response, ApiError> {
    let secret = state.run_secret.current().await.map_err(no_secret)?;
    let audience = state.public_url.runner_audience();
    let order = claim.order.as_ref().ok_or_else(|| ApiError::Internal("an admitted run has no order".into()))?;
    let token = RunToken::of(claim.id, order, &audience, state.clock.now());
    let expires_at = Timestamp::from_second(token.exp).unwrap_or(Timestamp::MAX);
    Ok(Json(json!({
        "runToken": token.sign(secret.key()),
        "expiresAt": expires_at,
        "resultUrl": format!("{audience}/result"),
        "progressUrl": format!("{audience}/progress"),
    }))
    .into_response())
}

/// Takes back what a claim's run was lent. A failure is logged: a token ends by itself within the hour.
pub(crate) async fn take_back(state: &State, claim: &Claim) {
    match tokio::time::timeout(PATIENCE, take_all_back(state, claim)).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::error!(claim.id = %claim.id, ?error, "a lent token is not taken back"),
        Err(_) => tracing::error!(claim.id = %claim.id, "lent tokens are not taken back in time"),
    }
}

async fn take_all_back(state: &State, claim: &Claim) -> Result<(), ApiError> {
    let loans = state.dispatches.loans(claim.id).await.map_err(store_failed)?;
    if loans.is_empty() {
        return Ok(());
    }
    let secret = state.run_secret.current().await.map_err(no_secret)?;
    let repo = claim.request.repo();
    let (_, repository) = at_github(state, repo.id, &repo.name).await?;
    for loan in loans {
        match seal::open(secret.key(), claim.id, &loan.sealed) {
            // It stays on record for as long as it may be good.
            Some(token) if loan.expires_at > state.clock.now() && !give_back(&repository, &token).await => continue,
            Some(_) => {}
            // The key was changed since.
            None => tracing::warn!(claim.id = %claim.id, "a lent token can't be read any more"),
        }
        state.dispatches.forget_loan(claim.id, &loan).await.map_err(store_failed)?;
    }
    Ok(())
}

/// Whether GitHub has taken it back.
async fn give_back(repository: &Repository, token: &str) -> bool {
    let given = repository.give_back(token).await;
    if let Err(error) = &given {
        tracing::error!(error = %environment::chain(error), "GitHub does not take a lent token back");
    }
    given.is_ok()
}
