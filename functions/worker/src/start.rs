//! The one step with an effect that can't be taken back: starting a run.
//!
//! Owns its order: the intent is on record before the call, the call is made once, and its answer is recorded, also where
//! somebody wants the run cancelled meanwhile. What GitHub's answer means is for `answer`. Never repeats the call, and
//! never begins what Lambda would not let it end.

use std::num::NonZeroU32;
use std::time::Duration;

use aws::Begun;
use domain::claim::{Claim, State as ClaimState};
use domain::decide::{Dispatch, Room};
use domain::refusal::{Busy, Refusal};
use domain::run::RunSnapshot;
use failpoint::Safeguard;
use futures::future::OptionFuture;
use github::{DISPATCH_TIMEOUT, DispatchReceipt, GitHubError, Repository};
use jiff::Timestamp;

use crate::answer::{Answer, outcome, refusal_of_dispatch};
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::line::line_up;
use crate::look::note_strays;
use crate::record::{record, refuse};
use crate::state::{State, new_nonce};
use crate::tell::tell;

/// What has to be left of an invocation when the dispatch is made: the dispatch itself, and recording its answer.
const NEEDED_FOR_THE_CALL: Duration = DISPATCH_TIMEOUT.saturating_add(Duration::from_secs(5));
/// The first pause between two tries to record an answer; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const SECONDS_A_DAY: i64 = 24 * 60 * 60;
/// No pause is this long: the tries end well within the lease.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Starts the run that was decided on; the claim is returned as it stands then.
#[failpoint::everywhere]
pub(crate) async fn start(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    dispatch: Dispatch,
    delivery: Delivery,
) -> Result<Claim, Undone> {
    if let Some(fault) = &dispatch.metadata_fault {
        tracing::warn!(claim.id = %claim.id, error = %environment::chain(fault), "a metadata block was passed over");
    }
    let Dispatch { order, inputs, room, .. } = dispatch;
    if !delivery.leaves(NEEDED_FOR_THE_CALL, state.clock.now()) {
        return Err(Undone::OutOfTime);
    }
    // Never, but where a test shows what the order of these steps is good for.
    let too_early = failpoint::is_removed(Safeguard::IntentBeforePost);
    let answer_before_the_intent =
        OptionFuture::from(too_early.then(|| repository.dispatch_workflow(&order, &inputs))).await;
    let intended = claim.intend(order.clone(), new_nonce(), state.clock.now())?;
    let mut begun = state.dispatches.begin(claim, &intended, room).await?;
    if begun == Begun::InFlight && drop_unknown_holder(state, repository, claim).await? {
        begun = state.dispatches.begin(claim, &intended, room).await?;
    }
    match begun {
        Begun::Written => {}
        Begun::InFlight => return refuse(state, claim, &Refusal::InFlight(Busy::Unclear)).await,
        Begun::OverBudget => return refuse(state, claim, &over_budget(room, state.clock.now())).await,
        Begun::AtCapacity => return line_up(state, claim, room.slots.get()).await,
        Begun::Lost => return Err(Undone::Moved),
    }
    if !delivery.leaves(NEEDED_FOR_THE_CALL, state.clock.now()) {
        // The table was slow: nothing was sent, and the next attempt has more time.
        record_answer(state, &intended, &Answer::NotSent).await?;
        return Err(Undone::OutOfTime);
    }
    let answer = match answer_before_the_intent {
        None => repository.dispatch_workflow(&order, &inputs).await,
        Some(answer) => answer,
    };
    tracing::info!(
        claim.id = %claim.id,
        claim.epoch = intended.epoch,
        repo = %claim.request.repo().name,
        provider = order.provider.input_value(),
        outcome = outcome(&answer),
        "workflow dispatch answered"
    );
    Box::pin(settle(state, &intended, answer)).await
}

/// The next day of UTC has its own runs.
fn over_budget(room: Room, now: Timestamp) -> Refusal {
    let resets_at = now.as_second().div_euclid(SECONDS_A_DAY).saturating_add(1).saturating_mul(SECONDS_A_DAY);
    Refusal::BudgetExceeded {
        runs: room.runs_a_day.map_or(0, NonZeroU32::get),
        resets_at: Timestamp::from_second(resets_at).unwrap_or(Timestamp::MAX),
    }
}

/// Records what GitHub's answer makes of the claim.
#[failpoint::everywhere]
async fn settle(
    state: &State,
    intended: &Claim,
    answer: Result<DispatchReceipt, GitHubError>,
) -> Result<Claim, Undone> {
    let answer = match answer {
        Ok(DispatchReceipt::Run(run)) => {
            let recorded = record_answer(state, intended, &Answer::Run(run.clone())).await?;
            // GitHub may have started two for the one call, and the other one's event was faster.
            let named = RunSnapshot::just_named(run, recorded.id, state.clock.now());
            return note_strays(state, &recorded, &[named]).await;
        }
        Ok(DispatchReceipt::Unnamed) => Answer::Unclear,
        Err(error @ GitHubError::Ambiguous { .. }) => {
            tracing::error!(claim.id = %intended.id, error = %environment::chain(&error), "a dispatch is in doubt");
            Answer::Unclear
        }
        Err(not_sent) if not_sent.is_transient() => {
            record_answer(state, intended, &Answer::NotSent).await?;
            return Err(not_sent.into());
        }
        Err(definite) => Answer::No(refusal_of_dispatch(intended, definite)?),
    };
    record_answer(state, intended, &answer).await
}

/// Writes GitHub's answer down, again and again while the table is out: what we know now is lost otherwise, and the
/// write is conditional, so repeating it is safe.
#[failpoint::everywhere]
async fn record_answer(state: &State, intended: &Claim, answer: &Answer) -> Result<Claim, Undone> {
    let now = state.clock.now();
    let (mut from, mut pause) = (intended.clone(), FIRST_PAUSE);
    loop {
        match record(state, &from, answer.makes_of(&from, now)?).await {
            Err(Undone::Moved) => {
                let stored = state.dispatches.claim(intended.id).await?.ok_or(Undone::Moved)?;
                // The run's own event was faster than our answer, or an earlier try did write: look where it stands.
                if stored.state != intended.state || stored.revision == from.revision {
                    return Ok(stored);
                }
                // It is our intent still, and somebody wants its run cancelled: the answer holds for that claim too.
                from = stored;
            }
            Err(Undone::Store(error)) if pause < LONGEST_PAUSE => {
                tracing::warn!(claim.id = %intended.id, error = %environment::chain(&error), "an answer is recorded again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            recorded => return recorded,
        }
    }
}

/// A new command of somebody who may write is a person's word on an earlier one whose outcome is unknown: that one is
/// dropped. Whether it was in the way.
#[failpoint::everywhere]
async fn drop_unknown_holder(state: &State, repository: &Repository, claim: &Claim) -> Result<bool, Undone> {
    let request = &claim.request;
    let Some(holder) = state.dispatches.conversation(&request.place()).await?.holder else {
        return Ok(true);
    };
    if !matches!(holder.state, ClaimState::Unknown { retry_by: None, .. }) {
        return Ok(false);
    }
    let dropped = holder.dropped(request.asker(), state.clock.now())?;
    let dropped = record(state, &holder, dropped).await?;
    tracing::info!(claim.id = %dropped.id, by = %claim.id, "a newer command drops an unknown one");
    if let Err(error) = tell(state, repository, dropped).await {
        // It stays untold on record, and is told when it is due.
        tracing::warn!(claim.id = %holder.id, error = %environment::chain(&error), "a dropped claim is told later");
    }
    Ok(true)
}
