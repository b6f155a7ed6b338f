//! The webhook's secrets.
//!
//! Owns their shape. Never compares one with anything: a signature's check does.

use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::{SecretCell, SecretShape};

/// The active webhook secrets: the current one, and during a rotation the previous one.
#[derive(Deserialize)]
pub struct WebhookSecrets {
    secrets: Vec<SecretString>,
}

/// The webhook's secrets in memory.
pub type WebhookSecretCell = SecretCell<WebhookSecrets>;

impl WebhookSecrets {
    /// The secrets' texts, for a signature check.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(SecretString::expose_secret)
    }
}

impl SecretShape for WebhookSecrets {
    const SHAPE: &'static str = r#"{"secrets": ["current", "previous"?]}"#;

    fn parse(text: &str) -> Option<Self> {
        let mut secrets: Self = serde_json::from_str(text).ok()?;
        secrets.secrets.retain(|secret| !secret.expose_secret().is_empty());
        (!secrets.secrets.is_empty()).then_some(secrets)
    }
}
