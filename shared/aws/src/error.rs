//! What can go wrong with a table.
//!
//! Owns the distinctions that callers and the log make: the table is out, an item in it is broken, or the caller's
//! cursor is. Never decides what follows.

use std::error::Error;

use aws_sdk_dynamodb::error::SdkError;
use thiserror::Error;

/// A failed access to a table.
#[derive(Debug, Error)]
pub enum StoreError {
    /// DynamoDB could not be reached, throttled us, or was busy with the same items.
    #[error("DynamoDB could not {operation}")]
    Unavailable {
        /// What was tried.
        operation: &'static str,
        /// Why it failed.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// An item has a shape that this release doesn't know.
    #[error("the item {key} has an unknown shape")]
    Corrupt {
        /// Its partition key.
        key: String,
        /// What is odd about it.
        #[source]
        source: Box<dyn Error + Send + Sync>,
    },
    /// A list was asked to go on from a place that it never named.
    #[error("the cursor is none of this list's")]
    ForeignCursor,
}

impl StoreError {
    /// Others wrote the same items at every attempt.
    pub(crate) fn contended(operation: &'static str) -> Self {
        Self::Unavailable { operation, source: "others wrote the same items at every attempt".into() }
    }

    pub(crate) fn unavailable<E, R>(operation: &'static str) -> impl FnOnce(SdkError<E, R>) -> Self
    where
        E: Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        move |error| Self::Unavailable { operation, source: Box::new(error) }
    }

    /// Whether a conditional write was made: a condition that doesn't hold is an answer, not a failure.
    pub(crate) fn written<T, E, R>(
        answer: Result<T, SdkError<E, R>>,
        does_not_hold: fn(&E) -> bool,
        operation: &'static str,
    ) -> Result<bool, Self>
    where
        E: Error + Send + Sync + 'static,
        R: std::fmt::Debug + Send + Sync + 'static,
    {
        match answer {
            Ok(_) => Ok(true),
            Err(error) if error.as_service_error().is_some_and(does_not_hold) => Ok(false),
            Err(error) => Err(Self::unavailable(operation)(error)),
        }
    }

    pub(crate) fn corrupt(key: &str, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Corrupt { key: key.to_owned(), source: source.into() }
    }
}
