//! Somebody wants the run of a claim that is over once more.
//!
//! Owns that the same wish has one claim, however often it comes, and that it is of the repository as it is today. Never judges
//! what is asked: the new claim is looked at as any other.

use aws::Taken;
use domain::claim::{Again, Claim};
use domain::message::{RepoRef, Retry};
use domain::request::ApiRequest;
use github::RepositoryDescription;

use crate::error::Undone;
use crate::line::summon;
use crate::state::{State, new_claim_id};

/// Gives the wish its claim and calls it. Whoever is interrupted does it again: the claim's natural key is the wish's.
#[failpoint::everywhere]
pub(crate) async fn take(state: &State, retry: &Retry) -> Result<(), Undone> {
    let Some(old) = state.dispatches.claim(retry.claim).await? else { return Ok(()) };
    // The word may be late, or of a time when more was allowed.
    if let Some(why) = old.not_again() {
        tracing::info!(claim.id = %old.id, claim.state = old.state.name(), code = why.code(), "a claim is not retried");
        return Ok(());
    }
    let repo = repo_of_today(state, &old).await;
    let now = state.clock.now();
    let claim = Claim::of_retry(new_claim_id(now), request(&old, retry, repo), now);
    let (Taken::New(claim) | Taken::Existing(claim)) = state.dispatches.take(claim).await?;
    tracing::info!(claim.id = %claim.id, old.id = %old.id, by = retry.by, "a claim is asked for once more");
    summon(state, &claim, &old).await
}

/// What is asked, where nobody can tell how the repository is today.
pub(crate) fn request_as_it_was(old: &Claim, retry: &Retry) -> ApiRequest {
    request(old, retry, old.request.repo().clone())
}

fn request(old: &Claim, retry: &Retry, repo: RepoRef) -> ApiRequest {
    let installation = old.request.installation();
    let Retry { asked_at, .. } = *retry;
    old.again(Again { repo, installation, caller: retry.caller(), key: retry.request_key(), asked_at })
}

/// Its default branch may be another one by now. Where GitHub doesn't tell, the old one stands: the wish goes on record, and
/// waits there for what is in the way.
#[failpoint::everywhere]
async fn repo_of_today(state: &State, old: &Claim) -> RepoRef {
    let known = old.request.repo();
    match described(state, old).await {
        Ok(Some(described)) => {
            RepoRef { name: described.name, default_branch: described.default_branch, ..known.clone() }
        }
        Ok(None) => known.clone(),
        Err(error) => {
            tracing::warn!(claim.id = %old.id, error = %environment::chain(&error), "a repository is taken as it was");
            known.clone()
        }
    }
}

#[failpoint::everywhere]
async fn described(state: &State, old: &Claim) -> Result<Option<RepositoryDescription>, Undone> {
    let installation = old.request.installation();
    state.is_free(installation).await?;
    match state.repository(installation, old.request.repo()).await? {
        Some(repository) => Ok(Some(repository.description().await?)),
        None => Ok(None),
    }
}
