//! What stands in the way of work that may succeed later.
//!
//! Owns its stable codes and its public words. Never says for how long.

use serde::{Deserialize, Serialize};

/// What stood in the way of every attempt at a command. Its words are public: they name no part of the inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Obstacle {
    /// GitHub failed, or could not be reached.
    GitHub,
    /// GitHub let us make no more calls for the time being.
    RateLimit,
    /// GitHub does not accept the App's credentials, or there are none.
    Credentials,
    /// Something on our side.
    Ourselves,
}

impl Obstacle {
    /// The stable reason code of a wait, which log, record and metric share.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::GitHub => "GITHUB_UNAVAILABLE",
            Self::RateLimit => "RATE_LIMITED",
            Self::Credentials => "CREDENTIALS_REFUSED",
            Self::Ourselves => "STORE_UNAVAILABLE",
        }
    }

    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub failed each time",
            Self::RateLimit => "GitHub's limit for the App's calls was reached each time",
            Self::Credentials => "the App's credentials did not work",
            Self::Ourselves => "AI-Implement itself failed each time",
        }
    }
}
