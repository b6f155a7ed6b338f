//! What the webhook holds; its fields are its IAM policy: read one secret, send to one queue.

use aws::{Queue, Sdk, SecretSource, SqsQueue, WebhookSecretCell};
use clock::Clock;

/// The webhook's state. Clones share it.
#[derive(Clone)]
pub struct State {
    pub(crate) secrets: WebhookSecretCell,
    pub(crate) queue: Queue,
}

impl State {
    /// Puts a state together.
    #[must_use]
    pub fn new(secrets: SecretSource, queue: Queue, clock: Clock) -> Self {
        Self { secrets: WebhookSecretCell::new(secrets, clock), queue }
    }

    /// The Lambda's state. Reads the secret ahead of the first delivery; a secret that can't be read yet is answered
    /// with 503 and tried again, and never keeps the function from starting.
    pub async fn from_env() -> Result<Self, lambda_http::Error> {
        let sdk = Sdk::from_env().await;
        let secrets = SecretSource::secrets_manager(&sdk, environment::required("WEBHOOK_SECRET_ID")?);
        let queue = Queue::Sqs(SqsQueue::new(&sdk, environment::required("QUEUE_URL")?));
        let state = Self::new(secrets, queue, Clock::System);
        if let Err(error) = state.secrets.current().await {
            tracing::error!(error = %environment::chain(&error), "no webhook secret");
        }
        Ok(state)
    }
}
