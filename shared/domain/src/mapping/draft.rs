//! A mapping as people and tables write it, and the one way from there to a valid [`Mapping`].
//!
//! Owns the written form and what is told of a broken one; the rules themselves are the judge's. Never fills in a value
//! that the repository itself knows (its default branch): that is read when it is needed.

use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::judge::{BEDROCK_NEEDS_REGION, Judge, check_branch, check_runner_image, check_team_key};
use super::{DEFAULT_PLANNING_WORKFLOW_FILE, DEFAULT_WORKFLOW_FILE, Mapping, RunLimits, Trigger};
use crate::ids::RepoId;
use crate::notify_url::{NotifyUrl, NotifyUrlDraft};
use crate::provider::Provider;

/// GitHub ends a job of a self-hosted runner after five days.
const MAX_JOB_MINUTES: u32 = 5 * 24 * 60;

/// A mapping before it is judged: names as in the API, every field optional, unknown ones refused.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct MappingDraft {
    /// The account that owns the repository.
    pub owner: String,
    /// The repository's name.
    pub repo: String,
    /// GitHub's id of the repository.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub repo_id: Option<RepoId>,
    /// The ticket team's key.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub team_key: Option<String>,
    /// `anthropic` or `bedrock`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub provider: Option<String>,
    /// An AWS region name; with bedrock only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_region: Option<String>,
    /// The workflow that implements.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_file: Option<String>,
    /// The workflow that plans.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planning_workflow_file: Option<String>,
    /// Plan first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub planning_enabled: Option<bool>,
    /// Approve plans without a person.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auto_approve_plans: Option<bool>,
    /// The ref of every dispatch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_branch: Option<String>,
    /// How comments reach us.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<Trigger>,
    /// Runs in progress at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_in_progress: Option<i64>,
    /// Turns of the agent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_turns: Option<i64>,
    /// Rounds of implementation and verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_iterations: Option<i64>,
    /// Minutes of the main job.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_job_minutes: Option<i64>,
    /// Runs a day.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub daily_runs: Option<i64>,
    /// The runner image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runner_image: Option<String>,
    /// The role for Bedrock.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub role_arn: Option<String>,
    /// Slack's or Teams' incoming webhook.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub notify: Option<NotifyUrlDraft>,
    /// Refuse new runs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused: Option<bool>,
    /// The version this draft was made from.
    pub version: u64,
}

impl MappingDraft {
    /// The lower-case `owner/repo` that tables are keyed by: for a valid name what
    /// [`RepoFullName::key`](crate::repo_name::RepoFullName::key) says, for any other the text itself.
    #[must_use]
    pub fn name_key(&self) -> String {
        format!("{}/{}", self.owner, self.repo).to_ascii_lowercase()
    }
}

/// One broken rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldFault {
    /// The field's name in the API.
    pub field: &'static str,
    /// What is wrong, for the person who wrote it.
    pub problem: String,
}

/// Every broken rule of one draft; never empty.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub struct MappingFaults(pub(super) Vec<FieldFault>);

impl MappingFaults {
    /// The fault of a stored text that isn't even a draft.
    #[must_use]
    pub fn unreadable(problem: &dyn fmt::Display) -> Self {
        Self(vec![FieldFault { field: "mapping", problem: problem.to_string() }])
    }

    /// The faults, in the order of the fields.
    pub fn iter(&self) -> impl Iterator<Item = &FieldFault> {
        self.0.iter()
    }

    /// Whether a region is missing where the provider needs one.
    #[must_use]
    pub fn lack_a_region(&self) -> bool {
        self.iter().any(|fault| fault.problem == BEDROCK_NEEDS_REGION)
    }
}

impl fmt::Display for MappingFaults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, fault) in self.iter().enumerate() {
            let separator = if index == 0 { "" } else { "; " };
            write!(f, "{separator}{}: {}", fault.field, fault.problem)?;
        }
        Ok(())
    }
}

impl TryFrom<MappingDraft> for Mapping {
    type Error = MappingFaults;

