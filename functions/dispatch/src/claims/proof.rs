//! The proof of a run: GitHub's own token for one of its jobs, made for this control plane's claims.
//!
//! Owns that a handler which takes a [`Proof`] can't be reached without one. All that is wrong with it is answered in the
//! same words.

use axum::extract::FromRequestParts;
use http::StatusCode;
use http::request::Parts;
use oidc::{ActionsToken, OidcError};
use web::{ApiError, Problem};

use crate::state::State;

/// Whose run asks.
pub(crate) struct Proof(pub(crate) ActionsToken);

impl FromRequestParts<State> for Proof {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        let bearer = web::bearer(&parts.headers).ok_or_else(unproved)?;
        match state.verifier.verify(bearer, &state.public_url.claims_audience()).await {
            Ok(token) => Ok(Self(token)),
            Err(OidcError::Invalid(reason)) => {
                tracing::info!(reason, "a bearer is no token of a run");
                Err(unproved().into())
            }
            Err(error @ OidcError::Unavailable(_)) => Err(ApiError::Unavailable(error.into())),
        }
    }
}

fn unproved() -> Problem {
    let detail = "Send the run's GitHub OIDC token, made for the audience `<address of this control plane>/v1/claims`, as \
                  `Authorization: Bearer …`. The job needs `permissions: id-token: write`.";
    Problem::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", detail)
}
