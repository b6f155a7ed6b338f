//! The App: what it may ask GitHub as itself, and the way from there to one repository.
//!
//! Owns the octocrab handle and the token cache. Never performs a call on a repository with more than a token for
//! that repository.

use clock::Clock;
use domain::ids::{AppId, InstallationId, RepoId};
use domain::repo_name::RepoFullName;
use http::Uri;
use octocrab::Octocrab;
use octocrab::service::middleware::retry::RetryConfig;
use secrecy::SecretString;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::call::{Answer, Call, Patience};
use crate::credentials::{AppCredentials, CredentialsError};
use crate::error::GitHubError;
use crate::repository::Repository;
use crate::token::{TokenCache, TokenKey};

/// GitHub, seen by our App. Clones share the connections and the tokens.
#[derive(Clone)]
pub struct GitHub {
    octocrab: Octocrab,
    app_id: AppId,
    tokens: TokenCache,
    clock: Clock,
    patience: Patience,
}

impl GitHub {
    /// A client of the API at `api_url`, such as `https://api.github.com`. Nothing is sent yet; must be called within
    /// a tokio runtime.
    pub fn new(api_url: &str, credentials: &AppCredentials, clock: Clock) -> Result<Self, CredentialsError> {
        Self::with_patience(api_url, credentials, clock, Patience::default())
    }

    /// The same, with limits of one's own on how long GitHub may take.
    pub fn with_patience(
        api_url: &str,
        credentials: &AppCredentials,
        clock: Clock,
        patience: Patience,
    ) -> Result<Self, CredentialsError> {
        let octocrab = Octocrab::builder()
            .base_uri(base_url(api_url).map_err(|()| CredentialsError::ApiUrl)?)
            .map_err(|error| CredentialsError::Client(Box::new(error)))?
            .app(octocrab::models::AppId(credentials.app_id.get()), credentials.signing_key()?)
            // A dispatch that is sent twice runs twice: nothing below us may repeat a call.
            .add_retry_config(RetryConfig::None)
            .set_connect_timeout(Some(patience.connect))
            .set_read_timeout(Some(patience.call))
            .set_write_timeout(Some(patience.call))
            .build()
            .map_err(|error| CredentialsError::Client(Box::new(error)))?;
        Ok(Self { octocrab, app_id: credentials.app_id, tokens: TokenCache::default(), clock, patience })
    }

    /// Our own id, by which our comments are told from others'.
    #[must_use]
    pub const fn app_id(&self) -> AppId {
        self.app_id
    }

    /// One repository, through a token that is good for nothing else. Nothing is sent yet.
    #[must_use]
    pub fn repository(&self, installation: InstallationId, id: RepoId, name: RepoFullName) -> Repository {
        Repository::new(self.clone(), installation, id, name)
    }

    pub(crate) async fn as_app(&self, call: &Call) -> Result<Answer, GitHubError> {
        call.send(&self.octocrab, &self.clock, self.patience.call).await
    }

    /// Sends a call with an installation token. A token that was revoked meanwhile is replaced once: GitHub refused
    /// the first call before it had any effect.
    pub(crate) async fn as_installation(&self, key: TokenKey, call: &Call) -> Result<Answer, GitHubError> {
        let token = self.token(key).await?;
        match self.send_and_forget_refused(key, &token, call).await {
            Err(GitHubError::Unauthorized { .. }) => self.as_installation_once(key, call).await,
            answered => answered,
        }
    }

    /// The same, and the call is not repeated: the next one has a new token.
    pub(crate) async fn as_installation_once(&self, key: TokenKey, call: &Call) -> Result<Answer, GitHubError> {
        let token = self.token(key).await?;
        self.send_and_forget_refused(key, &token, call).await
    }

    async fn send_and_forget_refused(
        &self,
        key: TokenKey,
        token: &SecretString,
        call: &Call,
    ) -> Result<Answer, GitHubError> {
        let answered = self.send_with(token, call).await;
        if matches!(answered, Err(GitHubError::Unauthorized { .. })) {
            self.tokens.forget(key, token).await;
        }
        answered
    }

    async fn token(&self, key: TokenKey) -> Result<SecretString, GitHubError> {
        let (installation, repo, scope) = key;
        let token = self.tokens.get(key, self.clock.now(), self.mint(installation, scope.request(repo))).await;
        token.map_err(GitHubError::before_the_call)
    }

    pub(crate) async fn send_with(&self, token: &SecretString, call: &Call) -> Result<Answer, GitHubError> {
        let octocrab = self.octocrab.user_access_token(token.clone()).map_err(GitHubError::of_connection)?;
        call.send(&octocrab, &self.clock, self.patience.call).await
    }

    /// A new token, narrowed as the body says.
    pub(crate) async fn mint<T: DeserializeOwned>(
        &self,
        installation: InstallationId,
        narrowing: Value,
    ) -> Result<T, GitHubError> {
        let path = format!("/app/installations/{installation}/access_tokens");
        match self.as_app(&Call::post(path, narrowing)).await {
            Ok(answer) => answer.json(),
            // GitHub answers 422 when the installation was never granted one of the permissions …
            Err(GitHubError::Rejected { message, .. }) if message.contains("permissions") => {
                Err(GitHubError::Forbidden { message })
            }
            // … or doesn't cover the repository, 403 when it is suspended, 404 when it is gone.
            Err(
                GitHubError::Rejected { message, .. }
                | GitHubError::Forbidden { message }
                | GitHubError::NotFound { message },
            ) => Err(GitHubError::NotInstalled { message }),
            Err(error) => Err(error),
        }
    }
}

/// An address without a scheme would fail each call later on, as if GitHub were out.
pub(crate) fn base_url(address: &str) -> Result<Uri, ()> {
    let url: Uri = address.parse().map_err(drop)?;
    let is_http = matches!(url.scheme_str(), Some("http" | "https"));
    if is_http && url.authority().is_some() { Ok(url) } else { Err(()) }
}
