//! Somebody's word on a claim: on one whose outcome is unknown, or that it is taken back.
//!
//! Owns obeying it once. Never acts on a word about an earlier dispatch of the claim; a cancellation is about none.

use domain::claim::{Cancelled, Claim, State as ClaimState, WrongState};
use domain::message::{Resolution, Verdict};
use jiff::Timestamp;

use crate::carry_on::carry_on;
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::put_off::put_off;
use crate::record::record;
use crate::state::State;

/// Writes the verdict down and carries the claim on from there.
#[failpoint::everywhere]
pub(crate) async fn obey(state: &State, word: &Resolution, delivery: Delivery) -> Result<(), Undone> {
    let Some(claim) = state.dispatches.claim(word.claim).await? else { return Ok(()) };
    let Some(next) = obeyed(&claim, word, state.clock.now())? else {
        let verdict = word.verdict.as_str();
        tracing::info!(claim.id = %claim.id, claim.state = claim.state.name(), verdict, "a verdict was obeyed before, or came too late");
        // An earlier attempt may have got anywhere.
        return if is_done(&claim) { Ok(()) } else { go_on(state, &claim, delivery).await };
    };
    let next = if next == claim { next } else { record(state, &claim, next).await? };
    go_on(state, &next, delivery).await
}

/// The claim as the word makes it; `None` where it was obeyed before, or came too late.
fn obeyed(claim: &Claim, word: &Resolution, now: Timestamp) -> Result<Option<Claim>, WrongState> {
    let is_about_this_doubt = claim.epoch == word.epoch && matches!(claim.state, ClaimState::Unknown { .. });
    match word.verdict {
        Verdict::Cancel => Ok(match claim.cancelled(&word.by, now) {
            Cancelled::Withdrawn(next) | Cancelled::Asked(next) => Some(next),
            Cancelled::Already | Cancelled::Over => None,
        }),
        Verdict::Retry | Verdict::Drop if !is_about_this_doubt => Ok(None),
        Verdict::Retry => claim.retried(&word.by, now).map(Some),
        Verdict::Drop => claim.dropped(&word.by, now).map(Some),
    }
}

/// Whether nothing is left of what a word may have led to.
fn is_done(claim: &Claim) -> bool {
    !claim.is_untold() && !claim.state.may_be_decided() && claim.strays.is_empty()
}

#[failpoint::everywhere]
async fn go_on(state: &State, claim: &Claim, delivery: Delivery) -> Result<(), Undone> {
    let done = match state.is_free(claim.request.installation()).await {
        Ok(()) => Box::pin(carry_on(state, claim, None, delivery)).await,
        Err(limited) => Err(limited),
    };
    match done {
        Err(undone) => put_off(state, claim, undone, delivery).await,
        Ok(()) => Ok(()),
    }
}
