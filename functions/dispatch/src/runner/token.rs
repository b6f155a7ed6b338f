//! The token by which a run reports, as a value that handlers ask for.
//!
//! Owns that a handler which takes a [`Reporter`] can't be reached without one, and how each way of having none is
//! answered: in the codes that the reference product's runners know. Never remembers whether a token was used.

use axum::extract::FromRequestParts;
use domain::run_token::{BadRunToken, RunToken};
use http::StatusCode;
use http::request::Parts;
use web::{ApiError, Problem};

use crate::state::State;
use crate::store::no_secret;

/// Whose run reports.
pub(crate) struct Reporter(pub(crate) RunToken);

impl FromRequestParts<State> for Reporter {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        let bearer = web::bearer(&parts.headers).ok_or_else(not_ours)?;
        let (audience, now) = (state.public_url.runner_audience(), state.clock.now());
        let secret = state.run_secret.current().await.map_err(no_secret)?;
        let mut token = RunToken::verify(bearer, secret.key(), &audience, now);
        if token == Err(BadRunToken::NotOurs) {
            // The worker may have signed it with a key that has not arrived here.
            let secret = state.run_secret.after_mismatch().await.map_err(no_secret)?;
            token = RunToken::verify(bearer, secret.key(), &audience, now);
        }
        token.map(Self).map_err(|bad| refused(bad).into())
    }
}

/// The answer to whoever has no token of ours, whatever is wrong with it.
pub(super) fn not_ours() -> Problem {
    refused(BadRunToken::NotOurs)
}

fn refused(bad: BadRunToken) -> Problem {
    let (code, detail) = match bad {
        BadRunToken::NotOurs => {
            ("invalid_token", "Send the token that the run was given, as `Authorization: Bearer …`.")
        }
        BadRunToken::WrongAudience => ("wrong_audience", "The token was made for another control plane's address."),
        BadRunToken::Expired => ("expired", "The token is over; a run's token lasts as long as its job may."),
    };
    Problem::new(StatusCode::UNAUTHORIZED, code, detail)
}