    fn try_from(draft: MappingDraft) -> Result<Self, Self::Error> {
        let mut judge = Judge::default();
        let repo = judge.repo(&draft.owner, &draft.repo);
        let team_key = judge.optional("teamKey", draft.team_key, check_team_key);
        let provider = judge.provider(draft.provider.as_deref(), draft.aws_region.as_deref());
        let workflow_file = judge.workflow_file("workflowFile", draft.workflow_file, DEFAULT_WORKFLOW_FILE);
        let planning_workflow_file =
            judge.workflow_file("planningWorkflowFile", draft.planning_workflow_file, DEFAULT_PLANNING_WORKFLOW_FILE);
        let default_branch = judge.optional("defaultBranch", draft.default_branch, check_branch);
        let iterations = if matches!(provider, Some(Provider::Bedrock { .. })) { 2 } else { 3 };
        let max_in_progress = judge.count("maxInProgress", draft.max_in_progress.unwrap_or(3), u32::MAX);
        let max_turns = judge.count("maxTurns", draft.max_turns.unwrap_or(50), u32::MAX);
        let max_iterations = judge.count("maxIterations", draft.max_iterations.unwrap_or(iterations), u32::MAX);
        let max_job_minutes = judge.count("maxJobMinutes", draft.max_job_minutes.unwrap_or(90), MAX_JOB_MINUTES);
        let daily_runs = draft.daily_runs.and_then(|runs| judge.count("dailyRuns", runs, u32::MAX));
        let runner_image = judge.optional("runnerImage", draft.runner_image, check_runner_image);
        let role_arn = draft.role_arn.and_then(|arn| judge.keep("roleArn", arn.parse()));
        let notify = draft.notify.and_then(|url| judge.keep("notify", NotifyUrl::try_from(url)));
        let (Some(repo), Some(provider), Some(workflow_file), Some(planning_workflow_file)) =
            (repo, provider, workflow_file, planning_workflow_file)
        else {
            return Err(judge.faults());
        };
        let (Some(max_in_progress), Some(max_turns), Some(max_iterations), Some(max_job_minutes)) =
            (max_in_progress, max_turns, max_iterations, max_job_minutes)
        else {
            return Err(judge.faults());
        };
        judge.verdict(Self {
            repo,
            repo_id: draft.repo_id,
            team_key,
            provider,
            workflow_file,
            planning_workflow_file,
            planning_enabled: draft.planning_enabled.unwrap_or(true),
            auto_approve_plans: draft.auto_approve_plans.unwrap_or(true),
            default_branch,
            trigger: draft.trigger.unwrap_or_default(),
            max_in_progress,
            limits: RunLimits { max_turns, max_iterations, max_job_minutes },
            daily_runs,
            runner_image,
            role_arn,
            notify,
            paused: draft.paused.unwrap_or(false),
            version: draft.version,
        })
    }
}

impl From<Mapping> for MappingDraft {
    fn from(mapping: Mapping) -> Self {
        let number = |n: NonZeroU32| Some(i64::from(n.get()));
        Self {
            owner: mapping.repo.owner().to_owned(),
            repo: mapping.repo.repo().to_owned(),
            repo_id: mapping.repo_id,
            team_key: mapping.team_key,
            provider: Some(mapping.provider.input_value().to_owned()),
            aws_region: mapping.provider.region().map(ToString::to_string),
            workflow_file: Some(mapping.workflow_file.into()),
            planning_workflow_file: Some(mapping.planning_workflow_file.into()),
            planning_enabled: Some(mapping.planning_enabled),
            auto_approve_plans: Some(mapping.auto_approve_plans),
            default_branch: mapping.default_branch,
            trigger: Some(mapping.trigger),
            max_in_progress: number(mapping.max_in_progress),
            max_turns: number(mapping.limits.max_turns),
            max_iterations: number(mapping.limits.max_iterations),
            max_job_minutes: number(mapping.limits.max_job_minutes),
            daily_runs: mapping.daily_runs.and_then(number),
            runner_image: mapping.runner_image,
            role_arn: mapping.role_arn.map(String::from),
            notify: mapping.notify.map(NotifyUrlDraft::from),
            paused: Some(mapping.paused),
            version: mapping.version,
        }
    }
}
