//! The dispatch API: programs ask for runs, and runs prove who they are and report.
//!
//! Owns the routes under `/v1` and `/runner`, and who may use each. Writes a claim before it is acknowledged, and then calls
//! the worker: whatever is done at GitHub for a claim, the worker does. The one thing that is done there from here is
//! lending an admitted run a token, and taking it back.

mod at_github;
mod call;
mod caller;
mod claim_path;
mod claims;
mod dispatches;
mod loans;
mod runner;
mod state;
mod store;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{get, post};

pub use domain::public_url::PublicUrl;
pub use state::{Parts, State};

/// The longest ticket that GitHub would take as a workflow's inputs, and room for its escapes in JSON.
const MAX_BODY_BYTES: usize = 512 * 1024;

/// The function's routes, the same on Lambda and in the local system.
pub fn router(state: State) -> Router {
    let routes = Router::new()
        .route("/v1/dispatches", post(dispatches::create).get(dispatches::list))
        .route("/v1/dispatches/{id}", get(dispatches::show))
        .route("/v1/dispatches/{id}/cancel", post(dispatches::cancel))
        .route("/v1/dispatches/{id}/retry", post(dispatches::retry))
        .route("/v1/claims/{id}/redeem", post(claims::redeem))
        .route("/v1/claims/{id}/token", post(loans::lend))
        .route("/runner/result", post(runner::result))
        .route("/runner/progress", post(runner::progress))
        .route("/trigger/gap-fill", post(dispatches::gap_fill))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(state);
    web::frame(routes)
}
