//! What the admin holds; its fields are its IAM policy: read and write mappings, API tokens and sign-in attempts (one table),
//! read claims (the other), send to the queue, read the admin's and the App's secrets – and, to tell whether it is there, the
//! webhook's.

use aws::{ApiTokens, AttemptKind, Attempts, Dispatches, Mappings, Queue, Sdk, SecretCell, SecretSource, SqsQueue};
use clock::Clock;
use github_app::GitHubAccess;

use crate::health::Health;
use crate::secret::AdminSecret;

/// The admin's state. Clones share it.
#[derive(Clone)]
pub struct State {
    pub(crate) mappings: Mappings,
    pub(crate) api_tokens: ApiTokens,
    pub(crate) sign_ins: Attempts,
    pub(crate) dispatches: Dispatches,
    pub(crate) queue: Queue,
    pub(crate) github: GitHubAccess,
    pub(crate) secret: SecretCell<AdminSecret>,
    pub(crate) health: Health,
    pub(crate) clock: Clock,
}

/// What a state is made from.
pub struct Parts {
    /// Settings of repositories.
    pub mappings: Mappings,
    /// The API's tokens.
    pub api_tokens: ApiTokens,
    /// Attempts with the access code.
    pub sign_ins: Attempts,
    /// Claims: they are read, and never written.
    pub dispatches: Dispatches,
    /// Where a person's word goes, for the worker.
    pub queue: Queue,
    /// GitHub, as the App.
    pub github: GitHubAccess,
    /// `{"access_code", "session_key"}`
    pub admin_secret: SecretSource,
    /// The webhook's secret: its health is told, and nothing else is done with it.
    pub webhook_secret: SecretSource,
    /// The time.
    pub clock: Clock,
}

impl State {
    /// Puts a state together. Nothing is read yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let health = Health::new(&parts);
        let Parts { mappings, api_tokens, sign_ins, dispatches, queue, github, admin_secret, webhook_secret: _, clock } =
            parts;
        let secret = SecretCell::new(admin_secret, clock.clone());
        Self { mappings, api_tokens, sign_ins, dispatches, queue, github, secret, health, clock }
    }

    /// The Lambda's state. A secret that can't be read yet is answered with 503 and tried again, and never keeps the
    /// function from starting.
    pub async fn from_env() -> Result<Self, lambda_http::Error> {
        let sdk = Sdk::from_env().await;
        let table = environment::required("MAPPINGS_TABLE")?;
        let app_secret = SecretSource::secrets_manager(&sdk, environment::required("GITHUB_APP_SECRET_ID")?);
        let state = Self::new(Parts {
            mappings: Mappings::new(&sdk, &table),
            api_tokens: ApiTokens::new(&sdk, &table),
            sign_ins: Attempts::new(&sdk, &table, AttemptKind::SignIn),
            dispatches: Dispatches::new(&sdk, environment::required("DISPATCHES_TABLE")?),
            queue: Queue::Sqs(SqsQueue::new(&sdk, environment::required("QUEUE_URL")?)),
            github: GitHubAccess::new(environment::github_api_url(), app_secret, Clock::System),
            admin_secret: SecretSource::secrets_manager(&sdk, environment::required("ADMIN_SECRET_ID")?),
            webhook_secret: SecretSource::secrets_manager(&sdk, environment::required("WEBHOOK_SECRET_ID")?),
            clock: Clock::System,
        });
        if let Err(error) = state.secret.current().await {
            tracing::error!(error = %environment::chain(&error), "no admin secret");
        }
        Ok(state)
    }
}
