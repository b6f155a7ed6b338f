//! Who calls: the App by its JWT or by its client secret, the installation by its token, a job by its `GITHUB_TOKEN`, a
//! person by theirs.
//!
//! Owns the App's key and the extractors. Never decides what a caller may do: `access` does.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode};
use serde::Deserialize;

use super::core::Core;
use super::github_error::GithubError;
use super::rsa_key::RsaKey;
use super::world::{ACTIONS_BOT, Account, Actor, App, InstallationToken, World};

/// GitHub takes JWTs that end at most this much later.
/// <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app>
const MAX_JWT_LIFE: Duration = Duration::from_mins(10);
/// Clocks may differ by this much.
const CLOCK_SKEW: Duration = Duration::from_mins(1);

/// The App's RSA key: made at start, never written to a file.
pub(super) struct AppKey {
    pub(super) private_key_pem: String,
    verifier: DecodingKey,
}

impl AppKey {
    /// Makes a new key.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub(super) fn generate() -> Result<Self, aws_lc_rs::error::Unspecified> {
        let key = RsaKey::generate()?;
        Ok(Self { verifier: DecodingKey::from_rsa_der(&key.public_der), private_key_pem: key.private_pem })
    }

    /// Accepts an App JWT, or says why not in GitHub's words.
    fn verify(&self, jwt: &str, app: &App) -> Result<(), GithubError> {
        let mut validation = Validation::new(Algorithm::RS256);
        // The times are judged below, with GitHub's own texts.
        validation.validate_exp = false;
        validation.required_spec_claims.clear();
        let claims = decode::<Claims>(jwt, &self.verifier, &validation)
            .map_err(|_| GithubError::unauthorized("A JSON web token could not be decoded"))?
            .claims;
        if !claims.iss.names(app) {
            return Err(GithubError::unauthorized("A JSON web token could not be decoded"));
        }
        judge_times(&claims, Timestamp::now().as_second()).map_err(GithubError::unauthorized)
    }
}

/// The App itself, by its JWT.
pub(super) struct AppCaller;

/// The installation, by a token that is known, alive and not revoked.
pub(super) struct InstallationCaller {
    pub(super) token: InstallationToken,
}

/// Somebody, by a token that acts for them.
pub(super) struct UserCaller {
    pub(super) account: Account,
}

/// The App, by its client id and secret.
pub(super) struct ClientCaller {
    pub(super) client_id: String,
}

impl InstallationCaller {
    /// Login of the bot that does what this caller asks for.
    pub(super) fn login(&self, world: &World) -> String {
        match self.token.acts_as {
            Actor::App => world.app.bot_login(),
            Actor::Actions => ACTIONS_BOT.to_owned(),
        }
    }

    /// Whether the App calls, which the account may have told to do nothing.
    pub(super) fn is_app(&self) -> bool {
        self.token.acts_as == Actor::App
    }
}

impl FromRequestParts<Arc<Core>> for AppCaller {
    type Rejection = GithubError;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, GithubError> {
        let jwt = credential(parts)?;
        core.app_key.verify(jwt, &core.world().app)?;
        Ok(Self)
    }
}

impl FromRequestParts<Arc<Core>> for InstallationCaller {
    type Rejection = GithubError;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, GithubError> {
        let secret = credential(parts)?;
        let world = core.world();
        let token = world.tokens.iter().find(|token| token.token == secret);
        let alive = token.filter(|token| token.expires_at > world.now());
        let token = alive.cloned().ok_or_else(|| GithubError::unauthorized("Bad credentials"))?;
        let caller = Self { token };
        if caller.is_app() && !world.installation.installed {
            return Err(GithubError::unauthorized("Bad credentials"));
        }
        if caller.is_app() && world.installation.suspended_at.is_some() {
            return Err(GithubError::suspended());
        }
        Ok(caller)
    }
}

impl FromRequestParts<Arc<Core>> for UserCaller {
    type Rejection = GithubError;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, GithubError> {
        let secret = credential(parts)?;
        let world = core.world();
        let token = world.user_tokens.iter().find(|token| token.token == secret && token.expires_at > world.now());
        let account = token.and_then(|token| world.accounts.iter().find(|account| account.id == token.user_id));
        account.map(|it| Self { account: it.clone() }).ok_or_else(|| GithubError::unauthorized("Bad credentials"))
    }
}

impl FromRequestParts<Arc<Core>> for ClientCaller {
    type Rejection = GithubError;

    async fn from_request_parts(parts: &mut Parts, core: &Arc<Core>) -> Result<Self, GithubError> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let client_id = core.world().app.client_id.clone();
        let expected = STANDARD.encode(format!("{client_id}:{}", core.client_secret));
        let is_it = header
            .strip_prefix("Basic ")
            .is_some_and(|given| given.trim_end_matches('=') == expected.trim_end_matches('='));
        is_it.then_some(Self { client_id }).ok_or_else(|| GithubError::unauthorized("Bad credentials"))
    }
}

/// GitHub writes `iss` as a number in its older examples and as a string in its newer ones.
#[derive(Deserialize)]
#[serde(untagged)]
enum Issuer {
    Number(u64),
    Text(String),
}

impl Issuer {
    fn names(&self, app: &App) -> bool {
        match self {
            Self::Number(id) => *id == app.id,
            Self::Text(text) => *text == app.client_id || *text == app.id.to_string(),
        }
    }
}

#[derive(Deserialize)]
struct Claims {
    iss: Issuer,
    iat: i64,
    exp: i64,
}

fn judge_times(claims: &Claims, now: i64) -> Result<(), &'static str> {
    if claims.exp <= now {
        return Err(
            "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the \
                    assertion expires",
        );
    }
    if claims.exp > now + seconds(MAX_JWT_LIFE) {
        return Err("'Expiration time' claim ('exp') is too far in the future");
    }
    if claims.iat > now + seconds(CLOCK_SKEW) {
        return Err("'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued");
    }
    Ok(())
}

fn seconds(duration: Duration) -> i64 {
    i64::try_from(duration.as_secs()).unwrap_or(i64::MAX)
}

/// The credential of the `Authorization` header: GitHub takes `Bearer` and `token`.
fn credential(parts: &Parts) -> Result<&str, GithubError> {
    let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let (scheme, credential) = header
        .and_then(|value| value.split_once(' '))
        .ok_or_else(|| GithubError::unauthorized("Requires authentication"))?;
    let known = scheme.eq_ignore_ascii_case("bearer") || scheme.eq_ignore_ascii_case("token");
    known.then(|| credential.trim()).ok_or_else(|| GithubError::unauthorized("Bad credentials"))
}
