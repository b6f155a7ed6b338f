//! A repository's workflow runs: starting one, finding what was started, ending one.
//!
//! Owns the one call that must never be made twice. Never decides which run is a command's.

use std::collections::HashSet;
use std::time::Duration;

use domain::claim::{DispatchOrder, RunRef};
use domain::ids::RunId;
use domain::inputs::WorkflowInputs;
use domain::run::{RunSnapshot, RunStatus};
use http::StatusCode;
use jiff::Timestamp;
use serde_json::json;

use super::{PER_PAGE, Repository};
use crate::call::{Answer, CALL_TIMEOUT, Call};
use crate::error::GitHubError;
use crate::shapes::{DispatchAnswer, RunAnswer, RunsAnswer};

/// GitHub ends a filtered search at 1,000 runs.
const MAX_RUN_PAGES: usize = 10;

/// The longest that a dispatch may take: minting a token, the call, and another one to a server that refuses a field of the
/// first.
pub const DISPATCH_TIMEOUT: Duration = CALL_TIMEOUT.saturating_mul(3);

/// What GitHub said to a dispatch that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatchReceipt {
    /// It named the run.
    Run(RunRef),
    /// It took the dispatch and named none.
    Unnamed,
}

impl Repository {
    /// Starts a workflow run, within [`DISPATCH_TIMEOUT`]. Each form of the call is sent once; only `Transport`,
    /// `RateLimited`, `Unauthorized` and the definite refusals (`Forbidden`, `NotFound`, `Rejected`) prove that no run was
    /// started.
    /// <https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event>
    pub async fn dispatch_workflow(
        &self,
        order: &DispatchOrder,
        inputs: &WorkflowInputs,
    ) -> Result<DispatchReceipt, GitHubError> {
        let path = format!("/actions/workflows/{}/dispatches", order.workflow_file);
        let body = json!({"ref": order.git_ref, "inputs": inputs});
        let mut with_details = body.clone();
        with_details["return_run_details"] = json!(true);
        let answered = match self.send_once(&self.post(&path, with_details)).await {
            // An older server refuses the field by its name, before it starts anything.
            Err(GitHubError::Rejected { message, .. }) if message.contains("return_run_details") => {
                self.send_once(&self.post(&path, body)).await
            }
            answered => answered,
        };
        receipt(&answered?)
    }

    /// The runs that a dispatch started at that time or later, each once, the newest first. A run may show here only
    /// some time after its start; of more than 1,000, GitHub shows the newest.
    /// <https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository>
    pub async fn dispatched_runs(&self, since: Timestamp) -> Result<Vec<RunSnapshot>, GitHubError> {
        let (mut runs, mut seen) = (Vec::new(), HashSet::new());
        for page in 1..=MAX_RUN_PAGES {
            let query = format!("event=workflow_dispatch&created=%3E%3D{since:.0}&per_page={PER_PAGE}&page={page}");
            let answer: RunsAnswer = self.send(&self.get(&format!("/actions/runs?{query}"))).await?.json()?;
            let is_last = answer.workflow_runs.len() < PER_PAGE;
            // A run that starts between two pages moves the others on: one of them shows again.
            runs.extend(answer.workflow_runs.into_iter().filter(|run| seen.insert(run.id)).map(snapshot));
            if is_last {
                break;
            }
        }
        Ok(runs)
    }

    /// A run as it is now; `None` when somebody has deleted it.
    /// <https://docs.github.com/en/rest/actions/workflow-runs#get-a-workflow-run>
    pub async fn run(&self, id: RunId) -> Result<Option<RunSnapshot>, GitHubError> {
        match self.send(&self.get(&format!("/actions/runs/{id}"))).await {
            Ok(answer) => Ok(Some(snapshot(answer.json()?))),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Asks GitHub to end a run; it ends some time after the answer. One that has ended, or is gone, is left as it is.
    /// <https://docs.github.com/en/rest/actions/workflow-runs#cancel-a-workflow-run>
    pub async fn cancel_run(&self, id: RunId) -> Result<(), GitHubError> {
        let call = Call::bare_post(self.path(&format!("/actions/runs/{id}/cancel")));
        match self.send(&call).await {
            Ok(_) | Err(GitHubError::NotFound { .. } | GitHubError::Rejected { status: 409, .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn receipt(answer: &Answer) -> Result<DispatchReceipt, GitHubError> {
    if answer.status == StatusCode::NO_CONTENT {
        return Ok(DispatchReceipt::Unnamed);
    }
    let DispatchAnswer { workflow_run_id, html_url } = answer.json()?;
    Ok(DispatchReceipt::Run(RunRef::first(RunId::new(workflow_run_id), html_url)))
}

fn snapshot(run: RunAnswer) -> RunSnapshot {
    RunSnapshot {
        status: RunStatus::parse(run.status.as_deref().unwrap_or_default(), run.conclusion.as_deref()),
        run: RunRef { id: RunId::new(run.id), html_url: run.html_url, attempt: run.run_attempt.unwrap_or(1) },
        title: run.display_title,
        started_at: run.run_started_at,
        updated_at: run.updated_at,
    }
}
