//! GitHub's webhook deliveries: verify, parse, enqueue, acknowledge.
//!
//! Owns the order of these four, and the answers that GitHub's delivery log shows. Holds a queue and a secret and
//! nothing else: no table, no GitHub client, no private key. Nothing is acknowledged before the queue has it, and
//! what is not for us leaves no trace.

mod answer;
mod receive;
mod state;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::routing::post;

pub use state::State;

/// No delivery that we act on comes near this size; Lambda itself ends at 6 MB, base64 included.
pub const MAX_BODY_BYTES: usize = 4 * 1024 * 1024;

/// The webhook's routes, the same on Lambda and in the local system.
pub fn router(state: State) -> Router {
    Router::new()
        .route("/webhooks/github", post(receive::receive))
        // The address that users of the reference product have configured.
        .route("/api/github/webhook", post(receive::receive))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .with_state(state)
}
