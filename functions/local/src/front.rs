//! What API Gateway does on AWS: one address for the functions' routers.
//!
//! Owns the listening socket, and which function an address belongs to. Never answers for a function.

use axum::Router;
use tokio::net::TcpListener;

/// What API Gateway routes to the dispatch function.
const DESK: [&str; 4] = ["/v1/{*rest}", "/runner/{*rest}", "/trigger/gap-fill", "/openapi.json"];

/// The functions' routes behind one address, as the template has them; what is no other function's is the admin's.
pub(crate) fn router(door: webhook::State, desk: dispatch::State, office: admin::State) -> Router {
    let desk = dispatch::router(desk);
    let mut routes = webhook::router(door).fallback_service(admin::router(office));
    for path in DESK {
        routes = routes.route_service(path, desk.clone());
    }
    routes
}

/// Serves for as long as the system runs.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(error = %environment::chain(&error), "the front door is closed");
    }
}
