//! What operators see and set: the mappings, and whether the whole is healthy.
//!
//! Owns the sessions and the JSON API under `/api`. Judges a mapping by the domain's rules and by nothing else. Holds
//! no queue and no claims: it starts no run, and has no effect at GitHub but asking for a repository's id.

mod auth;
mod caller;
mod health;
mod mappings;
mod secret;
mod session;
mod source;
mod state;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use state::{Parts, State};

/// A mapping with every field at its longest is smaller.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// The admin's routes, the same on Lambda and in the local system.
pub fn router(state: State) -> Router {
    let one = get(mappings::show).put(mappings::replace).patch(mappings::change).delete(mappings::remove);
    let routes = Router::new()
        .route("/healthz", get(health::health))
        .route("/api/auth", post(auth::sign_in).get(auth::who_am_i).delete(auth::sign_out))
        .route("/api/mappings", get(mappings::list))
        .route("/api/mappings/{owner}/{repo}", one)
        .route("/api/mappings/{owner}/{repo}/history", get(mappings::history))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(state);
    web::frame(routes)
}
