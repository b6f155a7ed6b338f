//! The mapping: what one repository wants of us.
//!
//! Owns the settings and their validation. [`MappingDraft`] is what people and tables write, [`Mapping`] is what the
//! rest of the program holds; the only way from one to the other checks every rule and reports every fault at once,
//! so that a form can explain each at its field. Never knows where mappings are kept.

mod draft;
mod judge;

use std::fmt;
use std::num::NonZeroU32;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use draft::{FieldFault, MappingDraft, MappingFaults};

use crate::ids::RepoId;
use crate::notify_url::NotifyUrl;
use crate::provider::{Provider, RoleArn};
use crate::repo_name::RepoFullName;

/// The workflow that implements and fills gaps, when the mapping names none.
pub const DEFAULT_WORKFLOW_FILE: &str = "claude-implement.yml";
/// The workflow that plans, when the mapping names none.
pub const DEFAULT_PLANNING_WORKFLOW_FILE: &str = "claude-plan.yml";
/// The workflow that notices comments, where the App's webhook doesn't.
pub const COMMENT_TRIGGER_FILE: &str = "comment-trigger.yml";

/// One repository's settings, valid by construction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "MappingDraft", into = "MappingDraft")]
pub struct Mapping {
    /// The repository's name, as written.
    pub repo: RepoFullName,
    /// The repository's id, once it is bound.
    pub repo_id: Option<RepoId>,
    /// The ticket team whose requests go here.
    pub team_key: Option<String>,
    /// Where the model is called.
    pub provider: Provider,
    /// The workflow that implements and fills gaps.
    pub workflow_file: WorkflowFileName,
    /// The workflow that plans.
    pub planning_workflow_file: WorkflowFileName,
    /// Implementation requests plan first.
    pub planning_enabled: bool,
    /// A plan is followed by its implementation without anybody's word.
    pub auto_approve_plans: bool,
    /// The ref of every dispatch, when it isn't the repository's own default branch.
    pub default_branch: Option<String>,
    /// How comments reach us.
    pub trigger: Trigger,
    /// How many runs may be in progress at once.
    pub max_in_progress: NonZeroU32,
    /// What bounds one run.
    pub limits: RunLimits,
    /// How many runs a day the repository may start.
    pub daily_runs: Option<NonZeroU32>,
    /// The runner image that the workflow's jobs ask for.
    pub runner_image: Option<String>,
    /// The role for Bedrock, where the repository has no secret for it.
    pub role_arn: Option<RoleArn>,
    /// An incoming webhook of Slack or Teams.
    pub notify: Option<NotifyUrl>,
    /// New runs are refused, running ones end.
    pub paused: bool,
    /// Raised by every write; a write names the one it was made from.
    pub version: u64,
}

/// The name of a file in `.github/workflows`, safe in a path.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct WorkflowFileName(String);

/// The text is no workflow file's name.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a file name in .github/workflows that ends in .yml or .yaml")]
pub struct WorkflowFileNameError;

impl Mapping {
    /// Whether comments come by a workflow of the repository's, and not by the App's webhook.
    #[must_use]
    pub fn is_triggered_by_workflow(&self) -> bool {
        self.trigger == Trigger::Workflow
    }
}

impl WorkflowFileName {
    /// The workflow that notices comments.
    #[must_use]
    pub fn comment_trigger() -> Self {
        Self(COMMENT_TRIGGER_FILE.to_owned())
    }

    /// The file name without its folder.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The path from the repository's root.
    #[must_use]
    pub fn path(&self) -> String {
        format!(".github/workflows/{}", self.0)
    }
}

impl TryFrom<String> for WorkflowFileName {
    type Error = WorkflowFileNameError;

    fn try_from(name: String) -> Result<Self, Self::Error> {
        let stem = name.strip_suffix(".yml").or_else(|| name.strip_suffix(".yaml")).unwrap_or("");
        let sound = (1..=200).contains(&stem.len())
            && !stem.starts_with('.')
            && stem.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        if sound { Ok(Self(name)) } else { Err(WorkflowFileNameError) }
    }
}

impl From<WorkflowFileName> for String {
    fn from(name: WorkflowFileName) -> Self {
        name.0
    }
}

impl fmt::Display for WorkflowFileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How a repository's comments reach us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Trigger {
    /// By the App's webhook.
    #[default]
    Webhook,
    /// By `comment-trigger.yml` in the repository.
    Workflow,
}

