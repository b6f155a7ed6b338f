//! A claim that is due: somebody has to look at it, because nothing has happened to it for as long as was good.
//!
//! Owns reading it, and telling what is due from what was done meanwhile. Never does anything for what is not due.

use aws::StoreError;
use domain::message::DueClaim;
use jiff::SignedDuration;

use crate::carry_on::carry_on;
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::last_word::apologise;
use crate::put_off::put_off;
use crate::state::State;

/// By then somebody may have rolled the release that wrote it forward again.
const READ_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(6);

/// Looks at a due claim, and does what its state asks for.
#[failpoint::everywhere]
pub(crate) async fn look(state: &State, due: &DueClaim, delivery: Delivery) -> Result<(), Undone> {
    let claim = match state.dispatches.claim(due.claim).await {
        Ok(Some(claim)) => claim,
        Ok(None) => return Ok(()),
        Err(StoreError::Corrupt { key, source }) => return set_aside(state, due, &key, &*source).await,
        Err(error) => return Err(error.into()),
    };
    let now = state.clock.now();
    let claim = match claim.due_at() {
        Some(due_at) if due_at <= now => claim,
        // Another claim has made room for it, or is followed by it.
        Some(_) if due.called_by.is_some() => claim,
        // A person doesn't wait until it is due.
        Some(_) if due.asked_by.is_some() => claim.resting(now),
        // It was done meanwhile; the index is brought in line, so that it isn't found again.
        _ => return state.dispatches.keep(&claim, &claim).await.map(drop).map_err(Undone::from),
    };
    let done = match state.is_free(claim.request.installation()).await {
        Ok(()) => Box::pin(carry_on(state, &claim, None, delivery)).await,
        Err(limited) => Err(limited),
    };
    match done {
        Err(undone) => put_off(state, &claim, undone, delivery).await,
        Ok(()) => Ok(()),
    }
}

/// A record that this release can't read stays as it is, for whoever can, and is looked at again much later. Who asked is
/// told.
#[failpoint::everywhere]
async fn set_aside(
    state: &State,
    due: &DueClaim,
    key: &str,
    error: &(dyn std::error::Error + Send + Sync + 'static),
) -> Result<(), Undone> {
    tracing::error!(
        claim.id = %due.claim, key, error = %environment::chain(error), code = "UNREADABLE_RECORD",
        "a claim's record can't be read, and is set aside"
    );
    match state.dispatches.set_aside(due.claim, state.clock.now() + READ_AGAIN_AFTER).await? {
        Some(addressee) => apologise(state, &addressee).await,
        None => Ok(()),
    }
}
