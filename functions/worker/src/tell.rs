//! Telling people: reactions and the one status comment.
//!
//! Owns when something is said, and that a late word never stands. The words are the domain's, made from the claim alone;
//! that there is one comment is for `status_comment`. A failure here never leads back to a dispatch: what people weren't told stays on record
//! as untold, and only that is said later.

use domain::claim::{Claim, Outcome, State as ClaimState};
use domain::feedback::{self, Reaction};
use domain::rate::Content;
use domain::refusal::Refusal;
use domain::run_kind::RunKind;
use environment::REASONS;
use github::{GitHubError, Repository};

use crate::error::Undone;
use crate::look::CLOCKS_DIFFER_BY;
use crate::put_off::meet;
use crate::state::State;
use crate::status_comment::{edit, write};
use crate::words::{afford, may_say};

/// A claim that moves more often than this while its comment is edited is left to the queue's next delivery.
const MAX_EDITS: u32 = 3;

/// Brings reaction and status comment in line with the claim.
#[failpoint::everywhere]
pub(crate) async fn tell(state: &State, repository: &Repository, claim: Claim) -> Result<(), Undone> {
    let repository = &voice(repository, &claim);
    if claim.is_untold() && claim.is_telling_given_up(state.clock.now()) {
        tracing::error!(claim.id = %claim.id, code = "UNTOLD", "nobody could be told for three days");
        return Ok(state.dispatches.note_told(&claim).await.map(drop)?);
    }
    let reacted = async {
        if let Some(reaction) = feedback::reaction(&claim.state) {
            react(state, repository, &claim, reaction).await;
        }
    };
    // Boxed, as each call of GitHub's client is large.
    let (told, ()) = tokio::join!(Box::pin(say(state, repository, claim.clone())), reacted);
    told
}

/// Edits the status comment, where there is one. One that is still to be written will show the claim as it is then.
#[failpoint::everywhere]
pub(crate) async fn keep_in_line(state: &State, repository: &Repository, claim: Claim) -> Result<(), Undone> {
    if claim.status_comment.is_none() {
        return Ok(());
    }
    Box::pin(say(state, repository, claim)).await
}

/// Reacts to the command's comment. Content is scarce at GitHub's, so a reaction that fails is let go.
#[failpoint::everywhere]
pub(crate) async fn react(state: &State, repository: &Repository, claim: &Claim, reaction: Reaction) {
    // Only a comment can be reacted to.
    let Some(comment) = claim.request.comment() else { return };
    let reacted = match afford(state, repository, Content::Reaction).await {
        Ok(()) => repository.react(comment, reaction).await.map_err(Undone::from),
        Err(undone) => Err(undone),
    };
    if let Err(error) = reacted {
        tracing::warn!(claim.id = %claim.id, error = %environment::chain(&error), "a reaction was let go");
        if matches!(error, Undone::GitHub(GitHubError::RateLimited { .. })) {
            meet(state, Some(repository.installation()), error).await;
        }
    }
}

/// Where the App lacks a permission of the work, it may still be allowed to speak.
fn voice(repository: &Repository, claim: &Claim) -> Repository {
    let missing = Refusal::AppPermissionMissing(String::new()).code();
    match &claim.state {
        ClaimState::Refused { code, .. } if code == missing => repository.speaking_only(),
        _ => repository.clone(),
    }
}

/// Writes or edits the comment until it shows the claim as it is stored: while one worker writes, another may have
/// moved the claim and have written before.
#[failpoint::everywhere]
async fn say(state: &State, repository: &Repository, claim: Claim) -> Result<(), Undone> {
    let mut claim = claim;
    for _ in 0..MAX_EDITS {
        claim = Box::pin(explained(state, repository, claim)).await?;
        let Some(text) = feedback::status_comment(&claim) else { return Ok(()) };
        if claim.request.number().is_none() {
            // There is no conversation: whoever asked reads the record.
            return Ok(state.dispatches.note_told(&claim).await.map(drop)?);
        }
        if !may_say(state, &claim).await? {
            return Ok(state.dispatches.note_told(&claim).await.map(drop)?);
        }
        let said = match claim.status_comment {
            Some(comment) => edit(state, repository, &claim, comment, &text).await?,
            None => write(state, repository, claim.clone(), &text).await?,
        };
        let stored = state.dispatches.note_told(&said).await?;
        if stored.revision == said.revision && !stored.is_untold() {
            return Ok(());
        }
        claim = stored;
    }
    Err(Undone::Moved)
}

/// The claim with what there is to know of its run's end, on record before it is told: why it failed, or the pull request
/// that it opened. Where GitHub won't show it, the end is told without. Where another worker was faster, its record counts.
#[failpoint::everywhere]
async fn explained(state: &State, repository: &Repository, claim: Claim) -> Result<Claim, Undone> {
    let ClaimState::Ended { outcome, .. } = &claim.state else { return Ok(claim) };
    if !claim.is_untold() {
        return Ok(claim);
    }
    let explained = match outcome {
        Outcome::Failed(_) | Outcome::Cancelled | Outcome::TimedOut => failure_of(repository, &claim).await,
        Outcome::Succeeded => opened_by(repository, &claim).await,
        Outcome::Gone | Outcome::NotAdmitted => Ok(None),
    };
    match explained {
        Err(error) if !error.is_transient() => {
            tracing::warn!(claim.id = %claim.id, error = %environment::chain(&error), "a run's end is not explained");
            Ok(claim)
        }
        explained => match explained? {
            Some(explained) if state.dispatches.keep(&claim, &explained).await? => Ok(explained),
            Some(_) => Ok(state.dispatches.claim(claim.id).await?.unwrap_or(claim)),
            None => Ok(claim),
        },
    }
}

#[failpoint::everywhere]
async fn failure_of(repository: &Repository, claim: &Claim) -> Result<Option<Claim>, GitHubError> {
    let (Some(run), None) = (claim.state.run(), &claim.failure) else { return Ok(None) };
    let Some(failure) = repository.failure_of(run.id).await? else { return Ok(None) };
    if let Some(code) = failure.code() {
        tracing::info!(target: REASONS, code, claim.id = %claim.id, run.id = %run.id, "a run failed");
    }
    Ok(Some(Claim { failure: Some(failure), ..claim.clone() }))
}

/// A gap-fill's pull request is where the command was given.
#[failpoint::everywhere]
async fn opened_by(repository: &Repository, claim: &Claim) -> Result<Option<Claim>, GitHubError> {
    let (Some(order), None) = (&claim.order, &claim.pull_request) else { return Ok(None) };
    let (RunKind::Implement, Some(pinned_at)) = (order.kind, order.pinned_at) else { return Ok(None) };
    let opened = repository.opened_for(&order.ticket.id, pinned_at - CLOCKS_DIFFER_BY).await?;
    Ok(opened.map(|opened| Claim { pull_request: Some(opened), ..claim.clone() }))
}
