//! Secrets: where one is read from, and the webhook's, kept in memory for a while.
//!
//! Owns the sources and the lifetime. Never logs, quotes or compares a secret's value.

use std::path::PathBuf;
use std::sync::Arc;

use aws_sdk_secretsmanager::Client;
use clock::Clock;
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use thiserror::Error;
use tokio::sync::Mutex;

use crate::sdk::Sdk;

/// A secret is read again after this long, so that a rotation arrives everywhere.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// Forged deliveries must not make us read more often than this.
const SHORTEST_BETWEEN_READS: SignedDuration = SignedDuration::from_secs(30);

/// Where a secret's text is read from.
#[derive(Debug, Clone)]
pub enum SecretSource {
    /// AWS Secrets Manager, by name or ARN.
    SecretsManager {
        /// The client.
        client: Client,
        /// `SecretId`.
        id: String,
    },
    /// A file, for the local system.
    File(PathBuf),
    /// The text itself, for the local system and tests.
    Given(SecretString),
}

/// Why there is no secret. Never quotes one.
#[derive(Debug, Error)]
pub enum SecretError {
    /// It could not be read.
    #[error("the secret {name} can't be read")]
    Unreadable {
        /// Its name.
        name: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// It could not be read a moment ago, and is not tried again yet.
    #[error("the secret {name} could not be read a moment ago")]
    JustFailed {
        /// Its name.
        name: String,
    },
    /// It has no text, or another shape than its reader expects.
    #[error("the secret {name} is not of the shape {shape}")]
    Shape {
        /// Its name.
        name: String,
        /// What it should look like.
        shape: &'static str,
    },
}

impl SecretSource {
    /// A secret of Secrets Manager.
    #[must_use]
    pub fn secrets_manager(sdk: &Sdk, id: impl Into<String>) -> Self {
        Self::SecretsManager { client: Client::new(&sdk.0), id: id.into() }
    }

    /// The secret's text as it is now.
    pub async fn read(&self) -> Result<SecretString, SecretError> {
        match self {
            Self::SecretsManager { client, id } => {
                let answer = client.get_secret_value().secret_id(id).send().await;
                // The whole error would show the raw answer, and a secret in it, to whoever prints it with `{:?}`.
                let answer = answer.map_err(|error| match error.into_source() {
                    Ok(cause) => self.unreadable(cause),
                    Err(error) => self.unreadable(error),
                })?;
                let text = answer.secret_string.ok_or_else(|| self.misshapen("a text"))?;
                Ok(text.into())
            }
            Self::File(path) => {
                let text = std::fs::read_to_string(path).map_err(|error| self.unreadable(error))?;
                Ok(text.into())
            }
            Self::Given(text) => Ok(text.clone()),
        }
    }

    /// The error of a reader that expected another shape.
    #[must_use]
    pub fn misshapen(&self, shape: &'static str) -> SecretError {
        SecretError::Shape { name: self.name(), shape }
    }

    fn just_failed(&self) -> SecretError {
        SecretError::JustFailed { name: self.name() }
    }

    fn unreadable(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SecretError {
        SecretError::Unreadable { name: self.name(), source: source.into() }
    }

    fn name(&self) -> String {
        match self {
            Self::SecretsManager { id, .. } => id.clone(),
            Self::File(path) => path.display().to_string(),
            Self::Given(_) => "given at start".to_owned(),
        }
    }
}

/// The active webhook secrets: the current one, and during a rotation the previous one.
#[derive(Deserialize)]
pub struct WebhookSecrets {
    secrets: Vec<SecretString>,
}

impl WebhookSecrets {
    /// The secrets' texts, for a signature check.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.secrets.iter().map(SecretString::expose_secret)
    }

    fn parse(text: &SecretString) -> Option<Self> {
        let mut secrets: Self = serde_json::from_str(text.expose_secret()).ok()?;
        secrets.secrets.retain(|secret| !secret.expose_secret().is_empty());
        (!secrets.secrets.is_empty()).then_some(secrets)
    }
}

/// The webhook's secrets in memory. Clones share them.
#[derive(Clone)]
pub struct WebhookSecretCell {
    source: SecretSource,
    clock: Clock,
    kept: Arc<Mutex<Option<Kept>>>,
}

/// What the last read brought.
struct Kept {
    /// Nothing, when it failed and none before it had succeeded.
    secrets: Option<Arc<WebhookSecrets>>,
    read_at: Timestamp,
}

impl WebhookSecretCell {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(source: SecretSource, clock: Clock) -> Self {
        Self { source, clock, kept: Arc::default() }
    }

    /// The secrets: those in memory while they are young, else read. While the source is out, the old ones hold.
    pub async fn current(&self) -> Result<Arc<WebhookSecrets>, SecretError> {
        self.no_older_than(LIFETIME).await
    }

    /// The secrets after a signature matched none of them: read again, unless that was done a moment ago.
    pub async fn after_mismatch(&self) -> Result<Arc<WebhookSecrets>, SecretError> {
        self.no_older_than(SHORTEST_BETWEEN_READS).await
    }

