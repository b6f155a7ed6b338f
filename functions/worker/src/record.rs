//! Writing a claim's transitions down.
//!
//! Owns the way from a decision to the table, and what it means that somebody else was faster. Never decides, and never
//! speaks of it: that is for `tell`.

use domain::claim::{Claim, WrongState};
use domain::feedback;
use domain::refusal::Refusal;
use environment::REASONS;
use github::GitHubError;
use jiff::Timestamp;

use crate::error::Undone;
use crate::line::call_next;
use crate::state::State;

/// What a failure of GitHub's means to the commenter, where repeating the call won't help.
pub(crate) fn refusal_of(error: GitHubError) -> Result<Refusal, Undone> {
    match error {
        GitHubError::NotInstalled { .. } => Ok(Refusal::AppNotInstalled),
        GitHubError::Forbidden { message } => Ok(Refusal::AppPermissionMissing(message)),
        GitHubError::NotFound { message } | GitHubError::Rejected { message, .. } => {
            Ok(Refusal::GithubRejected(message))
        }
        transient => Err(transient.into()),
    }
}

/// Writes that there will be no run.
#[failpoint::everywhere]
pub(crate) async fn refuse(state: &State, claim: &Claim, refusal: &Refusal) -> Result<Claim, Undone> {
    record(state, claim, refused(claim, refusal, state.clock.now())?).await
}

/// The claim as the refusal makes it.
pub(crate) fn refused(claim: &Claim, refusal: &Refusal, now: Timestamp) -> Result<Claim, WrongState> {
    claim.refused(refusal.code(), feedback::explanation(refusal), now)
}

/// Writes a transition, and calls whoever waits for the room that it makes.
#[failpoint::everywhere]
pub(crate) async fn record(state: &State, from: &Claim, to: Claim) -> Result<Claim, Undone> {
    note(&to);
    if !state.dispatches.advance(from, &to).await? {
        return Err(Undone::Moved);
    }
    call_next(state, from, &to).await;
    Ok(to)
}

/// The reason code of a transition, if it has one, is logged before it is written: a worker that dies between the two has
/// counted the reason once too often, and an alarm that hangs on it is never missed.
pub(crate) fn note(to: &Claim) {
    if let Some(code) = to.code() {
        let (repo, state_name) = (&to.request.repo().name, to.state.name());
        tracing::info!(target: REASONS, code, claim.id = %to.id, claim.state = state_name, %repo, "a claim moves");
    }
}
