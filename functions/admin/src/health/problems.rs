//! What is not set up as it should be, in sentences that say what follows.
//!
//! Owns those sentences. What is missing by choice, such as an access code beside signing in with GitHub, is no problem.

use std::time::Duration;

use super::{Report, Status, log};
use crate::state::State;

/// What the public report says is wrong.
pub(super) fn of_report(report: &Report) -> Vec<String> {
    let wrong = report.checks.iter().filter(|check| check.status != Status::Ok);
    wrong.map(|check| format!("The {}: {}", check.name, check.detail)).collect()
}

/// What keeps people from signing in.
pub(super) async fn of_signing_in(state: &State, limit: Duration) -> Vec<String> {
    let (has_sign_in, has_access_code) = ways_in(state, limit).await;
    let mut problems = Vec::new();
    if has_sign_in == Some(false) {
        let lacking = "the github-app secret has no `client_id` or no `client_secret`";
        problems.push(format!("Nobody can sign in with GitHub: {lacking}."));
    }
    if let Some(error) = &state.allow_error {
        problems.push(format!("Nobody can sign in with GitHub: {error}."));
    } else if state.allow.is_empty() && has_sign_in == Some(true) {
        let both = "`client_id` and `client_secret` are there, and ADMIN_ALLOW lists nobody";
        problems.push(format!("Nobody can sign in with GitHub: {both}."));
    }
    let is_shut_at_github = has_sign_in == Some(false) || state.allow.is_empty();
    if is_shut_at_github && has_access_code == Some(false) {
        problems.push("Nobody can sign in at all when this session ends: there is no access code either.".to_owned());
    }
    problems
}

/// Whether there is what signing in with GitHub takes of its secret, and whether there is an access code. Nothing is known of
/// a secret that doesn't show itself in time: the report tells of it.
async fn ways_in(state: &State, limit: Duration) -> (Option<bool>, Option<bool>) {
    let secrets = async { tokio::join!(state.github.has_sign_in(), state.secret.current()) };
    let Ok((has_sign_in, admin_secret)) = tokio::time::timeout(limit, Box::pin(secrets)).await else {
        return (None, None);
    };
    let has_sign_in = has_sign_in.inspect_err(|error| log(error)).ok();
    let has_access_code = admin_secret.inspect_err(|error| log(error)).ok().map(|secret| secret.has_access_code());
    (has_sign_in, has_access_code)
}
