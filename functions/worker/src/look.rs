//! Looking at GitHub for what no event told: the run of a doubtful dispatch, the end of a silent run, and runs that carry a
//! claim without being its run.
//!
//! Owns asking, recording and cancelling. What a list means for a claim is the domain's. Never starts a run. A stray is on
//! record before it is cancelled, and stays there until GitHub has taken the cancellation.

use domain::claim::{Claim, Reconciliation};
use domain::run::RunSnapshot;
use github::{GitHubError, Repository};
use jiff::SignedDuration;

use crate::error::Undone;
use crate::record::record;
use crate::state::State;

/// GitHub's clock may be behind ours.
const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(2);

/// Looks whether a run shows that the doubtful dispatch was taken.
#[failpoint::everywhere]
pub(crate) async fn look_for_run(state: &State, repository: &Repository, claim: &Claim) -> Result<Claim, Undone> {
    let listed = match listed(repository, claim).await {
        // What GitHub won't show shows nothing: the look was in vain, as all further ones will be.
        Err(error) if is_for_good(&error) => Vec::new(),
        listed => listed?,
    };
    match claim.reconciled(&listed, state.clock.now())? {
        Reconciliation::Found(next) => adopt(state, claim, next).await,
        Reconciliation::NotYet(looked) => keep(state, claim, looked).await,
        Reconciliation::GivenUp(unknown) => {
            let unknown = record(state, claim, unknown).await?;
            tracing::error!(claim.id = %claim.id, "no run of a doubtful dispatch has shown itself: a person has to decide");
            Ok(unknown)
        }
    }
}

/// The last look before a person's retry: a run that is there after all is taken instead.
#[failpoint::everywhere]
pub(crate) async fn take_late_run(
    state: &State,
    repository: &Repository,
    claim: &Claim,
) -> Result<Option<Claim>, Undone> {
    match claim.found_among(&listed(repository, claim).await?) {
        Some(next) => adopt(state, claim, next).await.map(Some),
        None => Ok(None),
    }
}

/// Looks how a run stands whose events may have been lost, and for others that carry the same claim. One that works for
/// longer than its jobs may is cancelled; its end is its own event's, or the next look's.
#[failpoint::everywhere]
pub(crate) async fn look_at_run(state: &State, repository: &Repository, claim: &Claim) -> Result<Claim, Undone> {
    let Some(run) = claim.state.run() else { return Ok(claim.clone()) };
    let now = state.clock.now();
    let shown = match repository.run(run.id).await.map_err(Undone::from) {
        // What GitHub won't show moves nothing.
        Err(error) if is_for_good(&error) => return keep(state, claim, claim.looked_at(now)).await,
        shown => shown?,
    };
    let next = match &shown {
        Some(snapshot) => claim.seen(snapshot),
        None => claim.run_is_gone(now),
    };
    if let Some(next) = next {
        tracing::info!(claim.id = %claim.id, run.id = %run.id, claim.state = next.state.name(), "a silent run moved");
        // Nobody may look again: whatever else carries the claim is found now or by its own event.
        let next = next.with_strays(&listed(repository, claim).await?);
        return record(state, claim, next).await;
    }
    if claim.is_out_of_time(now) {
        tracing::error!(claim.id = %claim.id, run.id = %run.id, code = "TIMED_OUT", "a run works for longer than its jobs may");
        repository.cancel_run(run.id).await?;
    }
    let looked = claim.looked_at(now).with_strays(&listed(repository, claim).await?);
    keep(state, claim, looked).await
}

/// Cancels the runs that carry the claim without being its run, one by one. One that has ended meanwhile is no failure.
#[failpoint::everywhere]
pub(crate) async fn cancel_strays(state: &State, repository: &Repository, mut claim: Claim) -> Result<(), Undone> {
    for run in claim.strays.clone() {
        tracing::error!(claim.id = %claim.id, run.id = %run, code = "DOUBLED_RUN", "a run that nobody asked for is cancelled");
        match repository.cancel_run(run).await.map_err(Undone::from) {
            // Nor will GitHub let us tomorrow: the log has it.
            Err(error) if is_for_good(&error) => {
                tracing::error!(claim.id = %claim.id, run.id = %run, error = %environment::chain(&error), "it can't be cancelled");
            }
            cancelled => cancelled?,
        }
        let rid = claim.without_stray(run);
        claim = keep(state, &claim, rid).await?;
    }
    Ok(())
}

/// Puts a stray on record, so that it is cancelled whatever stands in the way now.
#[failpoint::everywhere]
pub(crate) async fn note_stray(state: &State, claim: &Claim, run: &RunSnapshot) -> Result<Claim, Undone> {
    let noted = claim.clone().with_strays(std::slice::from_ref(run));
    if noted == *claim { Ok(noted) } else { keep(state, claim, noted).await }
}

#[failpoint::everywhere]
async fn keep(state: &State, from: &Claim, to: Claim) -> Result<Claim, Undone> {
    if state.dispatches.keep(from, &to).await? { Ok(to) } else { Err(Undone::Moved) }
}

/// Since the claim was received: a run of an earlier dispatch counts too.
#[failpoint::everywhere]
async fn listed(repository: &Repository, claim: &Claim) -> Result<Vec<RunSnapshot>, Undone> {
    Ok(repository.dispatched_runs(claim.created_at - CLOCKS_DIFFER_BY).await?)
}

#[failpoint::everywhere]
async fn adopt(state: &State, claim: &Claim, next: Claim) -> Result<Claim, Undone> {
    let recorded = record(state, claim, next).await?;
    tracing::info!(claim.id = %claim.id, claim.state = recorded.state.name(), "a doubtful dispatch has its run");
    Ok(recorded)
}

/// Whether GitHub will answer the same tomorrow. A repository that moved is found under its new name.
const fn is_for_good(undone: &Undone) -> bool {
    matches!(undone, Undone::GitHub(error) if !error.is_transient() && !matches!(error, GitHubError::NotInstalled { .. }))
}
