//! What a person may do about a dispatch: take it back, have it done once more, have it looked at now.
//!
//! Owns which word goes to the queue, and the line of audit. Nothing is done here: the worker does it when the word arrives, to
//! the claim as it is then, and the same word twice is one.

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use dispatch_view::DispatchView;
use domain::claim::{Claim, ClaimId, NotAgain};
use domain::message::{DueClaim, Message, Resolution, Retry, Verdict};
use http::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use records::ClaimPath;
use web::{ApiError, Problem};

use super::found;
use crate::caller::SignedIn;
use crate::state::State;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// A key is part of a table's key.
const MAX_KEY_CHARACTERS: usize = 200;
/// Two wishes to look within this time are one.
const LOOKS_APART: SignedDuration = SignedDuration::from_secs(10);

/// `POST /api/dispatches/{id}/cancel`: 202 when the queue has it; what is over is 409.
pub(crate) async fn cancel_route(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
) -> Result<Response, ApiError> {
    Ok(accepted(&cancel(&state, &session.subject, id).await?))
}

/// `POST /api/dispatches/{id}/retry`: 202 when the queue has it; what is not over is 409. It takes an
/// `Idempotency-Key`: the same person's same one is one retry.
pub(crate) async fn retry_route(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let key = headers.get(IDEMPOTENCY_KEY).ok_or_else(no_key)?.to_str().unwrap_or_default();
    Ok(accepted(&retry(&state, &session.subject, id, key).await?))
}

/// `POST /api/dispatches/{id}/replay`: 202 when the queue has it; what nothing is left to do for is 409.
pub(crate) async fn replay_route(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
) -> Result<Response, ApiError> {
    Ok(accepted(&replay(&state, &session.subject, id).await?))
}

/// Takes a dispatch back, or has its run cancelled. The claim as it was.
pub(crate) async fn cancel(state: &State, by: &str, id: ClaimId) -> Result<Claim, ApiError> {
    let claim = found(state, id).await?;
    if claim.state.is_over() {
        return Err(conflict("OVER", &claim, format!("This dispatch is over: it is {}.", claim.state.name())));
    }
    let (group, epoch) = (claim.group_id(), claim.epoch);
    let word = Resolution { claim: id, group, epoch, verdict: Verdict::Cancel, by: by.to_owned() };
    send(state, &Message::Resolve(word)).await?;
    audit(by, "cancel", &claim);
    Ok(claim)
}

/// Has a dispatch that is over done once more, as a claim of its own, which the worker makes. `key` makes it one, however often
/// it is asked. The old claim.
pub(crate) async fn retry(state: &State, by: &str, id: ClaimId, key: &str) -> Result<Claim, ApiError> {
    if !(1..=MAX_KEY_CHARACTERS).contains(&key.len()) || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        let form = format!("a key has 1 to {MAX_KEY_CHARACTERS} visible characters of ASCII");
        return Err(Problem::bad_field(IDEMPOTENCY_KEY, form).into());
    }
    let claim = found(state, id).await?;
    if let Some(why) = claim.not_again() {
        return Err(not_retried(&claim, why));
    }
    let (group, asked_at) = (claim.group_id(), state.clock.now());
    let wish = Retry { claim: id, group, by: by.to_owned(), key: key.to_owned(), asked_at };
    send(state, &Message::Retry(wish)).await?;
    audit(by, "retry", &claim);
    Ok(claim)
}

/// Has a dispatch looked at now for which something is left to do: that is done. The claim as it was.
pub(crate) async fn replay(state: &State, by: &str, id: ClaimId) -> Result<Claim, ApiError> {
    let claim = found(state, id).await?;
    if !claim.possible().replay {
        return Err(not_looked_at(&claim));
    }
    let due = DueClaim {
        claim: id,
        group: claim.group_id(),
        epoch: claim.epoch,
        due_at: begun(state.clock.now()),
        called_by: None,
        revision: None,
        asked_by: Some(by.to_owned()),
    };
    send(state, &Message::Due(due)).await?;
    audit(by, "replay", &claim);
    Ok(claim)
}

/// Queues a word; when this returns, the queue has it.
pub(super) async fn send(state: &State, word: &Message) -> Result<(), ApiError> {
    state.queue.send(word).await.map_err(|error| ApiError::Unavailable(error.into()))
}

/// Who did what to which dispatch, and what it was like before.
pub(super) fn audit(by: &str, action: &str, claim: &Claim) {
    let before = claim.state.name();
    tracing::info!(audit = true, subject = by, action, claim.id = %claim.id, before, "somebody steers a dispatch");
}

fn accepted(claim: &Claim) -> Response {
    (StatusCode::ACCEPTED, Json(DispatchView::of(claim))).into_response()
}

fn no_key() -> Problem {
    let detail = "Send a header `Idempotency-Key` with a value of your own for each run that you want: whatever is sent twice \
                  with it is one request.";
    Problem::new(StatusCode::BAD_REQUEST, "IDEMPOTENCY_KEY_MISSING", detail)
}

fn conflict(code: &'static str, claim: &Claim, detail: String) -> ApiError {
    Problem::new(StatusCode::CONFLICT, code, detail).with_current_state(claim.state.name()).into()
}

fn not_retried(claim: &Claim, why: NotAgain) -> ApiError {
    conflict(why.code(), claim, why.why() + remedy_of(claim))
}

fn not_looked_at(claim: &Claim) -> ApiError {
    let (name, remedy) = (claim.state.name(), remedy_of(claim));
    conflict("NOTHING_DUE", claim, format!("There is nothing left to do for this dispatch: it is {name}.{remedy}"))
}

/// What takes a person, and no look.
fn remedy_of(claim: &Claim) -> &'static str {
    if claim.possible().resolve { " Nobody knows its outcome: decide on that." } else { "" }
}

/// The beginning of the span in which one look is enough.
fn begun(now: Timestamp) -> Timestamp {
    let span = LOOKS_APART.as_secs();
    Timestamp::from_second(now.as_second() / span * span).unwrap_or(now)
}
