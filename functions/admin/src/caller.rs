//! Who calls: the session of a request, as a value that handlers ask for.
//!
//! Owns where a session's token stands, and what a browser must prove besides. A handler that takes [`SignedIn`]
//! can't be reached without one.

use axum::extract::FromRequestParts;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use web::{ApiError, Problem};

use crate::secret::AdminSecret;
use crate::session::{NoSession, Session};
use crate::state::State;

/// The cookie of a session. The prefix keeps other hosts and plain HTTP from setting it.
/// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes>
pub(crate) const SESSION_COOKIE: &str = "__Host-ai-implement";
pub(crate) const CSRF_HEADER: &str = "x-csrf-token";

/// Somebody who is signed in.
pub(crate) struct SignedIn {
    pub(crate) session: Session,
    /// The token against cross-site requests.
    pub(crate) csrf_token: String,
}

/// A session's token, by the way that it came.
enum Token<'a> {
    /// Sent by a program, on purpose.
    Bearer(&'a str),
    /// Sent by a browser, whatever page made it do so.
    Cookie(&'a str),
}

impl FromRequestParts<State> for SignedIn {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        let token = token(&parts.headers).ok_or_else(not_signed_in)?;
        let text = match token {
            Token::Bearer(text) | Token::Cookie(text) => text,
        };
        let now = state.clock.now();
        let mut secret = state.secret.current().await.map_err(no_secret)?;
        let mut session = Session::verify(text, &secret, now);
        if session == Err(NoSession::NotOurs) {
            // Another instance may have signed it with a key that has not arrived here.
            secret = state.secret.after_mismatch().await.map_err(no_secret)?;
            session = Session::verify(text, &secret, now);
        }
        let session = session.map_err(|_| not_signed_in())?;
        if matches!(token, Token::Cookie(_)) && !is_meant(&parts.method, &parts.headers, &session, &secret) {
            let detail =
                "A browser's session writes only with its token in the header `X-CSRF-Token`; GET /api/auth has it.";
            return Err(Problem::new(StatusCode::FORBIDDEN, "CSRF", detail).into());
        }
        let csrf_token = session.csrf_token(&secret);
        Ok(Self { session, csrf_token })
    }
}

/// A bearer is meant, so that a cookie beside it is of no matter.
fn token(headers: &HeaderMap) -> Option<Token<'_>> {
    if headers.contains_key(AUTHORIZATION) {
        return web::bearer(headers).map(Token::Bearer);
    }
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut sessions = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter(|(name, _)| *name == SESSION_COOKIE);
    match (sessions.next(), sessions.next()) {
        (Some((_, value)), None) => Some(Token::Cookie(value)),
        _ => None,
    }
}

/// Whether a browser's request was made by our own page: it reads, or it carries what only our page knows.
fn is_meant(method: &Method, headers: &HeaderMap, session: &Session, secret: &AdminSecret) -> bool {
    let given = headers.get(CSRF_HEADER).and_then(|value| value.to_str().ok());
    matches!(*method, Method::GET | Method::HEAD) || given.is_some_and(|given| session.is_csrf_token(given, secret))
}

fn not_signed_in() -> ApiError {
    let detail =
        "Sign in with POST /api/auth, then send the token as `Authorization: Bearer …`. A session lasts eight hours.";
    Problem::new(StatusCode::UNAUTHORIZED, "NOT_SIGNED_IN", detail).into()
}

/// The answer while there is no admin secret: nobody can be told from anybody else.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(crate) fn no_secret(error: aws::SecretError) -> ApiError {
    tracing::error!(error = %environment::chain(&error), "no admin secret");
    let detail = "The admin secret is missing or malformed; /healthz says which, and the log has its name.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NO_SECRET", detail).into()
}
