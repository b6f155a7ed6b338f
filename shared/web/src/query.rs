//! A query string, read as what a handler asks for.
//!
//! Owns nothing but the way there: what is wrong with one is told as of a body.

use axum::extract::{FromRequestParts, Query};
use http::request::Parts;
use serde::de::DeserializeOwned;

use crate::fault;
use crate::problem::Problem;

/// A request's query.
#[derive(Debug, Clone, Copy)]
pub struct QueryParameters<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for QueryParameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query =
            Query::<T>::try_from_uri(&parts.uri).map_err(|rejection| fault::of_query(&rejection.body_text()))?;
        Ok(Self(query.0))
    }
}
