//! What the dispatch function holds; its fields are its IAM policy: read mappings and API tokens (one table), write claims
//! (the other), send to the queue, read the App's and the runs' secrets.

use aws::{
    ApiTokens, AttemptKind, Attempts, Dispatches, Mappings, Queue, RunSecret, Sdk, SecretCell, SecretSource, SqsQueue,
};
use clock::Clock;
use domain::public_url::PublicUrl;
use github_app::GitHubAccess;
use oidc::Verifier;

/// The dispatch function's state. Clones share it.
#[derive(Clone)]
pub struct State {
    pub(crate) mappings: Mappings,
    pub(crate) api_tokens: ApiTokens,
    pub(crate) attempts: Attempts,
    pub(crate) dispatches: Dispatches,
    pub(crate) queue: Queue,
    pub(crate) github: GitHubAccess,
    pub(crate) verifier: Verifier,
    pub(crate) run_secret: SecretCell<RunSecret>,
    pub(crate) public_url: PublicUrl,
    /// GitHub's pages, without a slash at the end.
    pub(crate) web_url: String,
    pub(crate) clock: Clock,
}

/// What a state is made from.
pub struct Parts {
    /// Settings of repositories.
    pub mappings: Mappings,
    /// The programs that may ask.
    pub api_tokens: ApiTokens,
    /// Requests without a valid token.
    pub attempts: Attempts,
    /// Claims.
    pub dispatches: Dispatches,
    /// Where the worker is called.
    pub queue: Queue,
    /// GitHub, as the App.
    pub github: GitHubAccess,
    /// Who tells runs from anybody else.
    pub verifier: Verifier,
    /// `{"run_token_key"}`
    pub run_secret: SecretSource,
    /// Where all of this is reached from outside.
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
        Self {
            mappings: parts.mappings,
            api_tokens: parts.api_tokens,
            attempts: parts.attempts,
            dispatches: parts.dispatches,
            queue: parts.queue,
            github: parts.github,
            verifier: parts.verifier,
            run_secret: SecretCell::new(parts.run_secret, parts.clock.clone()),
            public_url: parts.public_url,
            web_url: parts.web_url.trim_end_matches('/').to_owned(),
            clock: parts.clock,
        }
    }

    /// The Lambda's state. A secret that can't be read yet is answered with 503 and tried again, and never keeps the
    /// function from starting.
    pub async fn from_env() -> Result<Self, lambda_http::Error> {
        let sdk = Sdk::from_env().await;
        let app_secret = SecretSource::secrets_manager(&sdk, environment::required("GITHUB_APP_SECRET_ID")?);
        let issuer = match environment::optional("GITHUB_OIDC_ISSUER") {
            Some(issuer) => issuer.parse()?,
            None => oidc::Issuer::github(),
        };
        let mappings = environment::required("MAPPINGS_TABLE")?;
        Ok(Self::new(Parts {
            mappings: Mappings::new(&sdk, &mappings),
            api_tokens: ApiTokens::new(&sdk, &mappings),
            attempts: Attempts::new(&sdk, &mappings, AttemptKind::ApiToken),
            dispatches: Dispatches::new(&sdk, environment::required("DISPATCHES_TABLE")?),
            queue: Queue::Sqs(SqsQueue::new(&sdk, environment::required("QUEUE_URL")?)),
            github: GitHubAccess::new(environment::github_api_url(), app_secret, Clock::System),
            verifier: oidc::Verifier::new(issuer, Clock::System),
            run_secret: SecretSource::secrets_manager(&sdk, environment::required("RUN_SECRET_ID")?),
            public_url: PublicUrl::new(&environment::required("PUBLIC_URL")?),
            web_url: environment::optional("GITHUB_WEB_URL").unwrap_or_else(|| "https://github.com".to_owned()),
            clock: Clock::System,
        }))
    }
}
