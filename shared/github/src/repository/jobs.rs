//! A run's jobs: which of them ended it, and what it said.
//!
//! Owns the way from GitHub's jobs and annotations to the facts of a failure. Never judges a cause. That the App may not
//! read annotations is no error here: its permission for them is optional.

use domain::failure::{FailedJob, Failure};
use domain::ids::{JobId, RunId};

use super::{PER_PAGE, Repository};
use crate::error::GitHubError;
use crate::shapes::{AnnotationAnswer, JobAnswer, JobsAnswer};
use crate::token::Scope;

/// A run of more jobs than this has failed early, or is not looked into further. One matrix makes 256 at most.
const MAX_JOB_PAGES: usize = 5;

impl Repository {
    /// Why a run did not succeed; `None` where no job of its last attempt failed, or where the run is gone.
    pub async fn failure_of(&self, run: RunId) -> Result<Option<Failure>, GitHubError> {
        let Some(job) = self.failed_job(run).await? else { return Ok(None) };
        let annotations = match self.annotations_of(job.id).await {
            // The App lacks the permission, or GitHub has no such check run.
            Err(error) if !error.is_transient() => Vec::new(),
            answered => answered?,
        };
        Ok(Failure::of(&job, &annotations))
    }

    /// The first job of a run's last attempt that failed or ran out of time; where there is none, the first that was
    /// cancelled, as GitHub calls one that ran out of time, too. `None` where the run is gone.
    /// <https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run>
    pub async fn failed_job(&self, run: RunId) -> Result<Option<FailedJob>, GitHubError> {
        let mut cancelled = None;
        for page in 1..=MAX_JOB_PAGES {
            let query = format!("filter=latest&per_page={PER_PAGE}&page={page}");
            let JobsAnswer { jobs } = match self.send(&self.get(&format!("/actions/runs/{run}/jobs?{query}"))).await {
                Ok(answer) => answer.json()?,
                Err(GitHubError::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error),
            };
            let is_last = jobs.len() < PER_PAGE;
            for job in jobs {
                match job.conclusion.as_deref() {
                    Some("failure" | "timed_out") => return Ok(Some(failed(job))),
                    Some("cancelled") => cancelled = cancelled.or(Some(job)),
                    _ => {}
                }
            }
            if is_last {
                break;
            }
        }
        Ok(cancelled.map(failed))
    }

    /// The messages of the failures that a job noted, in GitHub's order. Takes the App's optional permission to read
    /// checks. A job has fewer annotations than a page.
    /// <https://docs.github.com/en/rest/checks/runs#list-check-run-annotations>
    pub async fn annotations_of(&self, job: JobId) -> Result<Vec<String>, GitHubError> {
        let checks = Self { scope: Scope::Checks, ..self.clone() };
        let call = checks.get(&format!("/check-runs/{job}/annotations?per_page={PER_PAGE}"));
        let annotations: Vec<AnnotationAnswer> = checks.send(&call).await?.json()?;
        let failures = annotations.into_iter().filter(|it| it.annotation_level.as_deref() == Some("failure"));
        Ok(failures.filter_map(|it| it.message).collect())
    }
}

/// The step is the first that failed; where none did, the first that was cut short.
fn failed(job: JobAnswer) -> FailedJob {
    let ended = |conclusions: &[&str]| {
        let is_one = |conclusion: &str| conclusions.contains(&conclusion);
        job.steps.iter().find(|step| step.conclusion.as_deref().is_some_and(is_one)).map(|step| step.name.clone())
    };
    FailedJob {
        id: JobId::new(job.id),
        step: ended(&["failure", "timed_out"]).or_else(|| ended(&["cancelled"])),
        was_cancelled: job.conclusion.as_deref() == Some("cancelled"),
        name: job.name,
    }
}
