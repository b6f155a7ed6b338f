//! Signing in with the access code.
//!
//! Owns the order: is there a code at all, is the source allowed another attempt, is it the code. An attempt is
//! counted before the code is looked at.

use std::sync::Arc;

use http::{HeaderMap, StatusCode};
use web::{ApiError, Problem, source};

use super::{cookie, count, forget_attempts};
use crate::caller::{SESSION_COOKIE, no_secret};
use crate::secret::AdminSecret;
use crate::session::{LIFE, Session, Who};
use crate::state::State;

/// Somebody who signed in just now.
pub(crate) struct SignedInNow {
    pub(super) session: Session,
    pub(super) secret: Arc<AdminSecret>,
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
    forget_attempts(&state.sign_ins, &source).await;
    let session = Session::begin(Who::AccessCode, state.clock.now());
    tracing::info!(subject = session.subject, source, "somebody signed in");
    let cookie = cookie(SESSION_COOKIE, &session.token(&secret), LIFE.as_secs());
    Ok(SignedInNow { session, secret, cookie })
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
    count(&state.sign_ins, source, state.clock.now()).await?;
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
