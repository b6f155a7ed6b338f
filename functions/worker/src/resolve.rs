//! A person's word on a claim whose outcome is unknown.
//!
//! Owns obeying it once. Never acts on a word about an earlier dispatch of the claim.

use domain::claim::{Claim, State as ClaimState};
use domain::message::{Resolution, Verdict};

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
    if claim.epoch != word.epoch || !matches!(claim.state, ClaimState::Unknown { .. }) {
        tracing::info!(claim.id = %claim.id, claim.state = claim.state.name(), "a verdict was obeyed before, or came too late");
        // An earlier attempt may have got anywhere.
        let is_done = !claim.is_untold() && !claim.state.may_be_decided();
        return if is_done { Ok(()) } else { go_on(state, &claim, delivery).await };
    }
    let now = state.clock.now();
    let next = match word.verdict {
        Verdict::Retry => claim.retried(&word.by, now)?,
        Verdict::Drop => claim.dropped(&word.by, now)?,
    };
    let next = if next == claim { next } else { record(state, &claim, next).await? };
    go_on(state, &next, delivery).await
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
