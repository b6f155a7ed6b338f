//! The pages: what those who run the whole see in a browser.
//!
//! Owns their addresses, and that each of them works without a script. Never decides or stores anything: a page shows what
//! the API's modules answer, and a form does what they do.

mod activity;
mod assets;
mod checks;
mod chrome;
mod claims;
mod dispatch;
mod dispatches;
mod failure;
mod fields;
mod headers;
mod health;
mod mapping_form;
mod parts;
mod repositories;
mod repository;
mod sign_in;
mod submitted;
mod tokens;
mod transfer;
mod visitor;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn;
use axum::response::Redirect;
use axum::routing::{any, get, post};
use http::Uri;

use crate::state::State;

/// Two thousand mappings with every field at its usual length, as a form writes them.
const MAX_IMPORT_BYTES: usize = 4 * 1024 * 1024;

/// Where one begins.
const HOME: &str = "/admin/repositories";

/// The pages' routes.
pub(crate) fn router() -> Router<State> {
    Router::new()
        .route("/admin", get(async || Redirect::to(HOME)))
        .route("/admin/", get(async || Redirect::to(HOME)))
        .route("/admin/assets/{version}/{file}", get(assets::serve))
        .route("/admin/sign-in", get(sign_in::page).post(sign_in::with_access_code))
        .route("/admin/signed-in", get(sign_in::done))
        .route("/admin/sign-out", post(sign_in::out).get(async || Redirect::to(HOME)))
        .merge(of_repositories())
        .merge(of_dispatches())
        .route("/admin/activity", get(activity::page))
        .route("/admin/health", get(health::page))
        .route("/admin/tokens", get(tokens::page).post(tokens::make))
        .route("/admin/tokens/{id}/revoke", post(tokens::revoke).get(async || Redirect::to("/admin/tokens")))
        .route("/admin/{*nothing}", any(failure::nothing_there))
        .layer(from_fn(headers::set))
}

/// Whoever only looks at an address of something to be done sees what it would be done to.
async fn up(uri: Uri) -> Redirect {
    Redirect::to(uri.path().rsplit_once('/').map_or(HOME, |(above, _)| above))
}

fn of_repositories() -> Router<State> {
    let one = "/admin/repositories/{owner}/{repo}";
    let below = |path: &str| format!("{one}/{path}");
    Router::new()
        .route("/admin/repositories", get(repositories::page))
        .route("/admin/repositories/new", get(mapping_form::empty).post(mapping_form::create))
        .route(
            "/admin/transfer",
            get(transfer::page).post(transfer::import).layer(DefaultBodyLimit::max(MAX_IMPORT_BYTES)),
        )
        .route("/admin/mappings.json", get(transfer::export))
        .route(one, get(repository::page))
        .route(&below("checks"), get(checks::page))
        .route(&below("edit"), get(mapping_form::filled).post(mapping_form::save))
        .route(&below("pause"), post(repository::pause).get(up))
        .route(&below("sync"), post(repository::sync).get(up))
        .route(&below("delete"), get(repository::ask_to_delete).post(repository::delete))
}

fn of_dispatches() -> Router<State> {
    let one = format!("{}/{{id}}", dispatches::PAGE);
    let below = |word: &str| format!("{one}/{word}");
    Router::new()
        .route(dispatches::PAGE, get(dispatches::page))
        .route(&one, get(dispatch::page))
        .route(&below("cancel"), post(dispatch::cancel).get(up))
        .route(&below("retry"), post(dispatch::retry).get(up))
        .route(&below("resolve"), post(dispatch::resolve).get(up))
        .route(&below("replay"), post(dispatch::replay).get(up))
}
