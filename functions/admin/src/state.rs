//! What the admin holds; its fields are its IAM policy: read and write mappings, API tokens and sign-in attempts (one table),
//! read claims and tallies (the other), send to the queue and ask for its depth and that of the dead letters, read the admin's and the App's secrets – and, to tell whether it is there, the
//! webhook's.

use std::sync::Arc;

use aws::{ApiTokens, AttemptKind, Attempts, Dispatches, Mappings, Queue, Sdk, SecretCell, SecretSource, SqsQueue};
use clock::Clock;
use domain::admin_allow::{AdminAllow, AdminAllowError};
use domain::public_url::PublicUrl;
use github_app::GitHubAccess;

use crate::auth::Standings;
use crate::health::Health;
use crate::secret::{AdminSecret, SignInApp};

/// The admin's state. Clones share it.
#[derive(Clone)]
pub struct State {
    pub(crate) mappings: Mappings,
    pub(crate) api_tokens: ApiTokens,
    /// Attempts with the access code.
    pub(crate) sign_ins: Attempts,
    /// Those with GitHub: a code can't be guessed there, so that they count for themselves.
    pub(crate) github_sign_ins: Attempts,
    pub(crate) dispatches: Dispatches,
    pub(crate) queue: Queue,
    pub(crate) github: GitHubAccess,
    pub(crate) secret: SecretCell<AdminSecret>,
    pub(crate) sign_in_app: SecretCell<SignInApp>,
    /// Who is let in with GitHub: nobody, where the list isn't understood.
    pub(crate) allow: Arc<AdminAllow>,
    /// Why the list isn't understood.
    pub(crate) allow_error: Option<AdminAllowError>,
    pub(crate) standings: Standings,
    /// Where this control plane is.
    pub(crate) public_url: PublicUrl,
    /// GitHub's pages, without a slash at the end.
    pub(crate) web_url: String,
    pub(crate) health: Health,
    pub(crate) clock: Clock,
}

/// What a state is made from.
pub struct Parts {
    /// Settings of repositories.
    pub mappings: Mappings,
    /// The API's tokens.
    pub api_tokens: ApiTokens,
    /// Attempts to sign in.
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
    /// Who may sign in with GitHub. A list that isn't understood lets nobody in, and keeps nobody out who has the access code.
    pub allow: Result<AdminAllow, AdminAllowError>,
    /// Where all of this is reached from outside: GitHub sends browsers back there.
    pub public_url: PublicUrl,
    /// GitHub's pages, such as `https://github.com`.
    pub web_url: String,
    /// The time.
    pub clock: Clock,
}

impl State {
    /// Puts a state together. Nothing is read yet.
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        let health = Health::new(&parts);
        let (allow, allow_error) =
            parts.allow.map_or_else(|error| (AdminAllow::default(), Some(error)), |it| (it, None));
        Self {
            mappings: parts.mappings,
            api_tokens: parts.api_tokens,
            github_sign_ins: parts.sign_ins.of(AttemptKind::GitHubSignIn),
            sign_ins: parts.sign_ins,
            dispatches: parts.dispatches,
            queue: parts.queue,
            sign_in_app: SecretCell::new(parts.github.secret().clone(), parts.clock.clone()),
            github: parts.github,
            secret: SecretCell::new(parts.admin_secret, parts.clock.clone()),
            allow: Arc::new(allow),
            allow_error,
            standings: Standings::default(),
            public_url: parts.public_url,
            web_url: parts.web_url.trim_end_matches('/').to_owned(),
            health,
            clock: parts.clock,
        }
    }

    /// The Lambda's state. A secret that can't be read yet is answered with 503 and tried again, and never keeps the
    /// function from starting.
    pub async fn from_env() -> Result<Self, lambda_http::Error> {
        let sdk = Sdk::from_env().await;
        let table = environment::required("MAPPINGS_TABLE")?;
        let app_secret = SecretSource::secrets_manager(&sdk, environment::required("GITHUB_APP_SECRET_ID")?);
        let queue = SqsQueue::new(&sdk, environment::required("QUEUE_URL")?);
        let state = Self::new(Parts {
            mappings: Mappings::new(&sdk, &table),
            api_tokens: ApiTokens::new(&sdk, &table),
            sign_ins: Attempts::new(&sdk, &table, AttemptKind::SignIn),
            dispatches: Dispatches::new(&sdk, environment::required("DISPATCHES_TABLE")?),
            queue: Queue::Sqs(queue.with_dead_letters(environment::optional("DEAD_LETTER_QUEUE_URL"))),
            github: GitHubAccess::new(environment::github_api_url(), app_secret, Clock::System),
            admin_secret: SecretSource::secrets_manager(&sdk, environment::required("ADMIN_SECRET_ID")?),
            webhook_secret: SecretSource::secrets_manager(&sdk, environment::required("WEBHOOK_SECRET_ID")?),
            allow: environment::optional("ADMIN_ALLOW").unwrap_or_default().parse(),
            public_url: PublicUrl::new(&environment::required("PUBLIC_URL")?),
            web_url: environment::optional("GITHUB_WEB_URL").unwrap_or_else(|| "https://github.com".to_owned()),
            clock: Clock::System,
        });
        if let Some(error) = &state.allow_error {
            tracing::error!(%error, "nobody can sign in with GitHub");
        }
        if let Err(error) = state.secret.current().await {
            tracing::error!(error = %environment::chain(&error), "no admin secret");
        }
        Ok(state)
    }
}
