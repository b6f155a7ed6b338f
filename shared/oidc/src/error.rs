//! Why a token tells nothing, by what the caller does about it.
//!
//! Owns the words. Never holds a token or a part of one: what is said of it is written here, in the source.

use std::error::Error;
use std::sync::Arc;

use thiserror::Error;

/// A token that is not believed. Each variant is a reaction of the caller.
#[derive(Debug, Clone, Error)]
pub enum OidcError {
    /// It is refused, and will be. The reason is for the log: whoever sent the token is told nothing.
    #[error("the token is invalid: {0}")]
    Invalid(&'static str),
    /// It may well be good: the same token may be believed later.
    #[error("the issuer's keys can't be had")]
    Unavailable(#[source] Arc<FetchError>),
}

/// Why the issuer's keys could not be had.
#[derive(Debug, Error)]
#[error("{what}")]
pub struct FetchError {
    what: &'static str,
    #[source]
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl FetchError {
    pub(crate) const fn new(what: &'static str) -> Self {
        Self { what, source: None }
    }

    pub(crate) fn because(what: &'static str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self { what, source: Some(source.into()) }
    }
}
