//! Signing in with GitHub.
//!
//! Owns the order: is the sign-in that comes back the one that was begun in this browser, is the source allowed another
//! attempt, who is it by GitHub's word, are they let in. Nothing is asked of GitHub, and no attempt is counted, for what
//! another site made a browser send. Never logs a code, a state or a token.

use std::time::Duration;

use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use github::{Authorization, OAuthCredentials, OAuthError, User};
use http::HeaderMap;
use http::header::{ACCEPT, SET_COOKIE};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use web::{ApiError, QueryParameters, source};

use super::denial::Denial;
use super::let_in::is_let_in;
use super::pending::Pending;
use super::{cookie, count, forget_attempts};
use crate::caller::{SESSION_COOKIE, no_secret};
use crate::session::{LIFE, Session, Who};
use crate::state::State;

/// Where GitHub sends the browser back, below the public address. It stands in the App's settings.
pub(crate) const CALLBACK: &str = "/api/auth/github/callback";
/// All calls that tell who it is, together.
const IDENTIFYING_LIMIT: Duration = Duration::from_secs(8);
/// What GitHub calls it when somebody declines.
const DECLINED: &str = "access_denied";

/// A sign-in that was begun.
pub(crate) struct Begun {
    /// Where the browser goes.
    pub(crate) location: String,
    /// The header by which it remembers.
    pub(crate) cookie: String,
}

/// Somebody who came back and was let in.
pub(crate) struct Finished {
    /// The header that gives the browser the session.
    pub(crate) cookie: String,
    /// Where it goes.
    pub(crate) return_to: String,
}

#[derive(Deserialize)]
pub(crate) struct Wish {
    #[serde(default)]
    return_to: String,
}

/// What GitHub sends a browser back with.
#[derive(Default, Deserialize)]
pub(crate) struct ComeBack {
    #[serde(default)]
    state: String,
    code: Option<SecretString>,
    error: Option<String>,
}

/// `GET /api/auth/github`
pub(crate) async fn to_github(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    QueryParameters(wish): QueryParameters<Wish>,
) -> Response {
    match begin(&state, &wish.return_to).await {
        Ok(Begun { location, cookie }) => ([(SET_COOKIE, cookie)], Redirect::to(&location)).into_response(),
        Err(error) => told(&headers, error),
    }
}

/// `GET /api/auth/github/callback`: the browser forgets the sign-in, however it ends.
pub(crate) async fn back_from_github(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    QueryParameters(come_back): QueryParameters<ComeBack>,
) -> Response {
    let mut response = match finish(&state, &headers, &come_back).await {
        Ok(Finished { cookie, return_to }) => ([(SET_COOKIE, cookie)], Redirect::to(&return_to)).into_response(),
        Err(error) => told(&headers, error),
    };
    let nothing = Pending::forgotten().try_into().expect("a cookie without a value is a header value");
    response.headers_mut().append(SET_COOKIE, nothing);
    response
}

/// Begins a sign-in that ends at one of the admin's pages.
pub(crate) async fn begin(state: &State, return_to: &str) -> Result<Begun, ApiError> {
    let credentials = credentials(state).await?;
    let secret = state.secret.current().await.map_err(no_secret)?;
    let pending = Pending::begin(return_to, state.clock.now());
    let redirect_uri = redirect_uri(state);
    let authorization = Authorization { redirect_uri: &redirect_uri, code_verifier: &pending.code_verifier };
    let location = credentials.authorize_url(&state.web_url, authorization, &pending.state);
    Ok(Begun { location, cookie: pending.cookie(&secret) })
}

