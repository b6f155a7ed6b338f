//! The end of a session in the browser of somebody who is no longer allowed.
//!
//! Owns that their cookie is taken, whatever form the answer has. Never judges them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::extract::Request;
use axum::middleware::Next;
use axum::response::Response;
use http::header::SET_COOKIE;

use super::cookie;
use crate::caller::SESSION_COOKIE;

/// Whether the session of a request is over before its end; it goes along with the request.
#[derive(Clone, Default)]
pub(crate) struct Dismissal(Arc<AtomicBool>);

impl Dismissal {
    /// It is.
    pub(crate) fn announce(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Takes the cookie where a handler or an extractor announced it.
pub(crate) async fn dismiss(mut request: Request, next: Next) -> Response {
    let dismissal = Dismissal::default();
    request.extensions_mut().insert(dismissal.clone());
    let mut response = next.run(request).await;
    if dismissal.0.load(Ordering::Relaxed)
        && let Ok(nothing) = cookie(SESSION_COOKIE, "", 0).try_into()
    {
        response.headers_mut().append(SET_COOKIE, nothing);
    }
    response
}
