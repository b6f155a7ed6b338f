//! From a plan that succeeded to its implementation.
//!
//! Owns that the implementation gets its one claim. Never judges it: it is looked at as any other command.

use aws::Taken;
use domain::claim::{Claim, ClaimId};

use crate::error::Undone;
use crate::line::summon;
use crate::state::{State, new_claim_id};

/// Gives the implementation its claim, where one is to follow. Whoever is interrupted does it again: the claim's natural key
/// is the plan's.
#[failpoint::everywhere]
pub(crate) async fn go_on(state: &State, plan: ClaimId) -> Result<(), Undone> {
    let Some(plan) = state.dispatches.claim(plan).await?.filter(Claim::is_to_go_on) else { return Ok(()) };
    let now = state.clock.now();
    let Some(next) = plan.implementation(new_claim_id(now), now) else { return Ok(()) };
    let (Taken::New(next) | Taken::Existing(next)) = state.dispatches.take(next).await?;
    tracing::info!(claim.id = %next.id, plan.id = %plan.id, "a plan is followed by its implementation");
    if let Err(error) = summon(state, &next, &plan).await {
        tracing::warn!(claim.id = %next.id, error = %environment::chain(&error), "an implementation starts when it is due");
    }
    let gone_on = Claim { has_gone_on: true, ..plan.clone() };
    if state.dispatches.keep(&plan, &gone_on).await? { Ok(()) } else { Err(Undone::Moved) }
}
