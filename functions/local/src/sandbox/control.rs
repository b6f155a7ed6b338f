//! The routes under `/_sandbox`, which GitHub does not have: the state, comments by people, pushes,
//! what an owner sets, memberships, failing runs, tokens for a run's jobs, scripted faults.
//!
//! Never faulted and never counted as REST requests.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::core::Core;
use super::faults::Fault;
use super::pushes::Push;
use super::world::Permissions;
use super::{Annotation, Delivery, FailedJob, MembershipState, OidcRequest, Sandbox, SandboxError};

/// A long poll is answered after this time, changed or not.
const LONG_POLL: Duration = Duration::from_secs(25);

const NO_SUCH_ROUTE: &str = "The sandbox has no such control route.";

/// The control routes, to be nested under `/_sandbox`.
pub(super) fn router(core: Arc<Core>) -> Router {
    Router::new()
        .route("/state", get(state))
        .route("/comments", post(comment))
        .route("/failures", post(fail_run))
        .route("/pushes", post(push))
        .route("/memberships", post(membership))
        .route("/tokens", post(job_token))
        .route("/oidc", post(oidc_token))
        .route("/oidc/rotate", post(rotate_oidc_key))
        .route("/set-up", post(set_up))
        .route("/faults", post(script_fault).delete(clear_faults))
        .fallback(async || Problem { status: StatusCode::NOT_FOUND, detail: NO_SUCH_ROUTE.to_owned() })
        .with_state(Sandbox { core })
}

#[derive(Deserialize)]
struct StateQuery {
    after: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewComment {
    repo: String,
    number: u64,
    user: String,
    body: String,
}

/// How a run fails; each annotation is why.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewFailure {
    run_id: u64,
    job: String,
    step: Option<String>,
    #[serde(default)]
    annotations: Vec<String>,
}

/// Who is taken into what; without a state they are taken out.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewMembership {
    user: String,
    organization: String,
    team: Option<String>,
    state: Option<MembershipState>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct NewJobToken {
    repo: String,
    permissions: Option<Permissions>,
}

async fn state(State(sandbox): State<Sandbox>, Query(query): Query<StateQuery>) -> Json<Value> {
    if let Some(after) = query.after {
        // Nothing changed in time is an answer too: the state as it is.
        sandbox.wait_for(LONG_POLL, |world| (world.revision > after).then_some(())).await;
    }
    Json(sandbox.state())
}

async fn comment(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Response, Problem> {
    let new: NewComment = parse(&body)?;
    let (comment_id, delivery) = sandbox.comment_with_delivery(&new.repo, new.number, &new.user, &new.body).await?;
    Ok((StatusCode::CREATED, Json(json!({ "comment_id": comment_id, "delivery": brief(delivery) }))).into_response())
}

fn brief(delivery: Option<Delivery>) -> Option<Value> {
    delivery.map(|delivery| json!({ "guid": delivery.guid, "status": delivery.status_code }))
}

async fn fail_run(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Response, Problem> {
    let NewFailure { run_id, job, step, annotations } = parse(&body)?;
    let annotations = annotations.into_iter().map(Annotation::failure).collect();
    let delivery = sandbox.fail_run(run_id, FailedJob { job, step, annotations }).await?;
    Ok((StatusCode::CREATED, Json(json!({ "delivery": brief(delivery) }))).into_response())
}

/// As somebody's `git push` would arrive: a hook of the bare repository that a run pushes to may call it.
async fn push(State(sandbox): State<Sandbox>, body: Bytes) -> Result<StatusCode, Problem> {
    let push: Push = parse(&body)?;
    sandbox.push(push).await?;
    Ok(StatusCode::CREATED)
}

/// As the runner hands a job its `GITHUB_TOKEN`.
async fn job_token(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Response, Problem> {
    let NewJobToken { repo, permissions } = parse(&body)?;
    let token = sandbox.job_token(&repo, permissions)?;
    Ok((StatusCode::CREATED, Json(json!({ "token": token }))).into_response())
}

async fn membership(State(sandbox): State<Sandbox>, body: Bytes) -> Result<StatusCode, Problem> {
    let NewMembership { user, organization, team, state } = parse(&body)?;
    sandbox.set_membership(&user, (&organization, team.as_deref()), state)?;
    Ok(StatusCode::NO_CONTENT)
}

/// As a job is answered at its `ACTIONS_ID_TOKEN_REQUEST_URL`.
async fn oidc_token(State(sandbox): State<Sandbox>, body: Bytes) -> Result<Json<Value>, Problem> {
    let request: OidcRequest = parse(&body)?;
    Ok(Json(json!({ "value": sandbox.oidc_token(&request)? })))
}

async fn rotate_oidc_key(State(sandbox): State<Sandbox>) -> Result<StatusCode, Problem> {
    sandbox.rotate_oidc_key()?;
    Ok(StatusCode::NO_CONTENT)
}

async fn set_up(State(sandbox): State<Sandbox>, body: Bytes) -> Result<StatusCode, Problem> {
    sandbox.set_up(parse(&body)?)?;
    Ok(StatusCode::NO_CONTENT)
}

async fn script_fault(State(sandbox): State<Sandbox>, body: Bytes) -> Result<StatusCode, Problem> {
    let fault: Fault = parse(&body)?;
    if fault.status.is_some_and(|status| StatusCode::from_u16(status).is_err()) {
        return Err(Problem {
            status: StatusCode::BAD_REQUEST,
            detail: "The fault's status is no HTTP status.".to_owned(),
        });
    }
    sandbox.script_fault(fault);
    Ok(StatusCode::NO_CONTENT)
}

async fn clear_faults(State(sandbox): State<Sandbox>) -> StatusCode {
    sandbox.clear_faults();
    StatusCode::NO_CONTENT
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    serde_json::from_slice(body).map_err(|error| Problem {
        status: StatusCode::BAD_REQUEST,
        detail: format!("The body does not fit: {error}."),
    })
}

/// An RFC 9457 problem document, worded for people.
struct Problem {
    status: StatusCode,
    detail: String,
}

impl From<SandboxError> for Problem {
    fn from(error: SandboxError) -> Self {
        let status = match error {
            SandboxError::EmptyComment | SandboxError::NoSuchClaim(_) => StatusCode::BAD_REQUEST,
            SandboxError::Key => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::NOT_FOUND,
        };
        Self { status, detail: error.to_string() }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let body = json!({
            "title": self.status.canonical_reason(),
            "status": self.status.as_u16(),
            "detail": self.detail,
        });
        (self.status, [(CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
    }
}
