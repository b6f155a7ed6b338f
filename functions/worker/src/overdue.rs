//! What time alone does to a claim: into doubt when its worker is gone, and out of everybody's way when no run shows.
//!
//! Owns when that is looked at: as long as nobody sweeps, when a new command meets the old one. Never sends anything
//! for the old one again.

use domain::claim::Claim;
use github::Repository;

use crate::attempt::Attempt;
use crate::error::Undone;
use crate::record::record;
use crate::state::State;
use crate::tell::tell;

/// Moves a claim on that only time can move: into doubt, and from doubt to `Unknown`.
pub(crate) async fn overdue(state: &State, claim: &Claim) -> Result<Option<Claim>, Undone> {
    match claim.overdue(state.clock.now()) {
        Some(next) => record(state, claim, next).await.map(Some),
        None => Ok(None),
    }
}

/// The conversation's holder, unless it has been in doubt for so long that this new command of a person decides.
pub(crate) async fn still_in_flight(
    state: &State,
    repository: &Repository,
    holder: Option<Claim>,
) -> Result<Option<Claim>, Undone> {
    let Some(holder) = holder else { return Ok(None) };
    match overdue(state, &holder).await? {
        None => Ok(Some(holder).filter(|holder| holder.state.is_in_flight())),
        Some(moved) => {
            tell(state, repository, moved.clone(), Attempt::Later).await?;
            Ok(Some(moved).filter(|moved| moved.state.is_in_flight()))
        }
    }
}

/// Gives back the slots of claims that have been in doubt for too long; whether there were any.
pub(crate) async fn free_overdue_slots(state: &State, repository: &Repository, claim: &Claim) -> Result<bool, Undone> {
    let mut freed = false;
    for holder in state.dispatches.slot_holders(claim.request.repo.id).await? {
        freed |= still_in_flight(state, repository, Some(holder)).await?.is_none();
    }
    Ok(freed)
}
