//! A token's public id.
//!
//! Owns its text form. Never a secret, and never made from one: whoever knows it can name a token and not use it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use ulid::Ulid;

/// A token's id: a ULID, so that ids sort by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiTokenId(Ulid);

/// The text is no token's id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a token's id: 26 characters of Crockford's base 32")]
pub struct ApiTokenIdError;

impl ApiTokenId {
    /// Makes an id from the time in milliseconds since 1970 and 80 random bits.
    #[must_use]
    pub const fn from_parts(unix_milliseconds: u64, random: u128) -> Self {
        Self(Ulid::from_parts(unix_milliseconds, random))
    }
}

impl fmt::Display for ApiTokenId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for ApiTokenId {
    type Err = ApiTokenIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ulid::from_string(text).map(Self).map_err(|_| ApiTokenIdError)
    }
}

impl TryFrom<String> for ApiTokenId {
    type Error = ApiTokenIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ApiTokenId> for String {
    fn from(id: ApiTokenId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_as_it_is_written() {
        let id = ApiTokenId::from_parts(1_800_000_000_000, 42);
        assert_eq!(id.to_string().parse(), Ok(id));
    }

    #[test]
    fn later_ids_sort_behind_earlier_ones() {
        let [earlier, later] =
            [(1, u128::MAX), (2, 0)].map(|(time, random)| ApiTokenId::from_parts(time, random).to_string());
        assert!(earlier < later, "{earlier} {later}");
    }

    #[test]
    fn another_text_is_no_id() {
        for text in ["", "x", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVX", "01ARZ3NDEKTSV4RRFFQ69G5FA!"]
        {
            assert_eq!(text.parse::<ApiTokenId>(), Err(ApiTokenIdError), "{text}");
        }
    }
}
