//! What GitHub's answer to a dispatch means.
//!
//! Owns reading it: what it makes of the claim, in which words it refuses, how the log calls it. Never records it, and
//! never repeats the call.

use domain::claim::{Claim, RunRef, WrongState};
use domain::refusal::Refusal;
use github::{DispatchReceipt, GitHubError};
use jiff::Timestamp;

use crate::error::Undone;
use crate::record::{refusal_of, refused};

/// What is known of a dispatch, once the call has ended.
pub(crate) enum Answer {
    /// GitHub has started this run.
    Run(RunRef),
    /// There may be a run.
    Unclear,
    /// Nothing was started, and a later call may be taken.
    NotSent,
    /// Nothing was started, and nothing will be.
    No(Refusal),
}

impl Answer {
    /// The claim with the answer, from where its intent stands.
    pub(crate) fn makes_of(&self, claim: &Claim, now: Timestamp) -> Result<Claim, WrongState> {
        match self {
            Self::Run(run) => claim.dispatched(run.clone(), now),
            Self::Unclear => claim.doubted(now),
            Self::NotSent => claim.not_sent(now),
            Self::No(refusal) => refused(claim, refusal, now),
        }
    }
}

/// Reads GitHub's words, which are all that it tells the reasons of a refused dispatch by.
pub(crate) fn refusal_of_dispatch(claim: &Claim, error: GitHubError) -> Result<Refusal, Undone> {
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

/// The answer's name in the log.
pub(crate) const fn outcome(answer: &Result<DispatchReceipt, GitHubError>) -> &'static str {
    match answer {
        Ok(DispatchReceipt::Run(_)) => "run",
        Ok(DispatchReceipt::Unnamed) => "unnamed",
        Err(GitHubError::Ambiguous { .. }) => "ambiguous",
        Err(error) if error.is_transient() => "not-sent",
        Err(_) => "refused",
    }
}
