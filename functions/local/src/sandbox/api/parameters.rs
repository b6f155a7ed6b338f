//! Path and query parameters, refused in GitHub's way: an id that is no number is simply not found.

use axum::extract::{FromRequestParts, Path, Query};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use crate::sandbox::github_error::GithubError;

/// The parameters of the path.
pub(super) struct FromPath<T>(pub(super) T);

/// The parameters of the query.
pub(super) struct FromQuery<T>(pub(super) T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for FromPath<T> {
    type Rejection = GithubError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, GithubError> {
        let path = Path::<T>::from_request_parts(parts, state).await;
        path.map(|Path(value)| Self(value)).map_err(|_| GithubError::not_found())
    }
}

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for FromQuery<T> {
    type Rejection = GithubError;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, GithubError> {
        let query = Query::<T>::try_from_uri(&parts.uri);
        query
            .map(|Query(value)| Self(value))
            .map_err(|refusal| GithubError::unprocessable(format!("Invalid request.\n\n{refusal}")))
    }
}
