//! What becomes of work that GitHub doesn't let us do now.
//!
//! Owns the choice between two waits: a short one in the queue, or one on record, after which the sweeper queues the
//! claim anew. So neither a long limit nor an outage of hours uses up a message's deliveries. Also owns telling the
//! other workers of a limit, and learning a repository's new name. Never drops anything.

use domain::claim::Claim;
use domain::ids::InstallationId;
use domain::refusal::Obstacle;
use github::GitHubError;

use crate::batch::LONGEST_IN_QUEUE;
use crate::carry_on::not_installed;
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::state::State;

/// So many deliveries of a message may end in a short wait; the rest are for our own failures. Work that waited on record
/// before waits there again.
const DELIVERIES_FOR_WAITING: u32 = 3;

/// Settles a failure at a claim: done, because the wait is on record, or still undone, so that the message comes again.
#[failpoint::everywhere]
pub(crate) async fn put_off(state: &State, claim: &Claim, undone: Undone, delivery: Delivery) -> Result<(), Undone> {
    if matches!(undone, Undone::GitHub(GitHubError::Unauthorized { .. })) {
        // The key may have been rotated: the next attempt reads it anew, however long it waits until then.
        state.github.forget().await;
    }
    let undone = match undone {
        Undone::GitHub(GitHubError::RateLimited { retry_after }) => {
            let installation = installation_of(state, claim).await;
            meet(state, installation, Undone::GitHub(GitHubError::RateLimited { retry_after })).await
        }
        Undone::GitHub(GitHubError::NotInstalled { message }) => {
            tracing::warn!(claim.id = %claim.id, message, "a claim's repository is out of reach");
            let stored = state.dispatches.claim(claim.id).await?.ok_or(Undone::Moved)?;
            return Box::pin(not_installed(state, &stored)).await;
        }
        Undone::GitHub(GitHubError::Moved { message }) => {
            learn_name(state, claim).await?;
            return Err(GitHubError::Moved { message }.into());
        }
        other => other,
    };
    if undone.obstacle() == Obstacle::Ourselves {
        return Err(undone);
    }
    let is_short = undone.asked().is_none_or(|asked| asked <= LONGEST_IN_QUEUE);
    let has_waited = claim.wait.as_ref().is_some_and(|wait| wait.obstacle.is_some());
    let has_deliveries = delivery.received <= DELIVERIES_FOR_WAITING.min(state.max_receives.get() - 1);
    if is_short && !has_waited && has_deliveries {
        return Err(undone);
    }
    record_wait(state, claim, undone).await
}

/// Lets every worker know of a limit; the failure then says how long it lasts.
#[failpoint::everywhere]
pub(crate) async fn meet(state: &State, installation: Option<InstallationId>, undone: Undone) -> Undone {
    let Some(installation) = installation else { return undone };
    let now = state.clock.now();
    match state.rates.meet(installation, undone.asked(), now).await {
        Ok(limit) => {
            tracing::warn!(%installation, code = undone.obstacle().code(), strikes = limit.strikes, "GitHub limits an installation");
            limit.remaining(now).map_or(undone, |remaining| Undone::Limited { remaining })
        }
        Err(error) => {
            tracing::error!(error = %environment::chain(&error), "a limit of GitHub's could not be shared");
            undone
        }
    }
}

/// The claim is read again: it may have moved before the failure.
#[failpoint::everywhere]
async fn record_wait(state: &State, claim: &Claim, undone: Undone) -> Result<(), Undone> {
    let Some(stored) = state.dispatches.claim(claim.id).await? else { return Err(undone) };
    let waiting = stored.waiting(undone.obstacle(), undone.asked(), state.clock.now());
    if waiting.due_at().is_none() || !state.dispatches.keep(&stored, &waiting).await? {
        return Err(undone);
    }
    tracing::warn!(
        claim.id = %claim.id,
        claim.state = stored.state.name(),
        code = undone.obstacle().code(),
        error = %environment::chain(&undone),
        until = waiting.wait.as_ref().map(|wait| wait.until.to_string()),
        "a claim waits"
    );
    Ok(())
}

#[failpoint::everywhere]
async fn installation_of(state: &State, claim: &Claim) -> Option<InstallationId> {
    match claim.request.installation() {
        Some(installation) => Some(installation),
        // A limit may stand in the way of this call too; then each worker finds out by itself.
        None => state.github.client().await.ok()?.installation_of(&claim.request.repo().name).await.ok(),
    }
}

/// The repository has another name now. Its id is the same, so the claim goes on under the new one.
#[failpoint::everywhere]
async fn learn_name(state: &State, claim: &Claim) -> Result<(), Undone> {
    let github = state.github.client().await?;
    let Some(installation) = claim.request.installation() else { return Ok(()) };
    if let Some(name) = github.name_of(installation, claim.request.repo().id).await? {
        tracing::info!(claim.id = %claim.id, repo.id = %claim.request.repo().id, repo = %name, "a repository was renamed");
        state.dispatches.note_name(claim.id, &name).await?;
    }
    Ok(())
}
