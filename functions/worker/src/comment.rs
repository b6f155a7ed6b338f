//! A command's own message: it takes the claim, and the claim is carried on.
//!
//! Owns that one command has one claim, and what is read at once with it. Never judges.

use aws::Taken;
use domain::claim::Claim;
use domain::message::CommentCommand;

use crate::carry_on::{Known, carry_on, earlier};
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::put_off::put_off;
use crate::state::{State, new_claim_id};

/// Carries a command out, or picks up where an earlier attempt ended.
#[failpoint::everywhere]
pub(crate) async fn carry_out(state: &State, command: CommentCommand, delivery: Delivery) -> Result<(), Undone> {
    let now = state.clock.now();
    let received = Claim::receive(new_claim_id(now), command, now);
    let (repo, place) = (received.request.repo().clone(), received.request.place());
    let installation = received.request.installation();
    let (taken, mapping, conversation, earlier, limited) = tokio::join!(
        state.dispatches.take(received.clone()),
        state.mappings.of_repository(repo.id, &repo.name),
        state.dispatches.conversation(&place),
        earlier(state, &received),
        state.is_free(installation),
    );
    // The claim first: what is on record is not lost, whatever else has failed.
    let (Taken::New(claim) | Taken::Existing(claim)) = taken?;
    let known = Known { mapping: mapping?, conversation: conversation?, earlier: earlier? };
    let done = match limited {
        Ok(()) => Box::pin(carry_on(state, &claim, Some(known), delivery)).await,
        Err(limited) => Err(limited),
    };
    match done {
        Err(undone) => put_off(state, &claim, undone, delivery).await,
        Ok(()) => Ok(()),
    }
}
