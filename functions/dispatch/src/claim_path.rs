//! The claim that an address names.
//!
//! Owns the answer to a text that can't be a claim's id: there is nothing there, as with an id that nobody has.

use axum::extract::{FromRequestParts, Path};
use domain::claim::ClaimId;
use http::StatusCode;
use http::request::Parts;
use web::Problem;

use crate::state::State;

/// `{id}` of the address.
pub(crate) struct ClaimPath(pub(crate) ClaimId);

impl FromRequestParts<State> for ClaimPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| missing())?;
        id.parse().map(Self).map_err(|_| missing())
    }
}

/// The answer to an id that nobody has, and to one that the caller may not know of.
pub(crate) fn missing() -> Problem {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no dispatch with this id.")
}
