//! What API Gateway does on AWS: one address for the functions' routers.
//!
//! Owns the listening socket, and which function an address belongs to. Never answers for a function.

use axum::Router;
use tokio::net::TcpListener;

/// The functions' routes behind one address; what is not the webhook's is the admin's.
pub(crate) fn router(door: webhook::State, office: admin::State) -> Router {
    webhook::router(door).fallback_service(admin::router(office))
}

/// Serves for as long as the system runs.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(error = %environment::chain(&error), "the front door is closed");
    }
}
