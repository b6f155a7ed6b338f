//! What the commenter is told when a command is given up.
//!
//! Owns the last step before a dead letter: the claim is closed, so that nothing carries the command out later behind
//! the commenter's back, and the reason is said. Where the table itself is out, or the message is another release's,
//! nothing can be closed or known, and that is said. Never starts anything.

use aws::Taken;
use domain::claim::{Claim, State as ClaimState};
use domain::feedback;
use domain::message::{Addressee, DueClaim, Message, Resolution};
use domain::refusal::Refusal;
use domain::request::Request;
use environment::REASONS;
use github::{GitHubError, Repository};

use crate::error::Undone;
use crate::record::{record, refuse};
use crate::retry::request_as_it_was;
use crate::state::{State, new_claim_id};
use crate::tell::tell;

/// Closes what the message is about, as far as it is a command, and tells the commenter why. What can't be told now is
/// told when the claim is due, or when the message is redriven. GitHub's other events need no word: nobody waits for an
/// answer to them, and a claim that they are about is on record and becomes due.
#[failpoint::everywhere]
pub(crate) async fn say(state: &State, body: &str, undone: &Undone) -> Result<(), Undone> {
    match Message::from_json(body) {
        Ok(Message::Comment(command)) => Box::pin(close_and_tell(state, command.into(), undone)).await,
        Ok(Message::Due(DueClaim { claim, .. }) | Message::Resolve(Resolution { claim, .. })) => {
            match state.dispatches.claim(claim).await? {
                Some(claim) => Box::pin(close_and_tell(state, claim.request, undone)).await,
                None => Ok(()),
            }
        }
        // Nothing of it is on record yet, if that is what failed.
        Ok(Message::Retry(wish)) => match state.dispatches.claim(wish.claim).await? {
            Some(old) => Box::pin(close_and_tell(state, request_as_it_was(&old, &wish).into(), undone)).await,
            None => Ok(()),
        },
        // Nobody waits for an answer to these.
        Ok(
            Message::Run(_)
            | Message::News(_)
            | Message::Renamed(_)
            | Message::Installation(_)
            | Message::PullRequestClosed(_),
        ) => Ok(()),
        Err(_) => match Addressee::of_json(body) {
            Some(addressee) => apologise(state, &addressee).await,
            None => Ok(()),
        },
    }
}

#[failpoint::everywhere]
async fn close_and_tell(state: &State, request: Request, undone: &Undone) -> Result<(), Undone> {
    let refusal = Refusal::GaveUp(undone.obstacle());
    let addressee = request.command().map(Addressee::from);
    let (installation, repo) = (request.installation(), request.repo().clone());
    // First the record: it needs no GitHub, which may be what is out.
    let closed = close(state, request, &refusal).await;
    match closed {
        Ok(claim) => match state.repository(installation, &repo).await? {
            Some(repository) => tell(state, &repository, claim).await,
            None => Ok(()),
        },
        Err(Undone::Store(error)) => {
            let code = refusal.code();
            tracing::error!(target: REASONS, code, error = %environment::chain(&error), "a command is given up without a record");
            match addressee {
                Some(addressee) => apologise(state, &addressee).await,
                None => Ok(()),
            }
        }
        Err(error) => Err(error),
    }
}

#[failpoint::everywhere]
async fn close(state: &State, request: Request, refusal: &Refusal) -> Result<Claim, Undone> {
    let now = state.clock.now();
    let (Taken::New(claim) | Taken::Existing(claim)) =
        state.dispatches.take(Claim::receive(new_claim_id(now), request, now)).await?;
    match claim.state {
        _ if claim.state.may_be_decided() => refuse(state, &claim, refusal).await,
        // Nobody else has this message, so whoever wrote the intent is gone, whatever is left of the lease.
        ClaimState::Dispatching { .. } => record(state, &claim, claim.doubted(now)?).await,
        // What was dispatched, or may have been, is not called refused; its own state is said.
        _ => Ok(claim),
    }
}

#[failpoint::everywhere]
pub(crate) async fn apologise(state: &State, addressee: &Addressee) -> Result<(), Undone> {
    match state.repository(addressee.installation, &addressee.repo).await? {
        Some(repository) => Ok(say_unrecorded(&repository, addressee).await?),
        None => Ok(()),
    }
}

#[failpoint::everywhere]
async fn say_unrecorded(repository: &Repository, addressee: &Addressee) -> Result<(), GitHubError> {
    let marker = feedback::unrecorded_marker(addressee.comment);
    if repository.find_own_comment(addressee.number, addressee.commented_at, &marker).await?.is_none() {
        repository.create_comment(addressee.number, &feedback::unrecorded(addressee.comment)).await?;
    }
    Ok(())
}
