//! Signing in with the access code, asking who one is, signing out.
//!
//! Owns the order: is there a code at all, is the source allowed another attempt, is it the code. An attempt is
//! counted before the code is looked at. Never logs a code or a token.

use std::sync::Arc;
use std::time::Duration;

use aws::Attempt;
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use records::store_failed;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use web::{ApiError, JsonBody, Problem, source};

use crate::caller::{SESSION_COOKIE, SignedIn, no_secret};
use crate::secret::AdminSecret;
use crate::session::{LIFE, Session};
use crate::state::State;

/// Whoever holds the access code; it tells nobody apart.
const SUBJECT: &str = "access-code";

/// The body of a sign-in.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct SignIn {
    access_code: SecretString,
}

/// What one gets to know of one's session.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Shown<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    token: Option<&'a str>,
    csrf_token: &'a str,
    expires_at: Timestamp,
    subject: &'a str,
}

/// `POST /api/auth`
pub(crate) async fn sign_in(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    JsonBody(SignIn { access_code }): JsonBody<SignIn>,
) -> Result<Response, ApiError> {
    let SignedInNow { session, secret, cookie } =
        with_access_code(&state, &headers, access_code.expose_secret()).await?;
    let token = session.token(&secret);
    let csrf_token = session.csrf_token(&secret);
    let shown = Shown {
        token: Some(&token),
        csrf_token: &csrf_token,
        expires_at: session.expires_at(),
        subject: &session.subject,
    };
    Ok(([(SET_COOKIE, cookie)], Json(shown)).into_response())
}

/// Somebody who signed in just now.
pub(crate) struct SignedInNow {
    session: Session,
    secret: Arc<AdminSecret>,
    /// The header that gives a browser the session.
    pub(crate) cookie: String,
}

/// Signs somebody in who knows the access code.
pub(crate) async fn with_access_code(
    state: &State,
    headers: &HeaderMap,
    access_code: &str,
) -> Result<SignedInNow, ApiError> {
    let source = source(headers);
    let secret = admitted(state, &source, access_code).await?;
    if let Err(error) = state.sign_ins.succeeded(&source).await {
        // They are signed in all the same; the failures before it count on until their window ends.
        tracing::warn!(error = %environment::chain(&error), "failed attempts are not forgotten");
    }
    let session = Session::begin(SUBJECT, state.clock.now());
    tracing::info!(subject = session.subject, source, "somebody signed in");
    let cookie = cookie(&session.token(&secret), LIFE.as_secs());
    Ok(SignedInNow { session, secret, cookie })
}

/// How one can sign in here.
pub(crate) struct Ways {
    pub(crate) github: bool,
    pub(crate) access_code: bool,
}

/// How one can sign in here, as far as the secrets say.
pub(crate) async fn ways(_: &State) -> Ways {
    Ways { github: false, access_code: true }
}

pub(crate) fn explain(_: &str) -> Option<String> {
    None
}

pub(crate) fn forgotten(_: &Session) -> String {
    cookie("", 0)
}

/// `GET /api/auth`
pub(crate) async fn who_am_i(SignedIn { session, csrf_token }: SignedIn) -> Response {
    let expires_at = session.expires_at();
    Json(Shown { token: None, csrf_token: &csrf_token, expires_at, subject: &session.subject }).into_response()
}

/// `DELETE /api/auth`: the browser forgets its token. A token that was copied elsewhere lasts until its end.
pub(crate) async fn sign_out(SignedIn { session, .. }: SignedIn) -> Response {
    tracing::info!(subject = session.subject, "somebody signed out");
    (StatusCode::NO_CONTENT, [(SET_COOKIE, cookie("", 0))]).into_response()
}

/// The secret to sign a session with, for somebody who knows the access code.
async fn admitted(state: &State, source: &str, given: &str) -> Result<Arc<AdminSecret>, ApiError> {
    let mut secret = state.secret.current().await.map_err(no_secret)?;
    if !secret.has_access_code() {
        // One may have been put a moment ago.
        secret = state.secret.after_mismatch().await.map_err(no_secret)?;
    }
    if !secret.has_access_code() {
        let detail = "Signing in with an access code is switched off. Put one into the admin secret to switch it on.";
        return Err(Problem::new(StatusCode::FORBIDDEN, "ACCESS_CODE_DISABLED", detail).into());
    }
    let now = state.clock.now();
    if let Attempt::Blocked { until } = state.sign_ins.attempt(source, now).await.map_err(store_failed)? {
        tracing::warn!(source, "too many attempts to sign in");
        let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
        let detail = "Too many attempts from your address. Wait for the time in `retry-after`, in seconds.";
        return Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail).with_retry_after(wait).into());
    }
    if secret.is_access_code(given) {
        return Ok(secret);
    }
    let reread = state.secret.after_mismatch().await.map_err(no_secret)?;
    if reread.is_access_code(given) {
        return Ok(reread);
    }
    tracing::warn!(source, "a wrong access code");
    let detail = "That is not the access code. It is in the admin secret, as `access_code`.";
    Err(Problem::new(StatusCode::UNAUTHORIZED, "BAD_ACCESS_CODE", detail).into())
}

fn cookie(token: &str, seconds: i64) -> String {
    format!("{SESSION_COOKIE}={token}; HttpOnly; Secure; SameSite=Strict; Path=/; Max-Age={seconds}")
}
