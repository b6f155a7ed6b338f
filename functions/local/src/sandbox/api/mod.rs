//! The REST API: one module a subject, each route answering as GitHub's API description says.
//!
//! Handlers judge the caller, look or edit, and render. Never signs, delivers or progresses
//! anything itself.

mod app;
mod body;
mod comment_lists;
mod comments;
mod contents;
mod created_range;
mod deliveries;
mod dispatches;
mod git_database;
mod git_refs;
mod jobs;
mod members;
mod new_pulls;
mod page;
mod parameters;
mod pull_lists;
mod pulls;
mod reactions;
mod repositories;
mod runs;
mod settings;

use std::sync::Arc;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{delete, get, patch, post};

use super::core::Core;
use super::gate;
use super::github_error::GithubError;

/// Every route that GitHub has and the product uses; anything else is GitHub's 404.
pub(super) fn router(core: &Arc<Core>) -> Router {
    Router::new()
        .merge(app_routes())
        .merge(conversation_routes())
        .merge(git_routes())
        .merge(actions_routes())
        .merge(people_routes())
        .merge(settings_routes())
        .fallback(async || GithubError::not_found())
        .method_not_allowed_fallback(async || GithubError::not_found())
        .layer(from_fn_with_state(Arc::clone(core), gate::pass))
        .with_state(Arc::clone(core))
}

fn app_routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/app", get(app::show))
        .route("/app/installations/{installation_id}/access_tokens", post(app::create_token))
        .route("/app/hook/config", get(app::hook_config))
        .route("/app/hook/deliveries", get(deliveries::list))
        .route("/app/hook/deliveries/{delivery_id}", get(deliveries::show))
        .route("/app/hook/deliveries/{delivery_id}/attempts", post(deliveries::redeliver))
        .route("/installation/token", delete(app::revoke_token))
        .route("/repos/{owner}/{repo}/installation", get(app::installation))
        .route("/orgs/{org}/installation", get(app::installation_of_organization))
        .route("/users/{username}/installation", get(app::installation_of_user))
}

fn people_routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/user", get(members::myself))
        .route("/users/{username}", get(members::user))
        .route("/applications/{client_id}/token", delete(members::revoke))
        .route("/orgs/{org}/memberships/{username}", get(members::of_organization))
        .route("/orgs/{org}/teams/{team_slug}/memberships/{username}", get(members::of_team))
}

fn conversation_routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/repos/{owner}/{repo}", get(repositories::show))
        .route("/repos/{owner}/{repo}/collaborators/{username}/permission", get(repositories::permission))
        .route("/repos/{owner}/{repo}/contents/{*path}", get(contents::show))
        .route("/repos/{owner}/{repo}/pulls", get(pull_lists::of_repository).post(new_pulls::create))
        .route("/repos/{owner}/{repo}/pulls/{number}", get(pulls::show).patch(pulls::edit))
        .route("/repos/{owner}/{repo}/pulls/{number}/files", get(pulls::files))
        .route("/repos/{owner}/{repo}/issues/{number}", get(repositories::issue))
        .route("/repos/{owner}/{repo}/issues/comments", get(comment_lists::of_repository))
        .route(
            "/repos/{owner}/{repo}/issues/{number}/comments",
            get(comment_lists::of_conversation).post(comments::create),
        )
        .route("/repos/{owner}/{repo}/issues/comments/{comment_id}", get(comments::show).patch(comments::edit))
        .route("/repos/{owner}/{repo}/issues/comments/{comment_id}/reactions", post(reactions::create))
}

fn git_routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/repos/{owner}/{repo}/git/ref/{*reference}", get(git_refs::show))
        .route("/repos/{owner}/{repo}/git/refs", post(git_refs::create))
        .route("/repos/{owner}/{repo}/git/refs/{*reference}", patch(git_refs::update))
        .route("/repos/{owner}/{repo}/git/commits", post(git_database::create_commit))
        .route("/repos/{owner}/{repo}/git/commits/{commit_sha}", get(git_database::commit))
        .route("/repos/{owner}/{repo}/git/trees", post(git_database::create_tree))
        .route("/repos/{owner}/{repo}/git/trees/{tree_sha}", get(git_database::tree))
}

fn actions_routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/repos/{owner}/{repo}/actions/workflows/{workflow_id}", get(runs::workflow))
        .route("/repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches", post(dispatches::create))
        .route("/repos/{owner}/{repo}/actions/runs", get(runs::list))
        .route("/repos/{owner}/{repo}/actions/runs/{run_id}", get(runs::show))
        .route("/repos/{owner}/{repo}/actions/runs/{run_id}/cancel", post(runs::cancel))
        .route("/repos/{owner}/{repo}/actions/runs/{run_id}/jobs", get(jobs::list))
        .route("/repos/{owner}/{repo}/check-runs/{check_run_id}/annotations", get(jobs::annotations))
}

fn settings_routes() -> Router<Arc<Core>> {
    Router::new()
        .route("/repos/{owner}/{repo}/actions/permissions", get(settings::permissions))
        .route("/repos/{owner}/{repo}/actions/permissions/workflow", get(settings::workflow_permissions))
        .route("/repos/{owner}/{repo}/actions/secrets", get(settings::secrets))
        .route("/repos/{owner}/{repo}/actions/organization-secrets", get(settings::organization_secrets))
        .route("/repos/{owner}/{repo}/actions/variables", get(settings::variables))
        .route("/repos/{owner}/{repo}/actions/organization-variables", get(settings::organization_variables))
        .route("/repos/{owner}/{repo}/actions/oidc/customization/sub", get(settings::oidc_subject))
}
