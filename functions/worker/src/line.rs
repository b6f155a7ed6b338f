//! Waiting for one of a repository's slots, and being called when there is one.
//!
//! Owns who is called, and that nobody waits behind a claim that isn't there. The order is the domain's, and a slot is given
//! away by the store's condition alone. Never starts anything.

use aws::{Begun, StoreError};
use domain::claim::{Claim, ClaimId};
use domain::message::{DueClaim, Message};
use domain::refusal::{Busy, Refusal};

use crate::error::Undone;
use crate::record::{note, record, refuse};
use crate::state::State;

/// So many claims ahead are looked at, should one of them be there by mistake; the next look goes on.
const LOOKED_AT_AHEAD: usize = 5;

/// Gives a claim that found no free slot its place in the line, or shows it the place that it has now.
#[failpoint::everywhere]
pub(crate) async fn line_up(state: &State, claim: &Claim, slots: u32) -> Result<Claim, Undone> {
    let line = state.dispatches.line(claim.request.repo().id).await?;
    let queued = claim.queued(&line, slots, state.clock.now())?;
    if queued.revision == claim.revision {
        return if state.dispatches.keep(claim, &queued).await? { Ok(queued) } else { Err(Undone::Moved) };
    }
    if claim.state.is_queued() {
        return record(state, claim, queued).await;
    }
    note(&queued);
    match state.dispatches.line_up(claim, &queued).await? {
        Begun::Written => Ok(queued),
        Begun::InFlight => refuse(state, claim, &Refusal::InFlight(Busy::Unclear)).await,
        _ => Err(Undone::Moved),
    }
}

/// Whether a queued claim's turn has come. Where there is room and others are ahead, those that aren't in the line by their
/// own record are taken out of it, and the first that is there is called: its record may have rested while nobody could read
/// it, and is not due for hours.
#[failpoint::everywhere]
pub(crate) async fn is_turn_of(state: &State, claim: &Claim, slots: u32) -> Result<bool, Undone> {
    let repo = claim.request.repo().id;
    let line = state.dispatches.line(repo).await?;
    if line.is_turn_of(claim.id, slots) {
        return Ok(true);
    }
    if line.free(slots) > 0 {
        for ahead in line.ahead_of(claim.id).take(LOOKED_AT_AHEAD) {
            if let Some(first) = who_waits(state, ahead).await? {
                summon(state, &first, claim).await?;
                break;
            }
            tracing::error!(claim.id = %ahead, "a claim was in the line that doesn't wait");
            state.dispatches.leave_line(repo, ahead).await?;
        }
    }
    Ok(false)
}

/// A claim in the line, if it is there by its own record.
#[failpoint::everywhere]
async fn who_waits(state: &State, claim: ClaimId) -> Result<Option<Claim>, Undone> {
    match state.dispatches.claim(claim).await {
        Ok(found) => Ok(found.filter(|found| found.state.is_queued())),
        Err(StoreError::Corrupt { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Calls whoever is next, where a transition has made room. A call that is lost is made up for when the claim is due.
#[failpoint::everywhere]
pub(crate) async fn call_next(state: &State, from: &Claim, to: &Claim) {
    let makes_room = from.state.holds_slot() && !to.state.holds_slot();
    let leaves_line = from.state.is_queued() && to.state.is_over();
    if !makes_room && !leaves_line {
        return;
    }
    if let Err(error) = call(state, to).await {
        tracing::warn!(claim.id = %to.id, error = %environment::chain(&error), "the next in the line is called later");
    }
}

#[failpoint::everywhere]
async fn call(state: &State, after: &Claim) -> Result<(), Undone> {
    let line = state.dispatches.line(after.request.repo().id).await?;
    let Some(next) = line.waiting.first() else { return Ok(()) };
    match state.dispatches.claim(*next).await? {
        Some(next) => summon(state, &next, after).await,
        None => Ok(()),
    }
}

/// Has a claim looked at now, because of another's move, in the order of its own conversation.
#[failpoint::everywhere]
pub(crate) async fn summon(state: &State, claim: &Claim, caller: &Claim) -> Result<(), Undone> {
    let due = DueClaim {
        claim: claim.id,
        group: claim.group_id(),
        epoch: claim.epoch,
        due_at: state.clock.now(),
        called_by: Some(caller.id),
        revision: None,
        asked_by: None,
    };
    Ok(state.queue.send(&Message::Due(due)).await?)
}
