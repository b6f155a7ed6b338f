//! Bringing a mapped repository the files that it works with.
//!
//! Owns the answers. What is brought, and how, is `workflow_sync`'s; here it is asked for by somebody who signed in, and
//! logged with who it was.

use std::time::Duration;

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::mapping::Mapping;
use domain::repo_name::RepoFullName;
use github::GitHubError;
use github_app::AccessError;
use http::StatusCode;
use serde::Serialize;
use web::{ApiError, Problem};
use workflow_sync::{SyncError, SyncRefusal, Synced};

use super::path::RepoPath;
use super::{stored, write};
use crate::caller::SignedIn;
use crate::session::Session;
use crate::state::State;

/// With the question whether somebody may still be here, below the function's own limit: a GitHub that is slow is said to be.
const PATIENCE: Duration = Duration::from_secs(17);
/// What GitHub asks for where it names no time.
const A_MINUTE: Duration = Duration::from_mins(1);

/// What came of it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SyncView {
    result: &'static str,
    /// The pull request that brings the files, unless they are there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pr_url: Option<String>,
    /// The paths that it is about.
    files: Vec<String>,
}

/// `POST /api/mappings/{owner}/{repo}/sync`
pub(crate) async fn sync(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
) -> Result<Response, ApiError> {
    Ok(Json(SyncView::of(bring(&state, &session, &name).await?)).into_response())
}

/// Brings a mapped repository its files, by a pull request.
pub(crate) async fn bring(state: &State, session: &Session, name: &RepoFullName) -> Result<Synced, ApiError> {
    let entry = stored(state, name).await?;
    let judged = entry.unreadable.map_or_else(|| Mapping::try_from(entry.draft), Err);
    let mapping = judged.map_err(|faults| write::unreadable(name, &faults))?;
    let github = state.github.client().await.map_err(|error| no_credentials(&error))?;
    let by = &session.subject;
    let synced = match tokio::time::timeout(PATIENCE, Box::pin(workflow_sync::sync(&github, &mapping))).await {
        Ok(Ok(synced)) => synced,
        Ok(Err(SyncError::Refused(refusal))) => {
            tracing::info!(subject = by, repo = %name, code = refusal.code(), "a sync was refused");
            return Err(refused(&refusal).into());
        }
        Ok(Err(SyncError::GitHub(error))) => return Err(github_failed(state, error).await),
        Err(late) => return Err(ApiError::Unavailable(late.into())),
    };
    tracing::info!(audit = true, subject = by, repo = %name, result = synced.as_str(), "a repository was synced");
    Ok(synced)
}

impl SyncView {
    fn of(synced: Synced) -> Self {
        let result = synced.as_str();
        match synced {
            Synced::UpToDate => Self { result, pr_url: None, files: Vec::new() },
            Synced::Proposed { pull_request, files, .. } => Self { result, pr_url: Some(pull_request.html_url), files },
        }
    }
}

fn refused(refusal: &SyncRefusal) -> Problem {
    Problem::new(StatusCode::CONFLICT, refusal.code(), refusal.to_string())
}

/// What GitHub can't do now may be asked for again: a sync goes on from whatever an earlier one left.
async fn github_failed(state: &State, error: GitHubError) -> ApiError {
    match error {
        GitHubError::RateLimited { retry_after } => {
            let detail = "GitHub limits the App just now. Sync again when it doesn't.";
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "RATE_LIMITED", detail);
            problem.with_retry_after(retry_after.unwrap_or(A_MINUTE)).into()
        }
        GitHubError::Unauthorized { .. } => {
            // The key may have been rotated: the next one reads it anew.
            state.github.forget().await;
            tracing::error!(error = %environment::chain(&error), "the App's credentials are not accepted");
            let detail =
                "GitHub does not accept the App's credentials. Put its present key into the github-app secret.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "CREDENTIALS_REFUSED", detail).into()
        }
        error => ApiError::Unavailable(error.into()),
    }
}

fn no_credentials(error: &AccessError) -> Problem {
    tracing::error!(error = %environment::chain(error), "no credentials of the App");
    let detail = "The github-app secret is missing or malformed; /healthz says which, and the log has its name.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NO_SECRET", detail)
}
