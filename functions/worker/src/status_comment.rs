//! The one status comment of a claim, as GitHub has it.
//!
//! Owns that it is written once, by one worker at a time, and made anew once where somebody has deleted it. Never chooses
//! its words.

use std::time::Duration;

use aws::Turn;
use domain::claim::Claim;
use domain::feedback;
use domain::ids::CommentId;
use domain::rate::Content;
use github::{GitHubError, Repository};
use jiff::SignedDuration;

use crate::error::Undone;
use crate::state::{State, new_nonce};
use crate::words::afford;

/// How long one worker has the turn to write it: as long as Lambda lets it work, so that it is never another's before the
/// first is gone.
pub const TURN_LASTS: SignedDuration = SignedDuration::from_mins(1);

/// Edits it; the claim with the comment that shows it now.
#[failpoint::everywhere]
pub(crate) async fn edit(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    comment: CommentId,
    text: &str,
) -> Result<Claim, Undone> {
    let passing = if claim.state.is_over() { Content::Answer } else { Content::PassingEdit };
    afford(state, repository, passing).await?;
    match repository.update_comment(comment, text).await {
        // Somebody deleted it. It is made anew once; whoever deletes it again doesn't want it.
        Err(GitHubError::NotFound { .. }) if !claim.comment_made_anew => {
            let anew = Claim { status_comment: None, comment_made_anew: true, ..claim.clone() };
            write(state, repository, anew, text).await
        }
        edited => heard(claim, edited).map(|()| claim.clone()),
    }
}

/// The claim with the comment that shows it: the one that somebody wrote before, or a new one. One worker writes at a
/// time, as GitHub would take as many comments as it is sent.
#[failpoint::everywhere]
pub(crate) async fn write(state: &State, repository: &Repository, claim: Claim, text: &str) -> Result<Claim, Undone> {
    let (worker, now) = (new_nonce(), state.clock.now());
    let is_first = match state.dispatches.take_turn(claim.id, worker, now, now + TURN_LASTS).await? {
        Turn::First => true,
        Turn::Again => false,
        Turn::Anothers { until } => {
            let remaining = Duration::try_from(until.duration_since(now)).unwrap_or_default();
            return Err(Undone::Leased { remaining });
        }
    };
    let id = claim.id;
    let written = write_in_turn(state, repository, claim, text, is_first).await;
    if matches!(&written, Err(Undone::GitHub(error)) if error.may_still_happen()) {
        // It may show itself within seconds, and whoever has the next turn has to see it.
        return written;
    }
    if let Err(error) = state.dispatches.give_turn_back(id, worker, state.clock.now()).await {
        tracing::warn!(claim.id = %id, error = %environment::chain(&error), "nobody writes until a turn is over");
    }
    written
}

#[failpoint::everywhere]
async fn write_in_turn(
    state: &State,
    repository: &Repository,
    mut claim: Claim,
    text: &str,
    is_first: bool,
) -> Result<Claim, Undone> {
    let request = &claim.request;
    // Nobody to tell: whoever asked reads the record.
    let Some(number) = request.number() else { return Ok(claim) };
    afford(state, repository, Content::Answer).await?;
    let found = if is_first {
        Ok(None)
    } else {
        repository.find_own_comment(number, request.asked_at(), &feedback::marker(claim.id)).await
    };
    let written = match found {
        Ok(Some(comment)) => repository.update_comment(comment, text).await.map(|()| comment),
        Ok(None) => repository.create_comment(number, text).await,
        Err(error) => Err(error),
    };
    match written {
        Ok(comment) => claim.status_comment = Some(comment),
        Err(error) => heard(&claim, Err(error))?,
    }
    Ok(claim)
}

/// What GitHub will never let us say is let go, by name in the log; the rest comes again. An App that is not there may be
/// installed again.
fn heard(claim: &Claim, said: Result<(), GitHubError>) -> Result<(), Undone> {
    match said {
        Err(error) if !(error.is_transient() || matches!(error, GitHubError::NotInstalled { .. })) => {
            tracing::error!(claim.id = %claim.id, error = %environment::chain(&error), "a status comment can't be written");
            Ok(())
        }
        said => Ok(said?),
    }
}
