//! What the failure of a table means for a request.
//!
//! Owns that choice. Never words a cause: the log has it.

use aws::StoreError;
use web::{ApiError, Problem};

/// A table that is out may be back in a moment, a broken item will not mend.
#[must_use]
pub fn store_failed(error: StoreError) -> ApiError {
    match error {
        StoreError::Unavailable { .. } => ApiError::Unavailable(error.into()),
        StoreError::Corrupt { .. } => ApiError::Internal(error.into()),
        StoreError::ForeignCursor => Problem::bad_field("cursor", "send what `next` was, or leave it out").into(),
    }
}
