//! A secret kept in memory for a while.
//!
//! Owns the lifetime: when a secret is read again, and that an outage of its source closes no door. Never looks into
//! the secret.

use std::sync::Arc;

use clock::Clock;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Mutex;

use super::{SecretError, SecretShape, SecretSource};

/// A secret is read again after this long, so that a rotation arrives everywhere.
const LIFETIME: SignedDuration = SignedDuration::from_mins(5);
/// Forgeries must not make us read more often than this.
const SHORTEST_BETWEEN_READS: SignedDuration = SignedDuration::from_secs(30);

/// A secret in memory. Clones share it.
pub struct SecretCell<T> {
    source: SecretSource,
    clock: Clock,
    kept: Arc<Mutex<Option<Kept<T>>>>,
}

/// What the last read brought.
struct Kept<T> {
    /// Nothing, when it failed and none before it had succeeded.
    secret: Option<Arc<T>>,
    read_at: Timestamp,
}

// A derived one would ask the same of the secret.
impl<T> Clone for SecretCell<T> {
    fn clone(&self) -> Self {
        Self { source: self.source.clone(), clock: self.clock.clone(), kept: Arc::clone(&self.kept) }
    }
}

impl<T: SecretShape> SecretCell<T> {
    /// Nothing is read yet.
    #[must_use]
    pub fn new(source: SecretSource, clock: Clock) -> Self {
        Self { source, clock, kept: Arc::default() }
    }

    /// The secret: the one in memory while it is young, else read. While the source is out, the old one holds.
    pub async fn current(&self) -> Result<Arc<T>, SecretError> {
        self.no_older_than(LIFETIME).await
    }

    /// The secret after something did not match it: read again, unless that was done a moment ago.
    pub async fn after_mismatch(&self) -> Result<Arc<T>, SecretError> {
        self.no_older_than(SHORTEST_BETWEEN_READS).await
    }

    async fn no_older_than(&self, age: SignedDuration) -> Result<Arc<T>, SecretError> {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        let (old, age_of_old) = match kept.as_ref() {
            Some(kept) => (kept.secret.clone(), Some(now.duration_since(kept.read_at))),
            None => (None, None),
        };
        match &old {
            Some(secret) if age_of_old < Some(age) => return Ok(Arc::clone(secret)),
            None if age_of_old.is_some_and(|age| age < SHORTEST_BETWEEN_READS) => {
                return Err(self.source.just_failed());
            }
            _ => {}
        }
        let read = self.source.read_as::<T>().await.map(Arc::new);
        let secret = match (read, old) {
            (Ok(secret), _) => Ok(secret),
            (Err(error), Some(old)) => {
                tracing::error!(error = %environment::chain(&error), "the secret in memory stays in use");
                Ok(old)
            }
            (Err(error), None) => Err(error),
        };
        *kept = Some(Kept { secret: secret.as_ref().ok().cloned(), read_at: now });
        secret
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use clock::ManualClock;

    use super::super::{WebhookSecretCell, WebhookSecrets};
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