/// What bounds one run; passed to the workflow, which keeps to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunLimits {
    /// Turns of the agent.
    pub max_turns: NonZeroU32,
    /// Rounds of implementation and verification.
    pub max_iterations: NonZeroU32,
    /// Minutes of the main job.
    pub max_job_minutes: NonZeroU32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(json: &str) -> Result<Mapping, String> {
        let draft: MappingDraft = serde_json::from_str(json).map_err(|error| error.to_string())?;
        Mapping::try_from(draft).map_err(|faults| faults.to_string())
    }

    #[test]
    fn the_smallest_mapping_gets_every_default() {
        let mapping = mapping(r#"{"owner": "Octo", "repo": "Hello"}"#).expect("a valid mapping");
        assert_eq!(mapping.provider, Provider::Anthropic);
        assert_eq!(mapping.workflow_file.path(), ".github/workflows/claude-implement.yml");
        assert_eq!(mapping.planning_workflow_file.as_str(), "claude-plan.yml");
        assert!(mapping.planning_enabled && mapping.auto_approve_plans && !mapping.paused);
        assert_eq!(mapping.max_in_progress.get(), 3);
        let limits = mapping.limits;
        assert_eq!((limits.max_turns.get(), limits.max_iterations.get(), limits.max_job_minutes.get()), (50, 3, 90));
    }

    #[test]
    fn bedrock_iterates_less_by_default() {
        let mapping = mapping(r#"{"owner": "o", "repo": "r", "provider": "bedrock", "awsRegion": "us-west-2"}"#)
            .expect("a valid mapping");
        assert_eq!(mapping.limits.max_iterations.get(), 2);
        assert_eq!(mapping.provider.region().map(ToString::to_string).as_deref(), Some("us-west-2"));
    }

    #[test]
    fn each_rule_names_its_field() {
        for (json, fault) in [
            (r#""provider": "bedrock""#, "awsRegion: bedrock needs the AWS region"),
            (r#""awsRegion": "us-west-2""#, "awsRegion: only bedrock has an AWS region"),
            (r#""provider": "bedrock", "awsRegion": "us-west-2b""#, "awsRegion: `us-west-2b` is an availability zone"),
            (r#""provider": "openai""#, "provider: `openai` is not a provider"),
            (r#""workflowFile": "../x.yml""#, "workflowFile: a file name in .github/workflows"),
            (r#""planningWorkflowFile": "plan.sh""#, "planningWorkflowFile: a file name in .github/workflows"),
            (r#""maxInProgress": 0"#, "maxInProgress: a whole number from 1"),
            (r#""maxTurns": -1"#, "maxTurns: a whole number from 1"),
            (r#""maxJobMinutes": 99999"#, "maxJobMinutes: a whole number from 1 to 7200"),
            (r#""dailyRuns": 0"#, "dailyRuns: a whole number from 1"),
            (r#""teamKey": "eng team""#, "teamKey: 1 to 32 letters"),
            (r#""defaultBranch": "a..b""#, "defaultBranch: not a branch name"),
            (r#""runnerImage": "two words""#, "runnerImage: no white space"),
            (r#""roleArn": "arn:aws:iam::1:role/x""#, "roleArn: not the ARN of an IAM role"),
            (r#""notify": "http://hooks.example.com""#, "notify: an https:// address"),
        ] {
            let error = mapping(&format!(r#"{{"owner": "o", "repo": "r", {json}}}"#)).expect_err(json);
            assert!(error.contains(fault), "{json} → {error}");
        }
    }

    #[test]
    fn all_faults_are_told_at_once() {
        let draft: MappingDraft =
            serde_json::from_str(r#"{"owner": "-?", "repo": "r", "provider": "bedrock", "maxTurns": 0}"#)
                .expect("json");
        let faults = Mapping::try_from(draft).expect_err("three faults");
        let fields: Vec<_> = faults.iter().map(|fault| fault.field).collect();
        assert_eq!(fields, ["owner", "awsRegion", "maxTurns"]);
    }

    #[test]
    fn a_draft_is_keyed_as_its_name_is_valid_or_not() {
        let draft = |owner: &str| MappingDraft { owner: owner.into(), repo: "Hello".into(), ..MappingDraft::default() };
        let name = RepoFullName::new("Octo", "Hello").expect("a valid name");
        assert_eq!(draft("Octo").name_key(), name.key());
        assert_eq!(draft("-?").name_key(), "-?/hello");
    }

    #[test]
    fn unknown_fields_are_refused() {
        let error = mapping(r#"{"owner": "o", "repo": "r", "awsregion": "us-west-2"}"#).expect_err("a misspelt field");
        assert!(error.contains("awsregion"), "{error}");
    }

    #[test]
    fn a_mapping_survives_its_written_form() {
        let json = r#"{"owner": "O", "repo": "r", "repoId": 7, "teamKey": "ENG", "provider": "bedrock", "awsRegion": "eu-central-1",
            "maxTurns": 9, "dailyRuns": 4, "roleArn": "arn:aws:iam::111122223333:role/x", "paused": true, "trigger": "workflow",
            "notify": "https://hooks.slack.com/services/T0/B0/s3cret", "version": 3}"#;
        let before = mapping(json).expect("a valid mapping");
        let written = serde_json::to_string(&before).expect("serialisable");
        assert_eq!(serde_json::from_str::<Mapping>(&written).expect("its own form"), before);
    }

    #[test]
    fn where_news_goes_is_not_shown_to_a_log() {
        let json = r#"{"owner": "o", "repo": "r", "notify": "https://hooks.slack.com/services/T0/B0/s3cret"}"#;
        let draft: MappingDraft = serde_json::from_str(json).expect("json");
        let mapping = Mapping::try_from(draft.clone()).expect("a valid mapping");
        let shown = format!("{draft:?} {mapping:?}");
        assert!(shown.contains("https://hooks.slack.com") && !shown.contains("s3cret"), "{shown}");
    }
}
