//! Whoever looks at a page.
//!
//! Owns where somebody without a session is led: to sign in, and back to what they wanted to see.

use axum::extract::FromRequestParts;
use axum::response::{IntoResponse as _, Redirect, Response};
use http::StatusCode;
use http::request::Parts;
use web::ApiError;

use super::failure::Failure;
use super::sign_in;
use crate::caller::SignedIn;
use crate::state::State;

/// The code of whoever has no session, or one that is over.
pub(super) const NOT_SIGNED_IN: &str = "NOT_SIGNED_IN";

/// The header of a request that a live part of a page makes.
const LIVE: &str = "hx-request";

/// Somebody who is signed in and looks at a page.
pub(super) struct Visitor(pub(super) SignedIn);

impl FromRequestParts<State> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Response> {
        match SignedIn::from_request_parts(parts, state).await {
            Ok(signed_in) => Ok(Self(signed_in)),
            // A part of a page that asks again must not become a form in its middle.
            Err(error) if is_signed_out(&error) && !parts.headers.contains_key(LIVE) => {
                let wanted = parts.uri.path_and_query().map_or("/admin", |it| it.as_str());
                let problem = error.into_problem();
                // Who was never signed in needs no explanation.
                let why = if problem.code() == NOT_SIGNED_IN { "" } else { problem.code() };
                Err(Redirect::to(&sign_in::address(wanted, why)).into_response())
            }
            Err(error) => Err(Failure::from(error).into_response()),
        }
    }
}

/// Whether it is for want of a session, and not because something is out.
pub(super) fn is_signed_out(error: &ApiError) -> bool {
    matches!(error, ApiError::Problem(problem) if problem.status() == StatusCode::UNAUTHORIZED)
}
