//! The one step with an effect that can't be taken back: starting a run.
//!
//! Owns its order: the intent is on record before the call, the call is made once, and its answer is recorded. What
//! GitHub's answer means for the claim is decided here and nowhere else. Never repeats the call.

use std::time::Duration;

use aws::Begun;
use domain::claim::Claim;
use domain::decide::Dispatch;
use domain::refusal::Refusal;
use github::{DispatchReceipt, GitHubError, Repository};

use crate::error::Undone;
use crate::overdue::free_overdue_slots;
use crate::record::{record, refusal_of, refuse, refused};
use crate::state::State;

/// The first pause between two tries to record an answer; each is twice the one before.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
/// No pause is this long: the tries end well within the lease.
const LONGEST_PAUSE: Duration = Duration::from_secs(4);

/// Starts the run that was decided on; the claim is returned as it stands then.
pub(crate) async fn start(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    dispatch: Dispatch,
) -> Result<Claim, Undone> {
    if let Some(fault) = &dispatch.metadata_fault {
        tracing::warn!(claim.id = %claim.id, error = %environment::chain(fault), "a metadata block was passed over");
    }
    let Dispatch { order, inputs, slots, .. } = dispatch;
    let intended = claim.intend(order.clone(), state.clock.now())?;
    let mut begun = state.dispatches.begin(claim, &intended, slots.get()).await?;
    if begun == Begun::AtCapacity && free_overdue_slots(state, repository, claim).await? {
        begun = state.dispatches.begin(claim, &intended, slots.get()).await?;
    }
    match begun {
        Begun::Written => {}
        Begun::InFlight => return refuse(state, claim, &Refusal::InFlight { run_url: None }).await,
        Begun::AtCapacity => return refuse(state, claim, &Refusal::AtCapacity(slots.get())).await,
        Begun::Lost => return Err(Undone::Moved),
    }
    let answer = repository.dispatch_workflow(&order, &inputs).await;
    tracing::info!(
        claim.id = %claim.id,
        claim.epoch = intended.epoch,
        repo = %claim.request.repo.name,
        provider = order.provider.input_value(),
        outcome = outcome(&answer),
        "workflow dispatch answered"
    );
    settle(state, &intended, answer).await
}

/// Records what GitHub's answer makes of the claim.
async fn settle(
    state: &State,
    intended: &Claim,
    answer: Result<DispatchReceipt, GitHubError>,
) -> Result<Claim, Undone> {
    let now = state.clock.now();
    let next = match answer {
        Ok(DispatchReceipt::Run(run)) => intended.dispatched(run, now)?,
        Ok(DispatchReceipt::Unnamed) => intended.doubted(now)?,
        Err(error @ GitHubError::Ambiguous { .. }) => {
            tracing::error!(claim.id = %intended.id, error = %environment::chain(&error), "a dispatch is in doubt");
            intended.doubted(now)?
        }
        Err(not_sent) if not_sent.is_transient() => {
            record_answer(state, intended, intended.not_sent(now)?).await?;
            return Err(not_sent.into());
        }
        Err(definite) => refused(intended, &refusal_of_dispatch(intended, definite)?, now)?,
    };
    record_answer(state, intended, next).await
}

/// Writes GitHub's answer down, again and again while the table is out: what we know now is lost otherwise, and the
/// write is conditional, so repeating it is safe.
async fn record_answer(state: &State, intended: &Claim, next: Claim) -> Result<Claim, Undone> {
    let mut pause = FIRST_PAUSE;
    loop {
        match record(state, intended, next.clone()).await {
            // The run's own event was faster than our answer, or an earlier try did write: look where it stands.
            Err(Undone::Moved) => return state.dispatches.claim(intended.id).await?.ok_or(Undone::Moved),
            Err(Undone::Store(error)) if pause < LONGEST_PAUSE => {
                tracing::warn!(claim.id = %intended.id, error = %environment::chain(&error), "an answer is recorded again");
                tokio::time::sleep(pause).await;
                pause *= 2;
            }
            recorded => return recorded,
        }
    }
}

/// Reads GitHub's words, which are all that it tells the reasons of a refused dispatch by.
fn refusal_of_dispatch(claim: &Claim, error: GitHubError) -> Result<Refusal, Undone> {
    let Some(order) = &claim.order else { return refusal_of(error) };
    let (file, branch) = (order.workflow_file.to_string(), order.git_ref.clone());
    let (GitHubError::Rejected { message, .. } | GitHubError::NotFound { message }) = &error else {
        return refusal_of(error);
    };
    let says = |words: &str| message.contains(words);
    Ok(match &error {
        GitHubError::NotFound { .. } => Refusal::WorkflowMissing { file, branch },
        _ if says("No ref found") => Refusal::RefMissing(branch),
        _ if says("disabled workflow") => Refusal::WorkflowDisabled(file),
        _ if says("'workflow_dispatch' trigger") => {
            Refusal::WorkflowNotDispatchable { file, fault: "it has no `workflow_dispatch` trigger".to_owned() }
        }
        _ if says("input") => Refusal::InputsRejected { file, message: message.clone() },
        _ => Refusal::GithubRejected(message.clone()),
    })
}

const fn outcome(answer: &Result<DispatchReceipt, GitHubError>) -> &'static str {
    match answer {
        Ok(DispatchReceipt::Run(_)) => "run",
        Ok(DispatchReceipt::Unnamed) => "unnamed",
        Err(GitHubError::Ambiguous { .. }) => "ambiguous",
        Err(error) if error.is_transient() => "not-sent",
        Err(_) => "refused",
    }
}
