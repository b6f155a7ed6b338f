//! What API Gateway does on AWS: one address for the functions' routers.
//!
//! Owns the listening socket and `/healthz`. Never answers for a function.

use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use tokio::net::TcpListener;

/// The functions' routes behind one address.
pub(crate) fn router(door: webhook::State) -> Router {
    webhook::router(door).route("/healthz", get(health))
}

/// Serves for as long as the system runs.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(error = %environment::chain(&error), "the front door is closed");
    }
}

async fn health() -> Json<Value> {
    Json(json!({"status": "ok", "version": env!("CARGO_PKG_VERSION")}))
}
