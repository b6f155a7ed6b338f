//! The App's credentials, read when they are first needed.
//!
//! Owns the step from a secret to a GitHub client. A secret that is missing or malformed fails the message at hand,
//! by name in the log, and never keeps the function from starting.

use std::sync::Arc;

use aws::{SecretError, SecretSource};
use clock::Clock;
use github::{AppCredentials, CredentialsError, GitHub};
use secrecy::ExposeSecret as _;
use thiserror::Error;
use tokio::sync::OnceCell;

/// GitHub, once its credentials are read. Clones share it.
#[derive(Clone)]
pub struct GitHubAccess {
    api_url: String,
    secret: SecretSource,
    clock: Clock,
    github: Arc<OnceCell<GitHub>>,
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
        Self { api_url, secret, clock, github: Arc::default() }
    }

    /// The client.
    pub async fn client(&self) -> Result<&GitHub, AccessError> {
        self.github.get_or_try_init(|| self.connect()).await
    }

    async fn connect(&self) -> Result<GitHub, AccessError> {
        let credentials = AppCredentials::from_json(self.secret.read().await?.expose_secret())?;
        Ok(GitHub::new(&self.api_url, &credentials, self.clock.clone())?)
    }
}
