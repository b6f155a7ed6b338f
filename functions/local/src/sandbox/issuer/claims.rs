//! The claims of a run's token, as GitHub writes them: ids and numbers as strings, times as numbers.
//! <https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims>
//!
//! Only reads the world. Never signs: `keys` does.

use serde_json::{Map, Value, json};

use super::OidcRequest;
use crate::sandbox::SandboxError;
use crate::sandbox::digest::guid;
use crate::sandbox::render::fields;
use crate::sandbox::world::{Account, Repository, Run, World, workflow_path};

/// A token's life, in seconds.
const LIFE: i64 = 300;
/// It is valid since this many seconds before it was made, as in GitHub's example.
const BACKDATED: i64 = 600;

/// Every claim that a token may have.
pub(super) const NAMES: [&str; 31] = [
    "actor",
    "actor_id",
    "aud",
    "base_ref",
    "environment",
    "event_name",
    "exp",
    "head_ref",
    "iat",
    "iss",
    "job_workflow_ref",
    "job_workflow_sha",
    "jti",
    "nbf",
    "ref",
    "ref_protected",
    "ref_type",
    "repository",
    "repository_id",
    "repository_owner",
    "repository_owner_id",
    "repository_visibility",
    "run_attempt",
    "run_id",
    "run_number",
    "runner_environment",
    "sha",
    "sub",
    "workflow",
    "workflow_ref",
    "workflow_sha",
];

/// The claims of the token that was asked for.
///
/// # Errors
/// When the run, its repository or one of their accounts is unknown, or a claim is none of GitHub's.
pub(super) fn of(world: &World, request: &OidcRequest, token_id: u64) -> Result<Value, SandboxError> {
    if let Some(name) = request.claims.keys().find(|name| !NAMES.contains(&name.as_str())) {
        return Err(SandboxError::NoSuchClaim(name.clone()));
    }
    let missing = SandboxError::NoSuchRun(request.run_id);
    let run = world.run(request.run_id);
    let (run, repository) =
        run.and_then(|run| Some((run, world.repository_by_id(run.repository_id)?))).ok_or(missing)?;
    let mut claims = of_run(run, account(world, &run.actor)?);
    claims.append(&mut of_repository(repository, account(world, &repository.owner)?));
    claims.append(&mut of_workflow(run, repository));
    claims.append(&mut of_token(world, &request.audience, token_id));
    claims.extend(request.claims.clone());
    if !request.claims.contains_key("sub") {
        claims.insert("sub".to_owned(), subject(&claims, request.immutable_subject).into());
    }
    claims.retain(|_, value| !value.is_null());
    Ok(Value::Object(claims))
}

fn account<'w>(world: &'w World, login: &str) -> Result<&'w Account, SandboxError> {
    world.account(login).ok_or_else(|| SandboxError::NoSuchUser(login.to_owned()))
}

fn of_run(run: &Run, actor: &Account) -> Map<String, Value> {
    fields(json!({
        "run_id": run.id.to_string(),
        "run_number": run.run_number.to_string(),
        "run_attempt": run.attempt.to_string(),
        "runner_environment": "github-hosted",
        "event_name": run.event,
        "actor": actor.login,
        "actor_id": actor.id.to_string(),
        "ref": branch_ref(run),
        "ref_type": "branch",
        "ref_protected": "false",
        "sha": run.head_sha,
        "head_ref": "",
        "base_ref": "",
    }))
}

fn of_repository(repository: &Repository, owner: &Account) -> Map<String, Value> {
    fields(json!({
        "repository": repository.full_name(),
        "repository_id": repository.id.to_string(),
        "repository_owner": owner.login,
        "repository_owner_id": owner.id.to_string(),
        "repository_visibility": if repository.private { "private" } else { "public" },
    }))
}

fn of_workflow(run: &Run, repository: &Repository) -> Map<String, Value> {
    let reference = format!("{}/{}@{}", repository.full_name(), workflow_path(&run.workflow), branch_ref(run));
    fields(json!({
        "workflow": run.name,
        "workflow_ref": reference,
        "workflow_sha": run.head_sha,
        // No workflow here calls another one.
        "job_workflow_ref": reference,
        "job_workflow_sha": run.head_sha,
    }))
}

fn of_token(world: &World, audience: &str, token_id: u64) -> Map<String, Value> {
    let now = world.now().as_second();
    fields(json!({
        "iss": world.url,
        "aud": audience,
        "jti": guid(&format!("token/{token_id}")),
        "nbf": now - BACKDATED,
        "iat": now,
        "exp": now + LIFE,
    }))
}

fn branch_ref(run: &Run) -> String {
    format!("refs/heads/{}", run.head_branch)
}

/// `repo:OWNER/REPO:…` or `repo:OWNER@ID/REPO@ID:…`, of what the other claims say.
fn subject(claims: &Map<String, Value>, immutable: bool) -> String {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let mut repository = text("repository").to_owned();
    if immutable && let Some((owner, name)) = text("repository").split_once('/') {
        repository = format!("{owner}@{}/{name}@{}", text("repository_owner_id"), text("repository_id"));
    }
    let context = match (text("environment"), text("event_name")) {
        ("", "pull_request") => "pull_request".to_owned(),
        ("", _) => format!("ref:{}", text("ref")),
        (environment, _) => format!("environment:{}", environment.replace(':', "%3A")),
    };
    format!("repo:{repository}:{context}")
}
