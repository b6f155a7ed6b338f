//! Who belongs to what, and what stands between a person and a program that asks who they are.
//!
//! Never says what a token may read.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Somebody's place in an organisation or in a team. It is the account's, whatever that is called.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Id of the account.
    pub user_id: u64,
    /// Login of the organisation.
    pub organization: String,
    /// The team's slug; `None` for the organisation itself.
    pub team: Option<String>,
    /// Whether they were invited and have not accepted.
    pub is_pending: bool,
}

/// A code that stands for a person's consent, for one exchange.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OAuthCode {
    /// The secret.
    pub code: String,
    /// Id of the account that consented.
    pub user_id: u64,
    /// Where the browser was sent with it.
    pub redirect_uri: String,
    /// What the exchange has to fit: the S256 challenge of PKCE, where the program gave one.
    pub code_challenge: Option<String>,
    /// Its end.
    pub expires_at: Timestamp,
}

impl OAuthCode {
    /// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app>
    pub(in crate::sandbox) const LIFE: SignedDuration = SignedDuration::from_mins(10);
}

/// A token that acts for a person.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UserToken {
    /// The secret, `ghu_…`.
    pub token: String,
    /// Id of the account.
    pub user_id: u64,
    /// Its end.
    pub expires_at: Timestamp,
}

impl UserToken {
    /// How long GitHub lets one live.
    pub(in crate::sandbox) const LIFE: SignedDuration = SignedDuration::from_hours(8);
}
