//! A person's word on a dispatch whose outcome is unknown.
//!
//! Owns when that word is taken: while nobody has given one. It goes to the queue and nowhere else; the worker looks once
//! more and does what it says.

use aws::ClaimEvent;
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::claim::{Claim, ClaimId, State as ClaimState};
use domain::message::{Message, Resolution, Verdict};
use http::StatusCode;
use records::ClaimPath;
use serde::Deserialize;
use web::{ApiError, JsonBody, Problem};

use super::one;
use super::steering::{audit, send};
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
pub(crate) async fn resolve_route(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    JsonBody(word): JsonBody<Word>,
) -> Result<Response, ApiError> {
    let verdict = word.verdict()?;
    let (claim, history) = resolve(&state, &session.subject, id, verdict).await?;
    Ok((StatusCode::ACCEPTED, Json(DispatchView::with_history(&claim, &history))).into_response())
}

/// Has a dispatch whose outcome is unknown started once more, or dropped ([`Verdict::Retry`], [`Verdict::Drop`]). The claim as
/// it was, with its history.
pub(crate) async fn resolve(
    state: &State,
    by: &str,
    id: ClaimId,
    verdict: Verdict,
) -> Result<(Claim, Vec<ClaimEvent>), ApiError> {
    // Read before anything is queued: a verdict that was taken is never answered with an error.
    let (claim, history) = one(state, id).await?;
    if !claim.possible().resolve {
        return Err(not_unknown(&claim).into());
    }
    let (group, epoch) = (claim.group_id(), claim.epoch);
    send(state, &Message::Resolve(Resolution { claim: id, group, epoch, verdict, by: by.to_owned() })).await?;
    let action = if verdict == Verdict::Retry { "resolve-retry" } else { "resolve-drop" };
    audit(by, action, &claim);
    Ok((claim, history))
}

impl Word {
    /// One of the two that are about a doubt.
    fn verdict(&self) -> Result<Verdict, Problem> {
        let known = [Verdict::Retry, Verdict::Drop].into_iter().find(|known| known.as_str() == self.verdict);
        known.ok_or_else(|| Problem::bad_field("verdict", "`retry` or `drop`"))
    }
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
