//! The dispatch API: programs ask for runs, and runs prove who they are and report.
//!
//! Owns the routes under `/v1` and `/runner`, and who may use each. Writes a claim before it is acknowledged, and then calls
//! the worker: whatever is done at GitHub for a claim, the worker does. The one thing that is done there from here is
//! lending an admitted run a token, and taking it back.

mod at_github;
mod call;
mod caller;
mod claims;
mod dispatches;
mod loans;
mod openapi;
mod runner;
mod state;
mod store;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::{MethodRouter, get, post};

pub use domain::public_url::PublicUrl;
pub use state::{Parts, State};

/// The longest ticket that GitHub would take as a workflow's inputs, and room for its escapes in JSON.
const MAX_BODY_BYTES: usize = 512 * 1024;

/// The function's routes, the same on Lambda and in the local system.
pub fn router(state: State) -> Router {
    let routes = routes().into_iter().fold(Router::new(), |router, (address, methods)| router.route(address, methods));
    web::frame(routes.layer(DefaultBodyLimit::max(MAX_BODY_BYTES)).with_state(state))
}

/// Every address that has a route, with its parameters in braces, as `openapi.json` writes them.
pub fn addresses() -> impl Iterator<Item = &'static str> {
    routes().into_iter().map(|(address, _)| address)
}

fn routes() -> Vec<(&'static str, MethodRouter<State>)> {
    vec![
        ("/v1/dispatches", post(dispatches::create).get(dispatches::list)),
        ("/v1/dispatches/{id}", get(dispatches::show)),
        ("/v1/dispatches/{id}/cancel", post(dispatches::cancel)),
        ("/v1/dispatches/{id}/retry", post(dispatches::retry)),
        ("/v1/claims/{id}/redeem", post(claims::redeem)),
        ("/v1/claims/{id}/token", post(loans::lend)),
        ("/runner/result", post(runner::result)),
        ("/runner/progress", post(runner::progress)),
        ("/trigger/gap-fill", post(dispatches::gap_fill)),
        ("/openapi.json", get(openapi::show)),
    ]
}
