//! The token that an address names.
//!
//! Owns the answer to a text that can't be a token's id: there is nothing there, as with an id that nobody has.

use axum::extract::{FromRequestParts, Path};
use domain::api_token::ApiTokenId;
use http::request::Parts;
use web::Problem;

use super::missing;
use crate::state::State;

/// `{id}` of the address.
pub(crate) struct TokenPath(pub(crate) ApiTokenId);

impl FromRequestParts<State> for TokenPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let Path(id) = Path::<String>::from_request_parts(parts, state).await.map_err(|_| missing())?;
        id.parse().map(Self).map_err(|_| missing())
    }
}
