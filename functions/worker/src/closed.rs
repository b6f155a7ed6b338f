//! The end of a pull request: what still waits there will have no run.
//!
//! Owns which claims that ends. Never touches one that was dispatched, or may have been: its run ends by itself.

use domain::claim::Claim;
use domain::message::{PullRequestClosed, SubjectKind};
use domain::refusal::Refusal;

use crate::carry_on::{EARLIER_COMMANDS, carry_on};
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::put_off::put_off;
use crate::record::refuse;
use crate::state::State;

/// Refuses what was asked before the end and waits still, and says so.
#[failpoint::everywhere]
pub(crate) async fn end(state: &State, closed: &PullRequestClosed, delivery: Delivery) -> Result<(), Undone> {
    for claim in state.dispatches.of_conversation(closed.repo.id, closed.number, EARLIER_COMMANDS).await? {
        let ended = if waits(&claim, closed) {
            refuse(state, &claim, &Refusal::PrClosed(SubjectKind::PullRequest)).await?
        } else if !delivery.is_first() && claim.state.is_over() && claim.is_untold() {
            // An earlier attempt may have ended between the record and the comment.
            claim
        } else {
            continue;
        };
        tell(state, &ended, delivery).await?;
    }
    Ok(())
}

/// Somebody may have opened the pull request again, and have asked anew: that claim is judged by what is then.
fn waits(claim: &Claim, closed: &PullRequestClosed) -> bool {
    claim.state.may_be_decided() && !claim.state.may_have_run() && claim.asked_at() <= closed.closed_at
}

#[failpoint::everywhere]
async fn tell(state: &State, claim: &Claim, delivery: Delivery) -> Result<(), Undone> {
    let told = match state.is_free(claim.request.installation()).await {
        Ok(()) => Box::pin(carry_on(state, claim, None, delivery)).await,
        Err(limited) => Err(limited),
    };
    match told {
        Err(undone) => put_off(state, claim, undone, delivery).await,
        Ok(()) => Ok(()),
    }
}
