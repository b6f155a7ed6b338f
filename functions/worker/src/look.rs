//! Looking at GitHub for what no event told: the run of a doubtful dispatch, the end of a silent run, and runs that are to be
//! cancelled.
//!
//! Owns asking, recording and cancelling. What a list means for a claim is the domain's. Never starts a run. A stray is on
//! record before it is cancelled, and stays there until GitHub has taken the cancellation.

use domain::claim::{Claim, ClaimId, Reconciliation};
use domain::run::RunSnapshot;
use github::{GitHubError, Repository};
use jiff::SignedDuration;

use crate::error::Undone;
use crate::record::record;
use crate::state::State;

/// A claim that moves more often than this while something is noted on it is left to the queue's next delivery.
const MAX_LOOKS: u32 = 3;
/// GitHub's clock may be behind ours.
pub(crate) const CLOCKS_DIFFER_BY: SignedDuration = SignedDuration::from_mins(2);

/// Looks whether a run shows that the doubtful dispatch was taken.
#[failpoint::everywhere]
pub(crate) async fn look_for_run(state: &State, repository: &Repository, claim: &Claim) -> Result<Claim, Undone> {
    match claim.reconciled(&listed(repository, claim).await?, state.clock.now())? {
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
        let recorded = record(state, claim, next).await?;
        return list_once_more(state, repository, recorded).await;
    }
    if claim.is_out_of_time(now) {
        tracing::error!(claim.id = %claim.id, run.id = %run.id, code = "TIMED_OUT", "a run works for longer than its jobs may");
        repository.cancel_run(run.id).await?;
    }
    let looked = claim.looked_at(now).with_strays(&listed(repository, claim).await?);
    keep(state, claim, looked).await
}

/// Nobody may look again at a claim that is over: what else carries it is found now, or by its own event. A list that
/// GitHub doesn't give holds nothing up.
#[failpoint::everywhere]
async fn list_once_more(state: &State, repository: &Repository, claim: Claim) -> Result<Claim, Undone> {
    match listed(repository, &claim).await {
        Ok(listed) => note_strays(state, &claim, &listed).await,
        Err(error) => {
            tracing::warn!(claim.id = %claim.id, error = %environment::chain(&error), "its runs could not be listed");
            Ok(claim)
        }
    }
}

/// Cancels the runs that carry the claim without being its run, and its own where a person wants that, one by one. One that
/// has ended meanwhile is no failure.
/// The claim is read anew: people may just have been told, and that is not to be forgotten.
#[failpoint::everywhere]
pub(crate) async fn cancel_strays(state: &State, repository: &Repository, claim: ClaimId) -> Result<(), Undone> {
    let Some(mut claim) = state.dispatches.claim(claim).await? else { return Ok(()) };
    for run in claim.strays.clone() {
        if claim.state.run().is_some_and(|own| own.id == run) {
            tracing::info!(claim.id = %claim.id, run.id = %run, "a run is cancelled at a person's word");
        } else {
            tracing::error!(claim.id = %claim.id, run.id = %run, code = "DOUBLED_RUN", "a run that nobody asked for is cancelled");
        }
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

/// Puts strays on record, so that they are cancelled whatever stands in the way now. Where the claim moves meanwhile, they
/// are judged on it as it stands then.
#[failpoint::everywhere]
pub(crate) async fn note_strays(state: &State, claim: &Claim, runs: &[RunSnapshot]) -> Result<Claim, Undone> {
    let mut claim = claim.clone();
    for _ in 0..MAX_LOOKS {
        let noted = claim.clone().with_strays(runs);
        if noted == claim || state.dispatches.keep(&claim, &noted).await? {
            return Ok(noted);
        }
        claim = state.dispatches.claim(claim.id).await?.ok_or(Undone::Moved)?;
    }
    Err(Undone::Moved)
}

#[failpoint::everywhere]
async fn keep(state: &State, from: &Claim, to: Claim) -> Result<Claim, Undone> {
    if state.dispatches.keep(from, &to).await? { Ok(to) } else { Err(Undone::Moved) }
}

/// Since the claim was received: a run of an earlier dispatch counts too. What GitHub will never show shows nothing.
#[failpoint::everywhere]
async fn listed(repository: &Repository, claim: &Claim) -> Result<Vec<RunSnapshot>, Undone> {
    match repository.dispatched_runs(claim.created_at - CLOCKS_DIFFER_BY).await.map_err(Undone::from) {
        Err(error) if is_for_good(&error) => Ok(Vec::new()),
        listed => listed,
    }
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
