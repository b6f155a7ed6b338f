//! A person's word on a dispatch whose outcome is unknown.
//!
//! Owns when that word is taken: while nobody has given one. It goes to the queue and nowhere else; the worker looks once
//! more and does what it says.

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::claim::{Claim, State as ClaimState};
use domain::message::{Message, Resolution, Verdict};
use http::StatusCode;
use records::ClaimPath;
use serde::Deserialize;
use web::{ApiError, JsonBody, Problem};

use super::{found, record_failed};
use crate::caller::SignedIn;
use crate::state::State;
use dispatch_view::DispatchView;

/// The body of a verdict.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Word {
    verdict: String,
}

/// `POST /api/dispatches/{id}/resolve`: 202 when the queue has it, with the record as it was then.
pub(crate) async fn resolve(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    JsonBody(word): JsonBody<Word>,
) -> Result<Response, ApiError> {
    let verdict = word.verdict()?;
    let claim = found(&state, id).await?;
    if !waits_for_a_person(&claim) {
        return Err(not_unknown(&claim).into());
    }
    // Read before anything is queued: a verdict that was taken is never answered with an error.
    let history = state.dispatches.history_of(id).await.map_err(|error| record_failed(id, error))?;
    let resolution =
        Resolution { claim: id, group: claim.group_id(), epoch: claim.epoch, verdict, by: session.subject.clone() };
    let queued = state.queue.send(&Message::Resolve(resolution)).await;
    queued.map_err(|error| ApiError::Unavailable(error.into()))?;
    tracing::info!(
        claim.id = %id,
        verdict = verdict.as_str(),
        by = session.subject,
        code = claim.code(),
        "somebody decided on an unknown outcome"
    );
    Ok((StatusCode::ACCEPTED, Json(DispatchView::with_history(&claim, &history))).into_response())
}

impl Word {
    /// One of the two that are about a doubt.
    fn verdict(&self) -> Result<Verdict, Problem> {
        let known = [Verdict::Retry, Verdict::Drop].into_iter().find(|known| known.as_str() == self.verdict);
        known.ok_or_else(|| Problem::bad_field("verdict", "`retry` or `drop`"))
    }
}

const fn waits_for_a_person(claim: &Claim) -> bool {
    matches!(claim.state, ClaimState::Unknown { retry_by: None, .. })
}

fn not_unknown(claim: &Claim) -> Problem {
    let detail = match &claim.state {
        ClaimState::Unknown { retry_by: Some(by), .. } => {
            format!("{by} has decided already that it is started once more. Read it again in a moment.")
        }
        ClaimState::Reconciling { .. } => "Its run is still looked for. Read it again in some minutes.".to_owned(),
        state => {
            format!("Only a dispatch whose outcome is unknown can be resolved, and this one is {}.", state.name())
        }
    };
    Problem::new(StatusCode::CONFLICT, "NOT_UNKNOWN", detail).with_current_state(claim.state.name())
}