    async fn no_older_than(&self, age: SignedDuration) -> Result<Arc<WebhookSecrets>, SecretError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let (old, age_of_old) = match kept.as_ref() {
            Some(kept) => (kept.secrets.clone(), Some(now.duration_since(kept.read_at))),
            None => (None, None),
        };
        match &old {
            Some(secrets) if age_of_old < Some(age) => return Ok(Arc::clone(secrets)),
            None if age_of_old.is_some_and(|age| age < SHORTEST_BETWEEN_READS) => {
                return Err(self.source.just_failed());
            }
            _ => {}
        }
        let read = self.read().await;
        let secrets = match (read, old) {
            (Ok(secrets), _) => Ok(secrets),
            (Err(error), Some(old)) => {
                tracing::error!(error = %environment::chain(&error), "the webhook secrets in memory stay in use");
                Ok(old)
            }
            (Err(error), None) => Err(error),
        };
        *kept = Some(Kept { secrets: secrets.as_ref().ok().cloned(), read_at: now });
        secrets
    }

    async fn read(&self) -> Result<Arc<WebhookSecrets>, SecretError> {
        let text = self.source.read().await?;
        let secrets = WebhookSecrets::parse(&text);
        secrets.map(Arc::new).ok_or_else(|| self.source.misshapen(r#"{"secrets": ["current", "previous"?]}"#))
    }
}

#[cfg(test)]
mod tests {
    use clock::ManualClock;

    use super::*;

    fn file(name: &str, text: &str) -> PathBuf {
        let path = std::env::temp_dir().join(format!("aws-secrets-{}-{name}", std::process::id()));
        std::fs::write(&path, text).expect("a writable folder");
        path
    }

    fn cell(path: &std::path::Path) -> (WebhookSecretCell, ManualClock) {
        let hand = ManualClock::at(Timestamp::UNIX_EPOCH);
        (WebhookSecretCell::new(SecretSource::File(path.to_owned()), Clock::Manual(hand.clone())), hand)
    }

    fn texts(secrets: &WebhookSecrets) -> Vec<&str> {
        secrets.iter().collect()
    }

    #[tokio::test]
    async fn secrets_are_kept_and_then_read_again() {
        let path = file("kept", r#"{"secrets": ["a"]}"#);
        let (cell, hand) = cell(&path);
        assert_eq!(texts(&cell.current().await.expect("readable")), ["a"]);
        std::fs::write(&path, r#"{"secrets": ["b", "a"]}"#).expect("writable");
        assert_eq!(texts(&cell.current().await.expect("kept")), ["a"]);
        hand.advance(LIFETIME);
        assert_eq!(texts(&cell.current().await.expect("readable")), ["b", "a"]);
    }

    #[tokio::test]
    async fn a_mismatch_reads_again_but_not_at_an_attackers_pace() {
        let path = file("mismatch", r#"{"secrets": ["a"]}"#);
        let (cell, hand) = cell(&path);
        cell.current().await.expect("readable");
        std::fs::write(&path, r#"{"secrets": ["b"]}"#).expect("writable");
        assert_eq!(texts(&cell.after_mismatch().await.expect("too soon")), ["a"]);
        hand.advance(SHORTEST_BETWEEN_READS);
        assert_eq!(texts(&cell.after_mismatch().await.expect("readable")), ["b"]);
    }

    #[tokio::test]
    async fn an_outage_of_the_source_does_not_close_the_door() {
        let path = file("outage", r#"{"secrets": ["a"]}"#);
        let (cell, hand) = cell(&path);
        cell.current().await.expect("readable");
        std::fs::remove_file(&path).expect("removable");
        hand.advance(LIFETIME);
        assert_eq!(texts(&cell.current().await.expect("the old ones hold")), ["a"]);
    }

    #[tokio::test]
    async fn a_secret_that_is_not_there_is_not_looked_for_at_an_attackers_pace() {
        let path = file("absent", "");
        let (cell, hand) = cell(&path);
        assert!(matches!(cell.current().await, Err(SecretError::Shape { .. })));
        std::fs::write(&path, r#"{"secrets": ["a"]}"#).expect("writable");
        assert!(matches!(cell.after_mismatch().await, Err(SecretError::JustFailed { .. })));
        hand.advance(SHORTEST_BETWEEN_READS);
        assert_eq!(texts(&cell.current().await.expect("readable")), ["a"]);
    }

    #[tokio::test]
    async fn a_secret_of_another_shape_is_none_and_is_not_quoted() {
        for text in ["", "hunter2", r#"{"secrets": []}"#, r#"{"secrets": [""]}"#, r#"{"secret": "hunter2"}"#] {
            let (cell, _) = cell(&file("shape", text));
            let error = cell.current().await.err().expect("no secret");
            assert!(matches!(error, SecretError::Shape { .. }) && !error.to_string().contains("hunter2"), "{error}");
        }
    }
}
