//! A run's events: they move the claim that the run answers, and its status comment.
//!
//! Owns finding the claim. Never lets a run move a claim that isn't its own, and never writes a new comment: that is
//! the command's own way.

use domain::claim::{Claim, ClaimId};
use domain::message::RunEvent;
use github::Repository;

use crate::batch::Delivery;
use crate::comment::record;
use crate::error::Undone;
use crate::state::State;
use crate::tell::update;

/// Lets a run's event move its claim. An event of a run that isn't ours, or that comes late, changes nothing.
pub(crate) async fn follow(state: &State, event: &RunEvent, delivery: Delivery) -> Result<(), Undone> {
    let Some(claim) = claim_of(state, event).await? else {
        tracing::debug!(run.id = %event.run, "not a run of ours");
        return Ok(());
    };
    let claim = match claim.observe(event) {
        Some(next) => {
            tracing::info!(claim.id = %claim.id, run.id = %event.run, claim.state = next.state.name(), "the run moved");
            record(state, &claim, next).await?
        }
        // An earlier attempt may have ended between the record and the comment.
        None if delivery == Delivery::Repeated => claim,
        None => return Ok(()),
    };
    // Read anew: a status comment that was written meanwhile is edited, one that is still to be written will show
    // this state.
    let claim = state.dispatches.claim(claim.id).await?.unwrap_or(claim);
    match repository(state, event, &claim).await? {
        Some(repository) => update(&repository, &claim).await,
        None => Ok(()),
    }
}

/// By the id in the run's title, which is there before any record; else by the record.
async fn claim_of(state: &State, event: &RunEvent) -> Result<Option<Claim>, Undone> {
    if let Some(id) = ClaimId::in_run_title(&event.title)
        && let Some(claim) = state.dispatches.claim(id).await?
    {
        return Ok(Some(claim));
    }
    Ok(state.dispatches.claim_of_run(event.run).await?)
}

async fn repository(state: &State, event: &RunEvent, claim: &Claim) -> Result<Option<Repository>, Undone> {
    let Some(installation) = event.installation.or(claim.request.installation) else {
        return Ok(None);
    };
    let github = state.github.client().await?;
    Ok(Some(github.repository(installation, event.repo.id, event.repo.name.clone())))
}
