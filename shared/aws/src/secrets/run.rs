//! The secret of runs: the key that their tokens are signed with.
//!
//! Owns its shape. Never signs anything: that is the domain's.

use domain::run_token::MIN_KEY_BYTES;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;

use super::SecretShape;

/// What runs' tokens are signed with, and where people outside GitHub are told of runs whose mapping names no place.
#[derive(Deserialize)]
pub struct RunSecret {
    run_token_key: SecretString,
    #[serde(default)]
    notify_url: Option<SecretString>,
}

impl RunSecret {
    /// The key of run tokens.
    #[must_use]
    pub fn key(&self) -> &[u8] {
        self.run_token_key.expose_secret().as_bytes()
    }

    /// The incoming webhook for mappings without one of their own.
    #[must_use]
    pub const fn notify_url(&self) -> Option<&SecretString> {
        self.notify_url.as_ref()
    }
}

impl SecretShape for RunSecret {
    const SHAPE: &'static str = r#"{"run_token_key": "at least 32 bytes", "notify_url"?: "https://…"}"#;

    fn parse(text: &str) -> Option<Self> {
        let secret: Self = serde_json::from_str(text).ok()?;
        (secret.key().len() >= MIN_KEY_BYTES).then_some(secret)
    }
}
