//! The App's credentials, read when they are first needed.
//!
//! Owns the step from a secret to a GitHub client. A secret that is missing or malformed fails the work at hand,
//! by name in the log, and never keeps a function from starting. Never makes a call.

use std::sync::Arc;

use aws::{SecretError, SecretSource};
use clock::Clock;
use github::{AppCredentials, CredentialsError, GitHub};
use secrecy::ExposeSecret as _;
use thiserror::Error;
use tokio::sync::Mutex;

/// GitHub, once its credentials are read. Clones share it.
#[derive(Clone)]
pub struct GitHubAccess {
    api_url: String,
    secret: SecretSource,
    clock: Clock,
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
        Self { api_url, secret, clock, github: Arc::default() }
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

    /// Lets the credentials be read anew: GitHub accepts them no longer, so they may have been rotated.
    pub async fn forget(&self) {
        *self.github.lock().await = None;
    }

    /// Whether a client could be made of the secret as it is now: read anew, and not kept.
    pub async fn check(&self) -> Result<(), AccessError> {
        self.connect().await.map(drop)
    }

    async fn connect(&self) -> Result<GitHub, AccessError> {
        let credentials = AppCredentials::from_json(self.secret.read().await?.expose_secret())?;
        Ok(GitHub::new(&self.api_url, &credentials, self.clock.clone())?)
    }
}
