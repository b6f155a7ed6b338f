//! Who somebody is, by GitHub's word: the App's web flow with PKCE.
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app>
//!
//! Owns the three steps of it, and the end of the token that it brings: a user's token reads who they are, and is taken
//! back at once. Never gives one out, and never keeps one.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use clock::Clock;
use domain::ids::UserId;
use http::header::ACCEPT;
use octocrab::service::middleware::retry::RetryConfig;
use octocrab::{Octocrab, OctocrabBuilder};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::app::base_url;
use crate::call::{Call, Patience};
use crate::credentials::{CredentialsError, OAuthCredentials};
use crate::error::GitHubError;
use crate::shapes::UserAnswer;

/// Taking a token back is not what somebody waits for.
const REVOCATION_TIMEOUT: Duration = Duration::from_secs(3);
/// What GitHub calls a code that is wrong, used or too old.
/// <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors>
const BAD_CODE: &str = "bad_verification_code";

/// A person at GitHub.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct User {
    /// Their identity.
    pub id: UserId,
    /// What they are called, for now.
    pub login: String,
}

/// The App, as people sign in with it.
pub struct OAuth {
    pages: Octocrab,
    api: Octocrab,
    credentials: OAuthCredentials,
    clock: Clock,
    patience: Patience,
}

/// One sign-in, as it is begun and ended.
#[derive(Clone, Copy)]
pub struct Authorization<'a> {
    /// Where GitHub sends the browser back.
    pub redirect_uri: &'a str,
    /// 43 to 128 letters and digits that only the beginner knows.
    /// <https://www.rfc-editor.org/rfc/rfc7636#section-4.1>
    pub code_verifier: &'a str,
}

/// Why nobody is told.
#[derive(Debug, Error)]
pub enum OAuthError {
    /// The code is wrong, used or too old; another sign-in brings another one.
    #[error("GitHub does not take the code")]
    BadCode,
    /// GitHub knows the App otherwise than we do: its secret, or where it sends people back.
    #[error("GitHub does not let people sign in with the App: {code}")]
    Misconfigured {
        /// GitHub's word for it.
        code: String,
    },
    /// The call failed.
    #[error(transparent)]
    GitHub(#[from] GitHubError),
}

/// GitHub answers errors with 200 too.
#[derive(Deserialize)]
#[serde(untagged)]
enum TokenAnswer {
    Token { access_token: SecretString },
    Error { error: String },
}

impl OAuthCredentials {
    /// Where a browser is sent to sign in, at GitHub's pages. `state` comes back with it.
    #[must_use]
    pub fn authorize_url(&self, web_url: &str, authorization: Authorization<'_>, state: &str) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(authorization.code_verifier));
        let query = [
            ("client_id", self.client_id.as_str()),
            ("redirect_uri", authorization.redirect_uri),
            ("state", state),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let query = query.map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)));
        format!("{web_url}/login/oauth/authorize?{}", query.join("&"))
    }
}

impl OAuth {
    /// The App at GitHub's pages, such as `https://github.com`, and its API. Nothing is sent yet; must be called within a
    /// tokio runtime.
    pub fn new(
        web_url: &str,
        api_url: &str,
        credentials: OAuthCredentials,
        clock: Clock,
        patience: Patience,
    ) -> Result<Self, CredentialsError> {
        let (id, secret) = (credentials.client_id.clone(), credentials.client_secret.expose_secret().to_owned());
        let pages = Octocrab::builder().add_header(ACCEPT, "application/json".to_owned());
        let pages = connected(pages, web_url, CredentialsError::WebUrl, patience)?;
        let api = connected(Octocrab::builder().basic_auth(id, secret), api_url, CredentialsError::ApiUrl, patience)?;
        Ok(Self { pages, api, credentials, clock, patience })
    }

    /// Who signed in, for the code that came back.
    pub async fn user(&self, authorization: Authorization<'_>, code: &str) -> Result<User, OAuthError> {
        let token = self.exchange(authorization, code).await?;
        let user = self.user_of(&token).await;
        self.revoke(&token).await;
        Ok(user?)
    }

    /// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app#using-the-web-application-flow-to-generate-a-user-access-token>
    async fn exchange(&self, authorization: Authorization<'_>, code: &str) -> Result<SecretString, OAuthError> {
        let body = json!({
            "client_id": self.credentials.client_id,
            "client_secret": self.credentials.client_secret.expose_secret(),
            "code": code,
            "redirect_uri": authorization.redirect_uri,
            "code_verifier": authorization.code_verifier,
        });
        let call = Call::post("/login/oauth/access_token", body);
        let answer = match call.send(&self.pages, &self.clock, self.patience.call).await {
            Ok(answer) => answer.json()?,
            // So GitHub answers for a client id that it doesn't know.
            Err(GitHubError::NotFound { .. }) => {
                return Err(OAuthError::Misconfigured { code: "no such client id".to_owned() });
            }
            Err(error) => return Err(error.into()),
        };
        match answer {
            TokenAnswer::Token { access_token } => Ok(access_token),
            TokenAnswer::Error { error } if error == BAD_CODE => Err(OAuthError::BadCode),
            TokenAnswer::Error { error } => Err(OAuthError::Misconfigured { code: error }),
        }
    }

    /// <https://docs.github.com/en/rest/users/users#get-the-authenticated-user>
    async fn user_of(&self, token: &SecretString) -> Result<User, GitHubError> {
        let octocrab = self.api.user_access_token(token.clone()).map_err(GitHubError::of_connection)?;
        let answer = Call::get("/user").send(&octocrab, &self.clock, self.patience.call).await?;
        answer.json::<UserAnswer>().map(User::from)
    }

    /// A token that could not be taken back ends by itself, hours later, and nobody has it.
    /// <https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token>
    async fn revoke(&self, token: &SecretString) {
        let path =
            format!("/applications/{}/token", utf8_percent_encode(&self.credentials.client_id, NON_ALPHANUMERIC));
        let call = Call::delete_with(path, json!({"access_token": token.expose_secret()}));
        if let Err(error) = call.send(&self.api, &self.clock, REVOCATION_TIMEOUT.min(self.patience.call)).await {
            tracing::warn!(%error, "a user's token was not taken back");
        }
    }
}

impl From<UserAnswer> for User {
    fn from(UserAnswer { id, login }: UserAnswer) -> Self {
        Self { id: UserId::new(id), login }
    }
}

fn connected(
    octocrab: OctocrabBuilder<
        octocrab::NoSvc,
        octocrab::DefaultOctocrabBuilderConfig,
        octocrab::NoAuth,
        octocrab::NotLayerReady,
    >,
    address: &str,
    wrong_address: CredentialsError,
    patience: Patience,
) -> Result<Octocrab, CredentialsError> {
    let address = base_url(address).map_err(|()| wrong_address)?;
    octocrab
        .base_uri(address)
        .map_err(|error| CredentialsError::Client(Box::new(error)))?
        // A code that is sent twice is refused.
        .add_retry_config(RetryConfig::None)
        .set_connect_timeout(Some(patience.connect))
        .set_read_timeout(Some(patience.call))
        .set_write_timeout(Some(patience.call))
        .build()
        .map_err(|error| CredentialsError::Client(Box::new(error)))
}
