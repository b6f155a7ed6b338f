//! A claim's id, which is also the correlation between a command and its run.
//!
//! Owns its text form and how it is found in a run's title. Never draws a random number itself.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use thiserror::Error;
use ulid::Ulid;

/// A claim's id: a ULID, so that ids sort by time. It is also the correlation that the run's title carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ClaimId(Ulid);

impl ClaimId {
    /// Makes an id from the time in milliseconds since 1970 and 80 random bits. The random part doubles as the nonce
    /// by which a writer recognises its own claim.
    #[must_use]
    pub const fn from_parts(unix_milliseconds: u64, random: u128) -> Self {
        Self(Ulid::from_parts(unix_milliseconds, random))
    }

    /// When it was drawn, to the millisecond.
    #[must_use]
    pub fn drawn_at(self) -> Timestamp {
        // A text may name a time after the last year that a time can have.
        i64::try_from(self.0.timestamp_ms())
            .ok()
            .and_then(|at| Timestamp::from_millisecond(at).ok())
            .unwrap_or(Timestamp::MAX)
    }

    /// The first id that can be drawn at a time, and the last: all others of that millisecond lie between them.
    #[must_use]
    pub fn ends_of(at: Timestamp) -> [Self; 2] {
        let milliseconds = at.as_millisecond().max(0).unsigned_abs();
        [Self::from_parts(milliseconds, 0), Self::from_parts(milliseconds, u128::MAX)]
    }

    /// The claim id that a run's title carries in square brackets, as the template's `run-name` writes it.
    #[must_use]
    pub fn in_run_title(title: &str) -> Option<Self> {
        title.rsplit_once('[')?.1.split_once(']')?.0.parse().ok()
    }
}

impl fmt::Display for ClaimId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A random number by which a writer recognises what it wrote itself.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Nonce(u64);

impl Nonce {
    /// Wraps a number that was drawn at random.
    #[must_use]
    pub const fn new(random: u64) -> Self {
        Self(random)
    }
}

impl fmt::Display for Nonce {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The text is no claim id.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not a claim id: 26 characters of Crockford's base 32")]
pub struct ClaimIdError;

impl FromStr for ClaimId {
    type Err = ClaimIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ulid::from_string(text).map(Self).map_err(|_| ClaimIdError)
    }
}

impl TryFrom<String> for ClaimId {
    type Error = ClaimIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ClaimId> for String {
    fn from(id: ClaimId) -> Self {
        id.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_knows_when_it_was_drawn() {
        let at: Timestamp = "2026-11-01T10:00:00.123Z".parse().expect("a time");
        let [first, last] = ClaimId::ends_of(at);
        assert_eq!([first.drawn_at(), last.drawn_at()], [at, at]);
        let [next, _] = ClaimId::ends_of("2026-11-01T10:00:00.124Z".parse().expect("a time"));
        assert!(first < last && last < next);
        let absurd: ClaimId = "7ZZZZZZZZZZZZZZZZZZZZZZZZZ".parse().expect("an id");
        assert_eq!(absurd.drawn_at(), Timestamp::MAX);
    }
}
