//! The answers of the webhook: what GitHub's delivery log shows to whoever looks for a lost comment.
//!
//! Owns statuses, codes and words. Tells a caller without a valid signature nothing but that.

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::webhook::event::Ignored;
use http::StatusCode;
use serde_json::json;
use web::Problem;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// The queue has it.
    Accepted,
    /// The hook works.
    Pong,
    /// Not for us.
    Ignored(Ignored),
    /// Not signed by GitHub.
    BadSignature,
    /// Signed, and not readable.
    BadPayload,
    /// Over the size limit.
    TooLarge,
    /// There is no secret to check a signature with.
    NoSecret,
    /// The queue did not take it; GitHub's redelivery may.
    QueueUnavailable,
}

impl Answer {
    pub(crate) const fn status(self) -> StatusCode {
        match self {
            Self::Accepted => StatusCode::ACCEPTED,
            Self::Pong | Self::Ignored(_) => StatusCode::OK,
            Self::BadSignature => StatusCode::UNAUTHORIZED,
            Self::BadPayload => StatusCode::BAD_REQUEST,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::NoSecret | Self::QueueUnavailable => StatusCode::SERVICE_UNAVAILABLE,
        }
    }

    /// The stable word for the log and the body.
    pub(crate) const fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Pong => "pong",
            Self::Ignored(ignored) => ignored.code(),
            Self::BadSignature => "BAD_SIGNATURE",
            Self::BadPayload => "BAD_PAYLOAD",
            Self::TooLarge => "TOO_LARGE",
            Self::NoSecret => "NO_SECRET",
            Self::QueueUnavailable => "QUEUE_UNAVAILABLE",
        }
    }

    const fn detail(self) -> &'static str {
        match self {
            Self::BadSignature => "The body is not signed with a secret of this webhook.",
            Self::BadPayload => "The body is signed, and is not a payload of the event that the header names.",
            Self::TooLarge => "The body is over 4 MiB.",
            Self::NoSecret => "The webhook secret is missing or malformed; the log has its name.",
            Self::QueueUnavailable => "The delivery was not stored; deliver it again.",
            Self::Accepted | Self::Pong | Self::Ignored(_) => "",
        }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        match self {
            Self::Accepted | Self::Pong => (self.status(), Json(json!({"status": self.code()}))).into_response(),
            Self::Ignored(_) => {
                (self.status(), Json(json!({"status": "ignored", "reason": self.code()}))).into_response()
            }
            problem => Problem::new(problem.status(), problem.code(), problem.detail()).into_response(),
        }
    }
}
