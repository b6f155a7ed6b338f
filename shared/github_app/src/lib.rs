//! The App's credentials, read when they are first needed.
//!
//! Owns the step from a secret to a GitHub client. A secret that is missing or malformed fails the work at hand,
//! by name in the log, and never keeps a function from starting. Never makes a call.

use std::sync::Arc;

use aws::{SecretError, SecretSource};
use clock::Clock;
use github::{AppCredentials, CredentialsError, GitHub, OAuth, OAuthCredentials, Patience};
use secrecy::ExposeSecret as _;
use thiserror::Error;
use tokio::sync::Mutex;

/// GitHub, once its credentials are read. Clones share it.
#[derive(Clone)]
pub struct GitHubAccess {
    api_url: String,
    secret: SecretSource,
    clock: Clock,
    patience: Patience,
    github: Arc<Mutex<Option<GitHub>>>,
}

/// Why there is no client.
#[derive(Debug, Error)]
pub enum AccessError {
    /// The secret can't be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The secret holds no usable credentials.
    #[error(transparent)]
    Credentials(#[from] CredentialsError),
}

impl GitHubAccess {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(api_url: String, secret: SecretSource, clock: Clock) -> Self {
        Self { api_url, secret, clock, patience: Patience::default(), github: Arc::default() }
    }

    /// The same, with limits of one's own on how long GitHub may take. Nothing that was read is kept.
    #[must_use]
    pub fn with_patience(self, patience: Patience) -> Self {
        Self { patience, github: Arc::default(), ..self }
    }

    /// The client.
    pub async fn client(&self) -> Result<GitHub, AccessError> {
        let mut kept = self.github.lock().await;
        if let Some(github) = kept.as_ref() {
            return Ok(github.clone());
        }
        let github = self.connect().await?;
        *kept = Some(github.clone());
        Ok(github)
    }

    /// The secret that the credentials are read from.
    #[must_use]
    pub const fn secret(&self) -> &SecretSource {
        &self.secret
    }

    /// The App, as people sign in with it at GitHub's pages.
    pub fn oauth(&self, web_url: &str, credentials: OAuthCredentials) -> Result<OAuth, CredentialsError> {
        OAuth::new(web_url, &self.api_url, credentials, self.clock.clone(), self.patience)
    }

    /// Lets the credentials be read anew: GitHub accepts them no longer, so they may have been rotated.
    pub async fn forget(&self) {
        *self.github.lock().await = None;
    }

    /// Whether a client could be made of the secret as it is now: read anew, and not kept.
    pub async fn check(&self) -> Result<(), AccessError> {
        self.connect().await.map(drop)
    }

    /// Whether the secret as it is now has what people sign in with: `client_id` and `client_secret`.
    pub async fn has_sign_in(&self) -> Result<bool, SecretError> {
        let secret = self.secret.read().await?;
        let members: serde_json::Value = serde_json::from_str(secret.expose_secret()).unwrap_or_default();
        Ok(["client_id", "client_secret"]
            .iter()
            .all(|name| members[*name].as_str().is_some_and(|text| !text.is_empty())))
    }

    async fn connect(&self) -> Result<GitHub, AccessError> {
        let credentials = AppCredentials::from_json(self.secret.read().await?.expose_secret())?;
        Ok(GitHub::with_patience(&self.api_url, &credentials, self.clock.clone(), self.patience)?)
    }
}
