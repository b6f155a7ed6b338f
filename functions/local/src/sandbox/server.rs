//! Accepts connections on the loopback interface and serves them until the sandbox stops.
//!
//! The loop is our own because a scripted reset must end a connection without an answer, which a
//! service can only do by failing below the router. Never knows a route.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, Response};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::{Service, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::gate::ResetConnection;

/// Ends a connection without an answer.
#[derive(Debug, thiserror::Error)]
#[error("the connection is reset by a scripted fault")]
struct ScriptedReset;

/// Opens the loopback port; 0 takes any.
///
/// # Errors
/// When the port is taken.
pub(super) fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = std::net::TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    Ok((TcpListener::from_std(listener)?, address))
}

/// Serves for ever. Dropping the future ends the open connections too.
pub(super) async fn serve(listener: TcpListener, router: Router) {
    let mut connections = JoinSet::new();
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                connections.spawn(serve_connection(stream, router.clone()));
            }
            Err(error) => tracing::warn!(%error, "sandbox.accept_failed"),
        }
        while connections.try_join_next().is_some() {}
    }
}

async fn serve_connection(stream: TcpStream, router: Router) {
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request: Request<Incoming>| answer(router.clone(), request));
    let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    // A client that went away and a scripted reset end here alike; neither is the sandbox's
    // failure.
    if let Err(error) = connection.await {
        tracing::debug!(%error, "sandbox.connection_ended");
    }
}

async fn answer(
    router: TowerToHyperService<Router>,
    request: Request<Incoming>,
) -> Result<Response<Body>, ScriptedReset> {
    let Ok(response) = router.call(request).await;
    if response.extensions().get::<ResetConnection>().is_some() {
        return Err(ScriptedReset);
    }
    Ok(response)
}
