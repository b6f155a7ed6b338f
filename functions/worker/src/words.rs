//! Whether something may be said now.
//!
//! Owns the two reasons for silence: words are counted at GitHub, and some are said once in a while only. Never says
//! anything.

use std::time::Duration;

use domain::claim::{Claim, State as ClaimState};
use domain::rate::Content;
use domain::refusal::Refusal;
use github::Repository;
use jiff::SignedDuration;

use crate::error::Undone;
use crate::state::State;

/// The same refusal is explained to the same person in the same conversation once in this time.
const EXPLAINED_ONCE_IN: SignedDuration = SignedDuration::from_hours(1);
/// An unmapped repository is told so once in this time.
const UNMAPPED_TOLD_ONCE_IN: SignedDuration = SignedDuration::from_hours(45 * 24);
/// Where an installation has said too much, the next minute is another one.
const NO_WORDS_FOR: Duration = Duration::from_mins(1);

/// Counts a word that is about to be said, and whether it may be.
#[failpoint::everywhere]
pub(crate) async fn afford(state: &State, repository: &Repository, content: Content) -> Result<(), Undone> {
    let may_be_said = state.rates.spend(repository.installation(), content, state.clock.now()).await?;
    if may_be_said { Ok(()) } else { Err(Undone::Limited { remaining: NO_WORDS_FOR }) }
}

/// A repeated refusal gets its reaction only.
#[failpoint::everywhere]
pub(crate) async fn may_say(state: &State, claim: &Claim) -> Result<bool, Undone> {
    let ClaimState::Refused { code, .. } = &claim.state else { return Ok(true) };
    if claim.status_comment.is_some() {
        return Ok(true);
    }
    let request = &claim.request;
    let (what, lifetime) = if *code == Refusal::MappingMissing.code() {
        (format!("{}#{code}", request.repo().id), UNMAPPED_TOLD_ONCE_IN)
    } else {
        (format!("{}#{}#{code}", request.place(), request.asker_id()), EXPLAINED_ONCE_IN)
    };
    Ok(state.dispatches.say_once(&what, claim.id, state.clock.now(), lifetime).await?)
}
