//! Signing in, asking who one is, signing out.
//!
//! Owns what is the same for both ways in: the session's cookie, and how often one may try. Each way's own order is in
//! its file. Never logs a code or a token.

mod access_code;
mod denial;
mod dismissal;
mod github;
mod let_in;
mod pending;
mod standing;

use std::time::Duration;

use aws::{Attempt, Attempts};
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use jiff::Timestamp;
use records::store_failed;
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use web::{ApiError, JsonBody, Problem};

pub(crate) use access_code::{SignedInNow, with_access_code};
pub(crate) use denial::{Denial, explain};
pub(crate) use dismissal::{Dismissal, dismiss};
pub(crate) use github::{CALLBACK, back_from_github, to_github};
pub(crate) use standing::Standings;

use crate::caller::{SESSION_COOKIE, SignedIn};
use crate::session::Session;
use crate::state::State;

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

/// How one can sign in here.
pub(crate) struct Ways {
    pub(crate) github: bool,
    pub(crate) access_code: bool,
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

/// `GET /api/auth`
pub(crate) async fn who_am_i(SignedIn { session, csrf_token }: SignedIn) -> Response {
    let expires_at = session.expires_at();
    Json(Shown { token: None, csrf_token: &csrf_token, expires_at, subject: &session.subject }).into_response()
}

/// `DELETE /api/auth`
pub(crate) async fn sign_out(SignedIn { session, .. }: SignedIn) -> Response {
    (StatusCode::NO_CONTENT, [(SET_COOKIE, forgotten(&session))]).into_response()
}

/// The header by which a browser forgets a session. A token that was copied elsewhere lasts until its end.
pub(crate) fn forgotten(session: &Session) -> String {
    tracing::info!(subject = session.subject, "somebody signed out");
    cookie(SESSION_COOKIE, "", 0)
}

/// The ways in, as far as the secrets and the settings say.
pub(crate) async fn ways(state: &State) -> Ways {
    let app = state.sign_in_app.current().await;
    let secret = state.secret.current().await;
    Ways {
        github: !state.allow.is_empty() && app.is_ok_and(|app| app.credentials().is_some()),
        // Without the secret, the attempt tells more than a form that isn't there.
        access_code: secret.map_or(true, |secret| secret.has_access_code()),
    }
}

/// A cookie that no other host, no page's script and no plain HTTP gets at.
///
/// Links to us in comments and GitHub's way back must arrive signed in, so that `SameSite` is `Lax`: other sites can make
/// a browser read here, and reading changes nothing. Every write takes the session's token against cross-site requests.
fn cookie(name: &str, value: &str, seconds: i64) -> String {
    format!("{name}={value}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age={seconds}")
}

/// Counts an attempt to get in, and refuses it where there were too many.
async fn count(attempts: &Attempts, source: &str, now: Timestamp) -> Result<(), ApiError> {
    let Attempt::Blocked { until } = attempts.attempt(source, now).await.map_err(store_failed)? else {
        return Ok(());
    };
    tracing::warn!(source, "too many attempts to sign in");
    let wait = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    let detail = "Too many attempts from your address. Wait for the time in `retry-after`, in seconds.";
    Err(Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail).with_retry_after(wait).into())
}

/// Forgets a source's attempts: one of them was right.
async fn forget_attempts(attempts: &Attempts, source: &str) {
    if let Err(error) = attempts.succeeded(source).await {
        // They are signed in all the same; the failures before it count on until their window ends.
        tracing::warn!(error = %environment::chain(&error), "failed attempts are not forgotten");
    }
}
