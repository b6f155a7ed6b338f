//! Why a handler has no answer, by what is done about it.
//!
//! Owns what is logged and what the caller gets to see of it. Never shows a cause to the caller.

use std::error::Error;

use axum::response::{IntoResponse, Response};
use http::StatusCode;

use crate::problem::Problem;

/// A failed request.
#[derive(Debug)]
pub enum ApiError {
    /// The caller can do something about it, and is told what. Nothing is logged.
    Problem(Problem),
    /// Something that we need is out: 503, and the cause is logged.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// A fault of ours: 500, and the cause is logged.
    Internal(Box<dyn Error + Send + Sync>),
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::Problem(problem)
    }
}

impl ApiError {
    /// What the caller gets to see of it, whatever form that has. The cause is logged here, and only here.
    #[must_use]
    pub fn into_problem(self) -> Problem {
        match self {
            Self::Problem(problem) => problem,
            Self::Unavailable(cause) => {
                tracing::error!(error = %environment::chain(&*cause), "a request failed: something is out");
                let detail = "A service that this needs did not answer. Try again in a moment; the log has the cause.";
                Problem::new(StatusCode::SERVICE_UNAVAILABLE, "UNAVAILABLE", detail)
            }
            Self::Internal(cause) => {
                tracing::error!(error = %environment::chain(&*cause), "a request failed");
                let detail = "Something is wrong on our side; the log has the cause.";
                Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "INTERNAL", detail)
            }
        }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        self.into_problem().into_response()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_cause_is_never_shown() {
        let cause = || Box::<dyn Error + Send + Sync>::from("arn:aws:secretsmanager:hunter2");
        for (error, status) in [(ApiError::Internal(cause()), 500), (ApiError::Unavailable(cause()), 503)] {
            let (parts, body) = error.into_response().into_parts();
            let body = to_bytes(body, usize::MAX).await.expect("a whole body");
            let body = String::from_utf8(body.to_vec()).expect("a text");
            assert!(parts.status == status && !body.contains("hunter2"), "{body}");
        }
    }
}
