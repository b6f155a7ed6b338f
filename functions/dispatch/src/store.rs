//! What a failure of GitHub or of a secret means for a request.
//!
//! Owns that choice. Never words a cause: the log has it.

use std::time::Duration;

use aws::SecretError;
use domain::refusal::Refusal;
use github::GitHubError;
use github_app::AccessError;
use http::StatusCode;
use web::{ApiError, Problem};

/// What GitHub asks for where it names no time.
const A_MINUTE: Duration = Duration::from_mins(1);

/// What GitHub will not do for us is told, what it can't do now is tried again by the caller.
pub(crate) fn github_failed(error: GitHubError) -> ApiError {
    let refusal = match error {
        GitHubError::NotInstalled { .. } => Refusal::AppNotInstalled,
        GitHubError::Forbidden { message } => Refusal::AppPermissionMissing(message),
        GitHubError::NotFound { message } | GitHubError::Rejected { message, .. } => Refusal::GithubRejected(message),
        GitHubError::RateLimited { retry_after } => {
            let detail = "GitHub limits the App just now.";
            let problem = Problem::new(StatusCode::SERVICE_UNAVAILABLE, "RATE_LIMITED", detail);
            return problem.with_retry_after(retry_after.unwrap_or(A_MINUTE)).into();
        }
        transient => return ApiError::Unavailable(transient.into()),
    };
    conflict(&refusal).into()
}

/// Without the App's credentials nothing can be asked.
pub(crate) fn no_access(error: AccessError) -> ApiError {
    ApiError::Unavailable(error.into())
}

/// Without the runs' key nothing can be signed, and nobody told from anybody else.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` hands over")]
pub(crate) fn no_secret(error: SecretError) -> ApiError {
    tracing::error!(error = %environment::chain(&error), "no secret of the runs");
    let detail = "The secret of runs is missing or malformed; the log has its name.";
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, "NO_SECRET", detail).into()
}

/// A refusal in the words that everybody gets.
pub(crate) fn conflict(refusal: &Refusal) -> Problem {
    refused(StatusCode::CONFLICT, refusal)
}

/// The same, with a status of its own.
pub(crate) fn refused(status: StatusCode, refusal: &Refusal) -> Problem {
    Problem::new(status, refusal.code(), refusal.to_string())
}
