//! What an admitted run is told: the facts that were pinned when it was dispatched, and its mapping's settings.
//!
//! Owns the answer's shape. Never holds a token.

use domain::claim::{Claim, ClaimId, DispatchOrder};
use domain::command::Instructions;
use domain::ids::{IssueNumber, RunId};
use domain::mapping::Mapping;
use domain::planning_context::PlanningContext;
use domain::provider::AwsRegion;
use domain::repo_name::RepoFullName;
use domain::report::Phase;
use domain::run_kind::RunKind;
use serde::Serialize;

/// Everything that a run works by.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunFacts<'a> {
    claim_id: ClaimId,
    run_id: RunId,
    run_attempt: u32,
    kind: RunKind,
    phase: Phase,
    /// Its name now.
    repository: &'a RepoFullName,
    /// The branch whose workflow files, prompts and scripts count.
    git_ref: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    pr_number: Option<IssueNumber>,
    /// The issue that is planned or implemented, where GitHub has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    issue_number: Option<IssueNumber>,
    /// The commit that a gap-fill starts from, and pushes onto and nothing else.
    #[serde(skip_serializing_if = "Option::is_none")]
    head_sha: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    head_branch: Option<&'a str>,
    provider: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    aws_region: Option<&'a AwsRegion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    role_arn: Option<String>,
    issue: IssueFacts<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    instructions: Option<&'a str>,
    #[serde(skip_serializing_if = "PlanningContext::is_empty")]
    planning_context: &'a PlanningContext,
    #[serde(skip_serializing_if = "Option::is_none")]
    runner_image: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_turns: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_iterations: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max_job_minutes: Option<u32>,
}

#[derive(Serialize)]
struct IssueFacts<'a> {
    id: &'a str,
    identifier: &'a str,
    title: &'a str,
    description: &'a str,
}

impl<'a> RunFacts<'a> {
    /// The facts of a claim's run; `None` before it has one.
    pub(super) fn of(claim: &'a Claim, repository: &'a RepoFullName, mapping: Option<&'a Mapping>) -> Option<Self> {
        let (order, run) = (claim.order.as_ref()?, claim.state.run()?);
        let DispatchOrder { kind, ticket, head, provider, .. } = order;
        let number = claim.request.number();
        let is_gap_fill = *kind == RunKind::GapFill;
        Some(Self {
            claim_id: claim.id,
            run_id: run.id,
            run_attempt: run.attempt,
            kind: *kind,
            phase: Phase::of(*kind),
            repository,
            git_ref: &order.git_ref,
            pr_number: number.filter(|_| is_gap_fill),
            issue_number: number.filter(|_| !is_gap_fill),
            head_sha: head.as_ref().map(|head| head.sha.as_str()),
            head_branch: head.as_ref().map(|head| head.branch.as_str()),
            provider: provider.input_value(),
            aws_region: provider.region(),
            role_arn: mapping.and_then(|mapping| mapping.role_arn.as_ref()).map(|role| String::from(role.clone())),
            issue: IssueFacts {
                id: &ticket.id,
                identifier: &ticket.identifier,
                title: &ticket.title,
                description: &ticket.description,
            },
            instructions: match &order.instructions {
                Instructions::Given(text) => Some(text),
                Instructions::None | Instructions::TooLong { .. } => None,
            },
            planning_context: &order.planning,
            runner_image: mapping.and_then(|mapping| mapping.runner_image.as_deref()),
            max_turns: mapping.map(|mapping| mapping.limits.max_turns.get()),
            max_iterations: mapping.map(|mapping| mapping.limits.max_iterations.get()),
            max_job_minutes: order.max_job_minutes,
        })
    }
}
