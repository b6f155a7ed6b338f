//! The claim that an address names.
//!
//! Owns the answer to a text that can't be a claim's id: there is nothing there, as with an id that nobody has.

use axum::extract::{FromRequestParts, Path};
use domain::claim::ClaimId;
use http::StatusCode;
use http::request::Parts;
use web::Problem;

/// `{id}` of the address.
#[derive(Debug)]
pub struct ClaimPath(
    /// The id.
    pub ClaimId,
);

impl<S: Send + Sync> FromRequestParts<S> for ClaimPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| no_claim())?;
        id.parse().map(Self).map_err(|_| no_claim())
    }
}

/// The answer to an id that nobody has, and to one that the caller may not know of.
#[must_use]
pub fn no_claim() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no dispatch with this id.")
}
