//! Whether a repository is set up: the checks, and what Bedrock takes on AWS's side.
//!
//! Owns the operation that pages and API share, and the API's answer. What is looked at is `::checks`', what it means is the
//! domain's. What stands in the way of a look is among the findings, and no error: a report can always be given.

use ::checks::Question;
use aws::MappingEntry;
use axum::Json;
use axum::extract;
use domain::bedrock_setup::{BedrockSetUp, TOO_MANY_MODELS};
use domain::doctor::{Check, MappingFact, Report};
use domain::mapping::Mapping;
use domain::repo_name::RepoFullName;
use records::store_failed;
use serde::Serialize;
use web::ApiError;

use crate::caller::SignedIn;
use crate::mappings::RepoPath;
use crate::state::State;

/// Looks at a repository, mapped or not.
pub(crate) async fn look_at(state: &State, repo: &RepoFullName) -> Result<Report, ApiError> {
    let entry = state.mappings.named(repo).await.map_err(store_failed)?;
    let question = Question {
        repo: repo.clone(),
        mapping: entry.map_or(MappingFact::Missing, judged),
        public_url: Some(state.public_url.clone()),
    };
    Ok(Box::pin(::checks::look(&state.github, question)).await)
}

/// `GET /api/checks/{owner}/{repo}`
pub(crate) async fn show(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    RepoPath(repo): RepoPath,
) -> Result<Json<ReportView>, ApiError> {
    let report = look_at(&state, &repo).await?;
    Ok(Json(ReportView::of(&repo, report)))
}

fn judged(entry: MappingEntry) -> MappingFact {
    match entry.unreadable.map_or_else(|| Mapping::try_from(entry.draft), Err) {
        Ok(mapping) => MappingFact::Found(Box::new(mapping)),
        Err(faults) => MappingFact::Invalid(faults),
    }
}

/// A report as the API shows it.
#[derive(Serialize)]
pub(crate) struct ReportView {
    repo: String,
    checks: Vec<CheckView>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bedrock: Option<BedrockView>,
}

#[derive(Serialize)]
struct CheckView {
    id: &'static str,
    what: String,
    /// `pass`, `warn`, `fail` or `unknown`.
    status: &'static str,
    seen: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    remedy: Option<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct BedrockView {
    subjects: SubjectsView,
    trust_policy: String,
    permission_policy: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    deploy_command: Option<String>,
    /// Why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    without_command: Option<&'static str>,
    to_fill_in: Vec<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SubjectsView {
    legacy: String,
    immutable: Option<String>,
    /// `legacy`, `immutable`, `customized` or `unknown`.
    in_force: &'static str,
}

impl ReportView {
    fn of(repo: &RepoFullName, report: Report) -> Self {
        let Report { checks, bedrock } = report;
        Self {
            repo: repo.to_string(),
            checks: checks.into_iter().map(CheckView::of).collect(),
            bedrock: bedrock.map(BedrockView::of),
        }
    }
}

impl CheckView {
    fn of(check: Check) -> Self {
        let Check { id, what, finding } = check;
        let (status, seen) = (finding.word(), finding.seen().to_owned());
        Self { id, what, status, seen, remedy: finding.remedy().map(str::to_owned) }
    }
}

impl BedrockView {
    fn of(set_up: BedrockSetUp) -> Self {
        let BedrockSetUp { subjects, trust_policy, permission_policy, deploy_command, to_fill_in } = set_up;
        let in_force = subjects.in_force.word();
        let subjects = SubjectsView { legacy: subjects.legacy, immutable: subjects.immutable, in_force };
        let without_command = deploy_command.is_none().then_some(TOO_MANY_MODELS);
        Self { subjects, trust_policy, permission_policy, deploy_command, without_command, to_fill_in }
    }
}
