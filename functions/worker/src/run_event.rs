//! A run's events: they move the claim that the run answers, and its status comment.
//!
//! Owns finding the claim, and stopping a run that carries a claim without being its run. Never lets a run move a claim
//! that isn't its own, and never writes a new comment: that is the command's own way.

use domain::claim::{Claim, ClaimId};
use domain::message::{RunAction, RunEvent};

use crate::announce::announce;
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::go_on::go_on;
use crate::line::call_next;
use crate::look::{cancel_strays, note_strays};
use crate::put_off::put_off;
use crate::state::State;
use crate::tell::keep_in_line;

/// A claim that moves more often than this while one event is looked at is left to the queue's next delivery.
const MAX_LOOKS: u32 = 3;

/// Lets a run's event move its claim. An event of a run that isn't ours, or that comes late, changes nothing.
#[failpoint::everywhere]
pub(crate) async fn follow(state: &State, event: &RunEvent, delivery: Delivery) -> Result<(), Undone> {
    let Some(claim) = claim_of(state, event).await? else {
        return unknown(event, delivery);
    };
    let moved = advance(state, event, claim.id).await?;
    // Read anew: two runs of one call may be told of at once, and only now is it known which of them the claim has taken.
    let claim = state.dispatches.claim(claim.id).await?.unwrap_or(claim);
    if claim.is_stray(event.repo.id, &event.snapshot()) {
        return stop(state, event, &claim, delivery).await;
    }
    // An earlier attempt may have ended between the record and the comment.
    if !moved && delivery.is_first() {
        return Ok(());
    }
    if claim.state.is_over() {
        announce(state, &claim).await;
    }
    let told = match tell(state, event, claim.clone()).await {
        Err(undone) => put_off(state, &claim, undone, delivery).await,
        Ok(()) => Ok(()),
    };
    // Whether or not people could be told: the plan is done.
    let gone_on = if claim.is_to_go_on() { go_on(state, claim.id).await } else { Ok(()) };
    told.and(gone_on)
}

#[failpoint::everywhere]
async fn tell(state: &State, event: &RunEvent, claim: Claim) -> Result<(), Undone> {
    let installation = event.installation.or(claim.request.installation());
    state.is_free(installation).await?;
    match state.repository(installation, claim.request.repo()).await? {
        Some(repository) => {
            let (id, has_strays) = (claim.id, !claim.strays.is_empty());
            keep_in_line(state, &repository, claim).await?;
            if has_strays { cancel_strays(state, &repository, id).await } else { Ok(()) }
        }
        None => Ok(()),
    }
}

/// One call started two runs, or one showed itself after its claim was over. It is on record first, so that it is
/// cancelled even if GitHub takes no call for hours.
#[failpoint::everywhere]
async fn stop(state: &State, event: &RunEvent, claim: &Claim, delivery: Delivery) -> Result<(), Undone> {
    let noted = note_strays(state, claim, &[event.snapshot()]).await?;
    let cancelled = async {
        state.is_free(claim.request.installation()).await?;
        match state.repository(event.installation.or(claim.request.installation()), claim.request.repo()).await? {
            Some(repository) => cancel_strays(state, &repository, noted.id).await,
            None => Ok(()),
        }
    };
    match cancelled.await {
        Err(undone) => put_off(state, &noted, undone, delivery).await,
        Ok(()) => Ok(()),
    }
}

/// A run that isn't ours, or one whose record is about to be written: an end is looked at once more, because nothing
/// would come after it.
fn unknown(event: &RunEvent, delivery: Delivery) -> Result<(), Undone> {
    let comes_again = event.action == RunAction::Completed && delivery.is_first();
    if comes_again { Err(Undone::UnknownRun) } else { Ok(()) }
}

/// Whether the event moved the claim. The dispatch's own record often comes in between: then the claim is looked at
/// again at once.
#[failpoint::everywhere]
async fn advance(state: &State, event: &RunEvent, id: ClaimId) -> Result<bool, Undone> {
    for _ in 0..MAX_LOOKS {
        let Some(claim) = state.dispatches.claim(id).await? else { return Ok(false) };
        let Some(next) = claim.observe(event) else { return Ok(false) };
        if claim.is_run_again(&next) && is_anothers(state, &claim).await? {
            tracing::warn!(claim.id = %id, run.id = %event.run, "a run that is run again has lost its conversation");
            return Ok(false);
        }
        if state.dispatches.advance(&claim, &next).await? {
            call_next(state, &claim, &next).await;
            tracing::info!(claim.id = %id, run.id = %event.run, claim.state = next.state.name(), "the run moved");
            return Ok(true);
        }
    }
    Err(Undone::Moved)
}

/// Whether another command has taken the conversation meanwhile.
#[failpoint::everywhere]
async fn is_anothers(state: &State, claim: &Claim) -> Result<bool, Undone> {
    let holder = state.dispatches.conversation(&claim.request.place()).await?.holder;
    Ok(holder.is_some_and(|holder| holder.id != claim.id))
}

/// By the id in the run's title, which is there before any record; else by the record.
#[failpoint::everywhere]
async fn claim_of(state: &State, event: &RunEvent) -> Result<Option<Claim>, Undone> {
    if let Some(id) = ClaimId::in_run_title(&event.title)
        && let Some(claim) = state.dispatches.claim(id).await?
    {
        return Ok(Some(claim));
    }
    Ok(state.dispatches.claim_of_run(event.run).await?)
}
