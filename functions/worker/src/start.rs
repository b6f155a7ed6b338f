//! The one step with an effect that can't be taken back: starting a run.
//!
//! Owns its order: the intent is on record before the call, the call is made once, and its answer is recorded. What
//! GitHub's answer means for the claim is decided here and nowhere else. Never repeats the call.

use aws::Begun;
use domain::claim::Claim;
use domain::decide::Dispatch;
use domain::refusal::Refusal;
use github::{DispatchReceipt, GitHubError, Repository};

use crate::comment::{record, refusal_of, refuse};
use crate::error::Undone;
use crate::state::State;

/// Starts the run that was decided on; the claim is returned as it stands then.
pub(crate) async fn start(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    dispatch: Dispatch,
) -> Result<Claim, Undone> {
    if let Some(fault) = &dispatch.metadata_fault {
        tracing::warn!(claim.id = %claim.id, error = fault as &dyn std::error::Error, "a metadata block was passed over");
    }
    let Dispatch { order, inputs, slots, .. } = dispatch;
    let intended = claim.intend(order.clone(), state.clock.now())?;
    match state.dispatches.begin(claim, &intended, slots.get()).await? {
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
            tracing::error!(claim.id = %intended.id, error = &error as &dyn std::error::Error, "a dispatch is in doubt");
            intended.doubted(now)?
        }
        Err(not_sent) if not_sent.is_transient() => {
            record(state, intended, intended.not_sent(now)?).await?;
            return Err(not_sent.into());
        }
        Err(definite) => return refuse(state, intended, &refusal_of_dispatch(intended, definite)?).await,
    };
    match record(state, intended, next).await {
        // The run's own event was faster than our answer: it has moved the claim on.
        Err(Undone::Moved) => state.dispatches.claim(intended.id).await?.ok_or(Undone::Moved),
        recorded => recorded,
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
