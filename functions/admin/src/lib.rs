//! What operators see and set: the mappings, whether a repository is set up, the dispatches that wait for a person, the API's
//! tokens, and whether the whole is healthy.
//!
//! Owns the sessions and the JSON API under `/api`. Judges a mapping by the domain's rules and by nothing else. Reads
//! claims and never writes one: what a person decides of a dispatch is queued for the worker. At GitHub it asks who
//! signs in and what they belong to, looks at a repository's set-up, and opens the one pull request that brings a
//! repository its files.

mod activity;
mod auth;
mod caller;
mod checks;
mod dispatches;
mod health;
mod mappings;
mod pages;
mod secret;
mod session;
mod state;
mod tokens;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::routing::{delete, get, post};

pub use state::{Parts, State};

/// A mapping with every field at its longest is smaller.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The admin's routes, the same on Lambda and in the local system.
pub fn router(state: State) -> Router {
    let one = get(mappings::show).put(mappings::replace).patch(mappings::change).delete(mappings::remove);
    let routes = Router::new()
        .route("/healthz", get(health::health))
        .route("/api/auth", post(auth::sign_in).get(auth::who_am_i).delete(auth::sign_out))
        .route("/api/auth/github", get(auth::to_github))
        .route(auth::CALLBACK, get(auth::back_from_github))
        .route("/api/mappings", get(mappings::list))
        .route("/api/mappings/{owner}/{repo}", one)
        .route("/api/mappings/{owner}/{repo}/history", get(mappings::history))
        .route("/api/mappings/{owner}/{repo}/sync", post(mappings::sync))
        .route("/api/dispatches", get(dispatches::list_route))
        .route("/api/dispatches/{id}", get(dispatches::show_route))
        .route("/api/dispatches/{id}/cancel", post(dispatches::steering::cancel_route))
        .route("/api/dispatches/{id}/retry", post(dispatches::steering::retry_route))
        .route("/api/dispatches/{id}/resolve", post(dispatches::resolve::resolve_route))
        .route("/api/dispatches/{id}/replay", post(dispatches::steering::replay_route))
        .route("/api/checks/{owner}/{repo}", get(checks::show))
        .route("/api/activity", get(activity::activity_route))
        .route("/api/health", get(health::details::details_route))
        .route("/api/tokens", get(tokens::list).post(tokens::make))
        .route("/api/tokens/{id}", delete(tokens::revoke))
        .merge(pages::router())
        .layer(from_fn(auth::dismiss))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(state);
    web::frame(routes)
}
