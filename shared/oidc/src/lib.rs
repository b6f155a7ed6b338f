//! Which run a token speaks for: the OIDC tokens that GitHub Actions gives to a run's jobs.
//! <https://docs.github.com/en/actions/reference/security/oidc>
//!
//! Owns the issuer's keys and everything that must be true of a token before one of its claims is believed. Never
//! decides what a run may do, never decides anything by `sub` (its owner may rewrite that), and never shows or keeps a
//! token.

mod claims;
mod error;
mod fetch;
mod issuer;
mod keys;
mod subject;
mod token;

use clock::Clock;

pub use error::{FetchError, OidcError};
pub use issuer::{Issuer, IssuerError};
pub use keys::{FETCH_INTERVAL, FRESH_FOR, RETRY_INTERVAL, STALE_FOR};
pub use token::{ActionsToken, WorkflowRef};

use self::keys::Keys;

/// Judges tokens of one issuer. Clones share its keys.
#[derive(Debug, Clone)]
pub struct Verifier {
    issuer: Issuer,
    keys: Keys,
    clock: Clock,
}

impl Verifier {
    /// Judges by that issuer's keys and this clock. Nothing is sent before the first token.
    #[must_use]
    pub fn new(issuer: Issuer, clock: Clock) -> Self {
        Self { keys: Keys::new(&issuer, clock.clone()), issuer, clock }
    }

    /// Tells which run a token speaks for, if it was made for this audience and for nobody else. Must be called within
    /// a tokio runtime: a fetch of keys goes on when its caller has gone.
    pub async fn verify(&self, token: &str, audience: &str) -> Result<ActionsToken, OidcError> {
        let key_id = claims::key_id(token)?;
        let key = self.keys.key(&key_id).await?;
        let claims = claims::signed_by(&key, token)?;
        claims.judge(&self.issuer, audience, self.clock.now())?;
        claims.into_token()
    }
}
