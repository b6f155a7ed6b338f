//! Why a run failed: which of its jobs and steps did, what is known of the cause, and what to do about it.
//!
//! Owns what is kept of a failure, and its words. Never asks GitHub for anything, and never guesses: a cause is known by
//! the words of whoever stopped the run, or it isn't known.

mod cause;
mod excerpt;
mod secrets;
mod signs;

use serde::{Deserialize, Serialize};

pub use cause::KnownCause;
pub(crate) use excerpt::quoted;

use crate::ids::JobId;
use crate::refusal::code;

/// The job that ended a run, as GitHub shows it.
/// <https://docs.github.com/en/rest/actions/workflow-jobs#list-jobs-for-a-workflow-run>
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FailedJob {
    /// Its id, which its check run has too.
    pub id: JobId,
    /// Its name.
    pub name: String,
    /// The name of the step that did not succeed, if it came to one.
    pub step: Option<String>,
    /// Whether GitHub calls it cancelled. So it calls a job that ran into its time limit, too.
    pub was_cancelled: bool,
}

/// What is kept of a failure: bounded, and without secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The job's name.
    pub job: String,
    /// The step's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The cause, where it is a known one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<KnownCause>,
    /// The last lines that the job left in its annotations, where they say more than the cause does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub excerpt: Option<String>,
}

impl Failure {
    /// What a job and the messages of its annotations tell, in GitHub's order. `None` where somebody cancelled it.
    #[must_use]
    pub fn of(job: &FailedJob, annotations: &[String]) -> Option<Self> {
        let cause = signs::cause(job.step.as_deref(), annotations);
        if job.was_cancelled && !cause.is_some_and(KnownCause::cancels) {
            return None;
        }
        let says_more = cause.is_none_or(KnownCause::leaves_a_question);
        Some(Self {
            job: excerpt::name(&job.name),
            step: job.step.as_deref().map(excerpt::name),
            cause,
            excerpt: if says_more { excerpt::last_lines(annotations) } else { None },
        })
    }

    /// The stable reason code, where the cause is known.
    #[must_use]
    pub const fn code(&self) -> Option<&'static str> {
        match self.cause {
            Some(cause) => Some(cause.code()),
            None => None,
        }
    }

    /// The words for the status comment, in Markdown.
    #[must_use]
    pub fn text(&self) -> String {
        let step = self.step.as_deref().map(|step| format!(", step {}", code(step))).unwrap_or_default();
        let place = format!("Failed in job {}{step}.", code(&self.job));
        let why = match (self.cause, &self.excerpt) {
            (Some(cause), _) => format!("{} **{}**", cause.reason(), cause.remedy()),
            (None, Some(_)) => "The job's last words:".into(),
            (None, None) => "The run's log has the cause.".into(),
        };
        let excerpt = self.excerpt.as_deref().map(|excerpt| format!("\n\n{}", excerpt::fenced(excerpt)));
        format!("{place} {why}{}", excerpt.unwrap_or_default())
    }
}

#[cfg(test)]
mod tests;