/// Ends a sign-in, for a browser that came back.
pub(crate) async fn finish(state: &State, headers: &HeaderMap, come_back: &ComeBack) -> Result<Finished, ApiError> {
    let pending = pending(state, headers, &come_back.state).await?;
    let code = match (&come_back.code, come_back.error.as_deref()) {
        (_, Some(DECLINED)) => return Err(Denial::Cancelled.into()),
        (_, Some(error)) => return Err(misconfigured(error)),
        (None, None) => return Err(Denial::Expired.into()),
        (Some(code), None) => code.expose_secret(),
    };
    let source = source(headers);
    count(&state.github_sign_ins, &source, state.clock.now()).await?;
    let user = identify(state, &pending, code).await?;
    if !is_let_in(state, &user).await.map_err(unknown)? {
        tracing::warn!(subject = %format_args!("@{}", user.login), github.id = %user.id, source, "somebody is not allowed");
        return Err(Denial::NotAllowed.into());
    }
    forget_attempts(&state.github_sign_ins, &source).await;
    let id = user.id;
    let session = Session::begin(Who::GitHub(user), state.clock.now());
    tracing::info!(subject = session.subject, github.id = %id, source, "somebody signed in");
    let secret = state.secret.current().await.map_err(no_secret)?;
    let cookie = cookie(SESSION_COOKIE, &session.token(&secret), LIFE.as_secs());
    Ok(Finished { cookie, return_to: pending.return_to })
}

/// The sign-in that was begun in this browser and that this state belongs to.
async fn pending(state: &State, headers: &HeaderMap, given: &str) -> Result<Pending, ApiError> {
    let now = state.clock.now();
    let secret = state.secret.current().await.map_err(no_secret)?;
    if let Some(pending) = Pending::of(headers, given, &secret, now) {
        return Ok(pending);
    }
    // Another instance may have signed it with a key that has not arrived here.
    let secret = state.secret.after_mismatch().await.map_err(no_secret)?;
    Pending::of(headers, given, &secret, now).ok_or_else(|| Denial::Expired.into())
}

/// Who it is, by GitHub's word.
async fn identify(state: &State, pending: &Pending, code: &str) -> Result<User, ApiError> {
    let credentials = credentials(state).await?;
    let app = state.github.oauth(&state.web_url, credentials).map_err(|error| ApiError::Internal(error.into()))?;
    let redirect_uri = redirect_uri(state);
    let authorization = Authorization { redirect_uri: &redirect_uri, code_verifier: &pending.code_verifier };
    let asked = tokio::time::timeout(IDENTIFYING_LIMIT, Box::pin(app.user(authorization, code))).await;
    match asked {
        Ok(Ok(user)) => Ok(user),
        Ok(Err(OAuthError::BadCode)) => Err(Denial::Expired.into()),
        Ok(Err(OAuthError::Misconfigured { code })) => {
            // The client secret may have been rotated: the next attempt has what is there now.
            let _ = state.sign_in_app.after_mismatch().await;
            Err(misconfigured(&code))
        }
        Ok(Err(OAuthError::GitHub(error))) => Err(unknown(error.into())),
        Err(_) => Err(unknown(format!("no answer within {IDENTIFYING_LIMIT:?}").into())),
    }
}

/// The App's part of a sign-in, where that is on.
async fn credentials(state: &State) -> Result<OAuthCredentials, ApiError> {
    if state.allow.is_empty() {
        return Err(Denial::Off.into());
    }
    let mut app = state.sign_in_app.current().await.map_err(no_app_secret)?;
    if app.credentials().is_none() {
        // They may have been put a moment ago.
        app = state.sign_in_app.after_mismatch().await.map_err(no_app_secret)?;
    }
    Ok(app.credentials().cloned().ok_or(Denial::Off)?)
}

fn redirect_uri(state: &State) -> String {
    format!("{}{CALLBACK}", state.public_url.as_str())
}

fn misconfigured(word: &str) -> ApiError {
    tracing::error!(error = word, "GitHub does not let people sign in with the App");
    Denial::Misconfigured.into()
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn unknown(error: super::let_in::Unknown) -> ApiError {
    tracing::error!(error = %environment::chain(&*error), "GitHub can't be asked who signs in");
    Denial::GitHubOut.into()
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
fn no_app_secret(error: aws::SecretError) -> ApiError {
    tracing::error!(error = %environment::chain(&error), "no App secret");
    Denial::GitHubOut.into()
}

/// A browser is led to the page that explains a problem; a program gets the problem.
fn told(headers: &HeaderMap, error: ApiError) -> Response {
    let problem = error.into_problem();
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    if accepted.flat_map(|value| value.split(',')).any(|kind| kind.trim().starts_with("text/html")) {
        return Redirect::to(&format!("/admin/sign-in?problem={}", problem.code())).into_response();
    }
    problem.into_response()
}
