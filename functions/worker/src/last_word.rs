//! What the commenter is told when a command is given up.
//!
//! Owns the last step before a dead letter: the claim is closed, so that nothing carries the command out later behind
//! the commenter's back, and the reason is said. Where the table itself is out, nothing can be closed or known, and that
//! is said. Never starts anything.

use aws::Taken;
use domain::claim::{Claim, State as ClaimState};
use domain::feedback;
use domain::message::CommentCommand;
use domain::refusal::{Obstacle, Refusal};
use github::{GitHubError, Repository};

use crate::attempt::Attempt;
use crate::error::Undone;
use crate::record::{record, refuse};
use crate::state::{State, new_claim_id};
use crate::tell::tell;

/// Closes the command's claim and tells the commenter why. What can't be told now is told when the message is redriven.
pub(crate) async fn say(state: &State, command: CommentCommand, undone: &Undone) -> Result<(), Undone> {
    let refusal = Refusal::GaveUp(obstacle(undone));
    // First the record: it needs no GitHub, which may be what is out.
    let closed = close(state, command.clone(), &refusal).await;
    if let Err(error) = &closed {
        tracing::error!(error = %environment::chain(error), "a command is given up without a record");
    }
    let Some(repository) = state.repository(command.installation, &command.repo).await? else {
        return closed.map(drop);
    };
    match closed {
        Ok(claim) => tell(state, &repository, claim, Attempt::Later).await,
        Err(Undone::Store(_)) => Ok(say_unrecorded(&repository, &command).await?),
        Err(error) => Err(error),
    }
}

async fn close(state: &State, command: CommentCommand, refusal: &Refusal) -> Result<Claim, Undone> {
    let now = state.clock.now();
    let (Taken::New(claim) | Taken::Existing(claim)) =
        state.dispatches.take(Claim::receive(new_claim_id(now), command, now)).await?;
    match claim.state {
        ClaimState::Received | ClaimState::Authorized => refuse(state, &claim, refusal).await,
        // Nobody else has this message, so whoever wrote the intent is gone, whatever is left of the lease.
        ClaimState::Dispatching { .. } => record(state, &claim, claim.doubted(now)?).await,
        // What was dispatched, or may have been, is not called refused; its own state is said.
        _ => Ok(claim),
    }
}

async fn say_unrecorded(repository: &Repository, command: &CommentCommand) -> Result<(), GitHubError> {
    let marker = feedback::unrecorded_marker(command.comment);
    if repository.find_own_comment(command.number, command.commented_at, &marker).await?.is_none() {
        repository.create_comment(command.number, &feedback::unrecorded(command.comment)).await?;
    }
    Ok(())
}

const fn obstacle(undone: &Undone) -> Obstacle {
    match undone {
        Undone::GitHub(GitHubError::RateLimited { .. }) => Obstacle::RateLimit,
        Undone::GitHub(GitHubError::Unauthorized { .. }) | Undone::Access(_) => Obstacle::Credentials,
        Undone::GitHub(_) => Obstacle::GitHub,
        _ => Obstacle::Ourselves,
    }
}
