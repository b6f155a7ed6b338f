//! `workflow_dispatch`: judged as GitHub judges it, in GitHub's words.
//! <https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event>
//!
//! Never looks into the inputs' meaning: the workflow file alone says what is allowed.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};

use super::body;
use super::parameters::FromPath;
use super::runs::workflow_file_of;
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::runs::{self, NewRun};
use crate::sandbox::workflow_file::{AcceptedInputs, WorkflowFile};
use crate::sandbox::world::{Dispatch, Repository, RunDetails, World, workflow_path};

#[derive(Deserialize)]
struct DispatchBody {
    #[serde(rename = "ref")]
    reference: Option<String>,
    inputs: Option<BTreeMap<String, Value>>,
    return_run_details: Option<bool>,
}

/// `POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches`
pub(super) async fn create(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, workflow)): FromPath<(String, String, String)>,
    body: Bytes,
) -> Result<Response, GithubError> {
    let call: DispatchBody = body::parse(&body)?;
    let (run_ids, answer) = core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["actions"])?;
        let judged = judge(world, repository, &workflow, call)?;
        let run_ids = start(world, &judged);
        Ok((run_ids.clone(), answer(world, &judged, run_ids.first().copied())))
    })?;
    for run_id in run_ids {
        runs::follow(&core, run_id);
    }
    Ok(answer)
}

/// A dispatch that GitHub accepts.
struct JudgedDispatch {
    run: NewRun,
    reference: String,
    inputs: AcceptedInputs,
    wants_details: bool,
}

fn judge(
    world: &World,
    repository: &Repository,
    workflow: &str,
    call: DispatchBody,
) -> Result<JudgedDispatch, GithubError> {
    let file = workflow_file_of(repository, workflow).ok_or_else(GithubError::not_found)?;
    let wants_details = judge_details_field(world, call.return_run_details)?;
    let reference =
        call.reference.ok_or_else(|| GithubError::unprocessable("Invalid request.\n\n\"ref\" wasn't supplied."))?;
    if repository.disabled_workflows.contains(&file) {
        return Err(GithubError::unprocessable("Cannot trigger a 'workflow_dispatch' on a disabled workflow"));
    }
    let (branch_name, branch) = repository
        .branch_at(&reference)
        .ok_or_else(|| GithubError::unprocessable(format!("No ref found for: {reference}")))?;
    let path = workflow_path(&file);
    let text = branch.files.get(&path).ok_or_else(GithubError::not_found)?;
    let parsed = WorkflowFile::parse(text)
        .map_err(|error| GithubError::unprocessable(format!("failed to parse workflow: {error}")))?;
    let inputs = parsed
        .accept(&call.inputs.unwrap_or_default())
        .map_err(|refusal| GithubError::unprocessable(refusal.to_string()))?;
    let run = NewRun {
        repository_id: repository.id,
        display_title: parsed.display_title(&inputs, &path),
        name: parsed.name.unwrap_or(path),
        workflow: file,
        head_branch: branch_name.to_owned(),
        head_sha: branch.head_sha.clone(),
    };
    Ok(JudgedDispatch { run, reference, inputs, wants_details })
}

/// Whether the answer is to name the run.
fn judge_details_field(world: &World, asked: Option<bool>) -> Result<bool, GithubError> {
    match (world.dispatch_behaviour.run_details, asked) {
        (RunDetails::Rejected { status }, Some(_)) => {
            let status = StatusCode::from_u16(status).unwrap_or(StatusCode::UNPROCESSABLE_ENTITY);
            Err(GithubError::new(status, "Invalid request.\n\n\"return_run_details\" is not a permitted key."))
        }
        (RunDetails::Supported, asked) => Ok(asked.unwrap_or(false)),
        (RunDetails::Ignored | RunDetails::Rejected { .. }, _) => Ok(false),
    }
}

fn start(world: &mut World, judged: &JudgedDispatch) -> Vec<u64> {
    let calls = world.dispatch_behaviour.runs_per_call;
    let run_ids: Vec<u64> = (0..calls).map(|_| runs::add(world, &judged.run)).collect();
    world.dispatches.push(Dispatch {
        repository_id: judged.run.repository_id,
        workflow: judged.run.workflow.clone(),
        reference: judged.reference.clone(),
        inputs: judged.inputs.sent.clone(),
        run_id: run_ids.first().copied().unwrap_or_default(),
        at: world.now(),
    });
    run_ids
}

fn answer(world: &World, judged: &JudgedDispatch, run_id: Option<u64>) -> Response {
    let run = run_id.filter(|_| judged.wants_details).and_then(|id| world.run(id));
    let repository = world.repository_by_id(judged.run.repository_id);
    match run.zip(repository) {
        None => StatusCode::NO_CONTENT.into_response(),
        Some((run, repository)) => {
            let page = render::html_url(world, repository);
            Json(json!({
                "workflow_run_id": run.id,
                "run_url": render::run_url(world, repository, run.id),
                "html_url": format!("{page}/actions/runs/{}", run.id),
            }))
            .into_response()
        }
    }
}
