//! What runs report: words on the way, and a result at the end, each by the run's own token.
//!
//! Owns the routes' order of steps: who reports, what, and that a result is on record before it is acknowledged. A body
//! that can't be taken never uses a token up. What a report makes of its claim is the domain's.

mod token;

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::claim::{Claim, ClaimId, Progressed, Unheard};
use domain::report::{Progress, ReportFault, RunReport};
use http::StatusCode;
use records::store_failed;
use serde_json::json;
use web::{ApiError, JsonBody, Problem};

use self::token::{Reporter, not_ours};
use crate::call::call_worker;
use crate::loans::take_back;
use crate::state::State;

/// A claim that moves more often than this while its run reports is reported to again.
const ROUNDS: usize = 4;

/// `POST /runner/result`: 200 for the run's one result, once it is on record.
pub(crate) async fn result(
    Reporter(token): Reporter,
    extract::State(state): extract::State<State>,
    JsonBody(report): JsonBody<RunReport>,
) -> Result<Response, ApiError> {
    report.judge(token.phase).map_err(unfit)?;
    for _ in 0..ROUNDS {
        let claim = reported_claim(&state, token.dispatch_id).await?;
        let next = claim.reported(report.clone(), state.clock.now()).map_err(unheard)?;
        if state.dispatches.advance(&claim, &next).await.map_err(store_failed)? {
            tracing::info!(claim.id = %next.id, phase = token.phase.as_str(), "a run has reported");
            follow_recorded_result(&state, &next).await;
            return Ok(acknowledged());
        }
    }
    Err(moved())
}

/// `POST /runner/progress`: 200 for each word on the way, as often as the run likes.
pub(crate) async fn progress(
    Reporter(token): Reporter,
    extract::State(state): extract::State<State>,
    JsonBody(word): JsonBody<Progress>,
) -> Result<Response, ApiError> {
    word.judge(token.phase).map_err(unfit)?;
    for _ in 0..ROUNDS {
        let claim = reported_claim(&state, token.dispatch_id).await?;
        let now = state.clock.now();
        match claim.progressed(word.message.clone(), now).map_err(unheard)? {
            Progressed::Shown(next) => {
                if state.dispatches.advance(&claim, &next).await.map_err(store_failed)? {
                    call_worker(&state, &next).await;
                    return Ok(acknowledged());
                }
            }
            Progressed::Noted(next) => {
                if state.dispatches.keep(&claim, &next).await.map_err(store_failed)? {
                    return Ok(acknowledged());
                }
            }
        }
    }
    Err(moved())
}

/// All that follows from a result which is on record. None of it can fail the report.
async fn follow_recorded_result(state: &State, claim: &Claim) {
    tokio::join!(call_worker(state, claim), take_back(state, claim));
}

/// The claim that a token was made for. One that is gone makes its token nobody's.
async fn reported_claim(state: &State, id: ClaimId) -> Result<Claim, ApiError> {
    let claim = state.dispatches.claim(id).await.map_err(store_failed)?;
    claim.ok_or_else(|| not_ours().into())
}

fn acknowledged() -> Response {
    Json(json!({"acknowledged": true})).into_response()
}

fn unfit(fault: ReportFault) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, fault.code(), fault.to_string())
}

fn unheard(unheard: Unheard) -> Problem {
    let code = match unheard {
        Unheard::Reported => "already_consumed",
        Unheard::NoRun => "no_run",
    };
    Problem::new(StatusCode::CONFLICT, code, unheard.to_string())
}

fn moved() -> ApiError {
    ApiError::Unavailable("the claim moved at every attempt".into())
}
