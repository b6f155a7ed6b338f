//! Writing a claim's transitions down.
//!
//! Owns the way from a decision or from time alone to the table, and what it means that somebody else was faster.
//! Never decides, and never speaks of it: that is for `tell`.

use domain::claim::{Claim, WrongState};
use domain::feedback;
use domain::refusal::Refusal;
use github::{GitHubError, Repository};
use jiff::Timestamp;

use crate::attempt::Attempt;
use crate::error::Undone;
use crate::state::State;
use crate::tell::tell;

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

pub(crate) async fn refuse(state: &State, claim: &Claim, refusal: &Refusal) -> Result<Claim, Undone> {
    record(state, claim, refused(claim, refusal, state.clock.now())?).await
}

/// The claim as the refusal makes it.
pub(crate) fn refused(claim: &Claim, refusal: &Refusal, now: Timestamp) -> Result<Claim, WrongState> {
    tracing::info!(claim.id = %claim.id, code = refusal.code(), "refused");
    claim.refused(refusal.code(), feedback::explanation(refusal), now)
}

/// Writes a transition.
pub(crate) async fn record(state: &State, from: &Claim, to: Claim) -> Result<Claim, Undone> {
    if state.dispatches.advance(from, &to).await? { Ok(to) } else { Err(Undone::Moved) }
}

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
