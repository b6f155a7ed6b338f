//! What GitHub Actions remembers: dispatches and runs.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An accepted `workflow_dispatch` call.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Dispatch {
    /// Repository that was called.
    pub repository_id: u64,
    /// Workflow file name.
    pub workflow: String,
    /// The `ref` as it was sent.
    pub reference: String,
    /// The inputs as they were sent.
    pub inputs: BTreeMap<String, String>,
    /// The run that the answer named (or would have named).
    pub run_id: u64,
    /// When it arrived.
    pub at: Timestamp,
}

/// A workflow run.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Run {
    /// GitHub's numeric id.
    pub id: u64,
    /// Repository it runs in.
    pub repository_id: u64,
    /// Workflow file name.
    pub workflow: String,
    /// The workflow's `name`.
    pub name: String,
    /// The workflow's `run-name`, filled in.
    pub display_title: String,
    /// Count of this workflow's runs.
    pub run_number: u64,
    /// 1, and one more for every re-run.
    pub attempt: u64,
    /// What started it, such as `workflow_dispatch`.
    pub event: String,
    /// Branch it runs on.
    pub head_branch: String,
    /// Commit it runs on.
    pub head_sha: String,
    /// Login of who started it.
    pub actor: String,
    /// How far it is.
    pub status: RunStatus,
    /// How it ended; set when and only when it is completed.
    pub conclusion: Option<Conclusion>,
    /// When it was requested.
    pub created_at: Timestamp,
    /// When this attempt began.
    pub started_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Waits for a runner.
    Queued,
    /// Runs.
    InProgress,
    /// Ended.
    Completed,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Conclusion {
    /// Every job succeeded or was skipped.
    Success,
    /// A job failed.
    Failure,
    /// Somebody cancelled it.
    Cancelled,
    /// A job ran into its time limit.
    TimedOut,
    /// Every job was skipped.
    Skipped,
}

/// How a run fails: the job that it ends for, where in it, and what that job notes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FailedJob {
    /// The job's name.
    pub job: String,
    /// The step's name; `None` when the job came to none.
    pub step: Option<String>,
    /// What it notes, in its order.
    pub annotations: Vec<Annotation>,
}

/// A note of a job's, beside its log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Annotation {
    /// How bad it is.
    pub level: AnnotationLevel,
    /// Its words.
    pub message: String,
}

impl Annotation {
    /// What a step notes that fails.
    pub fn failure(message: impl Into<String>) -> Self {
        Self { level: AnnotationLevel::Failure, message: message.into() }
    }
}

/// How bad a note is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnotationLevel {
    /// Good to know.
    Notice,
    /// Worth a look.
    Warning,
    /// Why something failed.
    Failure,
}

/// How the dispatch endpoint behaves.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DispatchBehaviour {
    /// What it makes of `return_run_details`.
    pub run_details: RunDetails,
    /// Runs that one call starts: GitHub has been seen to start two.
    pub runs_per_call: u32,
    /// How long after its creation a run shows in the list; by its id it is there at once.
    #[serde(default)]
    pub listing_lag_seconds: u32,
}

impl DispatchBehaviour {
    /// Whether the list shows a run at that time.
    pub(in crate::sandbox) fn lists(&self, run: &Run, now: Timestamp) -> bool {
        now.as_second() - run.created_at.as_second() >= i64::from(self.listing_lag_seconds)
    }
}

impl Default for DispatchBehaviour {
    fn default() -> Self {
        Self { run_details: RunDetails::Supported, runs_per_call: 1, listing_lag_seconds: 0 }
    }
}

/// What the dispatch endpoint makes of `return_run_details`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunDetails {
    /// Answers 200 with the run, as github.com does since February 2026.
    Supported,
    /// Takes no notice of the field and answers 204.
    Ignored,
    /// Refuses the field with this status (400 or 422), as older GitHub Enterprise Servers do.
    Rejected {
        /// Status of the refusal.
        status: u16,
    },
}
