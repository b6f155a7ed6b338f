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

/// What the secrets that are well-formed leave out. Nothing is said of one that doesn't show itself in time: the report does.
pub(super) async fn of_secrets(state: &State, limit: Duration) -> Vec<String> {
    let ways_in = async { tokio::join!(state.github.has_sign_in(), state.secret.current()) };
    let Ok((has_sign_in, admin_secret)) = tokio::time::timeout(limit, Box::pin(ways_in)).await else {
        return Vec::new();
    };
    let has_sign_in = has_sign_in.inspect_err(|error| log(error)).ok();
    let has_access_code = admin_secret.inspect_err(|error| log(error)).ok().map(|secret| secret.has_access_code());
    let mut problems = Vec::new();
    if has_sign_in == Some(false) {
        problems.push(
            "Nobody can sign in with GitHub: the github-app secret has no `client_id` or no `client_secret`."
                .to_owned(),
        );
        if has_access_code == Some(false) {
            problems
                .push("Nobody can sign in at all when this session ends: there is no access code either.".to_owned());
        }
    }
    problems
}
