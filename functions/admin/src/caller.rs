//! Who calls: the session of a request, as a value that handlers ask for.
//!
//! Owns where a session's token stands, what a browser must prove besides, and that whoever signed in with GitHub is still
//! allowed. A handler that takes [`SignedIn`] can't be reached without one.

use axum::extract::FromRequestParts;
use http::header::{AUTHORIZATION, COOKIE};
use http::request::Parts;
use http::{HeaderMap, Method, StatusCode};
use web::{ApiError, Problem};

use crate::auth::{Denial, Dismissal};
use crate::secret::AdminSecret;
use crate::session::{NoSession, Session, Who};
use crate::state::State;

/// The cookie of a session. The prefix keeps other hosts and plain HTTP from setting it.
/// <https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Set-Cookie#cookie_prefixes>
pub(crate) const SESSION_COOKIE: &str = "__Host-ai-implement";
/// Where a browser's script proves that it is our page's; a form's field counts as this header.
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
        still_allowed(parts, state, &session).await?;
        let csrf_token = session.csrf_token(&secret);
        Ok(Self { session, csrf_token })
    }
}

/// Whoever signed in with GitHub may have left an organisation since.
async fn still_allowed(parts: &Parts, state: &State, session: &Session) -> Result<(), ApiError> {
    let Who::GitHub(user) = session.who() else { return Ok(()) };
    let standing = state.standings.check(state, user, session.began_at()).await;
    if matches!(standing, Err(Denial::NoLongerAllowed))
        && let Some(dismissal) = parts.extensions.get::<Dismissal>()
    {
        dismissal.announce();
    }
    standing.map_err(ApiError::from)
}

/// A bearer is meant, so that a cookie beside it is of no matter.
fn token(headers: &HeaderMap) -> Option<Token<'_>> {
    if headers.contains_key(AUTHORIZATION) {
        return web::bearer(headers).map(Token::Bearer);
    }
    cookie_of(headers, SESSION_COOKIE).map(Token::Cookie)
}

/// The value of a cookie, where a browser sends exactly one of that name.
pub(crate) fn cookie_of<'a>(headers: &'a HeaderMap, wanted: &str) -> Option<&'a str> {
    let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut values = cookies
        .flat_map(|value| value.split(';'))
        .filter_map(|cookie| cookie.trim().split_once('='))
        .filter_map(|(name, value)| (name == wanted).then_some(value));
    values.next().filter(|_| values.next().is_none())
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
