//! What API Gateway does on AWS: one address for the functions' routers.
//!
//! Owns the listening socket, and which function an address belongs to. Never answers for a function.

use axum::Router;
use axum::extract::Request;
use tokio::net::TcpListener;
use tower::ServiceExt as _;

/// What is the dispatch function's, by how it begins.
const DESK: [&str; 4] = ["/v1/", "/runner/", "/trigger/", "/openapi.json"];

/// The functions' routes behind one address, as the template has them; what is no other function's is the admin's.
pub(crate) fn router(door: webhook::State, desk: dispatch::State, office: admin::State) -> Router {
    let (desk, office) = (dispatch::router(desk), admin::router(office));
    let behind = Router::new().fallback(move |request: Request| {
        let path = request.uri().path();
        let function = if DESK.iter().any(|begins| path.starts_with(begins)) { &desk } else { &office };
        function.clone().oneshot(request)
    });
    webhook::router(door).fallback_service(behind)
}

/// Serves for as long as the system runs.
pub(crate) async fn serve(listener: TcpListener, router: Router) {
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(error = %environment::chain(&error), "the front door is closed");
    }
}
