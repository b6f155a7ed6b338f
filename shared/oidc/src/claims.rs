//! A token's parts, in the order in which they are believed: the id of a key, the signature, the claims.
//!
//! Owns what must be true of a token. What `alg` says is compared and never followed; keys that a header brings along
//! (`jwk`, `jku`, `x5u`) are never looked at.

use std::str::FromStr;

use domain::ids::{RepoId, RunId, UserId};
use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use crate::error::OidcError;
use crate::issuer::Issuer;
use crate::subject;
use crate::token::ActionsToken;

/// Nothing longer is parsed. GitHub's tokens have some two kilobytes.
const MAX_TOKEN_BYTES: usize = 16 * 1024;
/// GitHub's clock and ours may differ by this much.
const LEEWAY_SECONDS: i64 = 60;

/// The claims that are read; GitHub sends ids as strings.
/// <https://docs.github.com/en/actions/reference/security/oidc#custom-claims-provided-by-github>
#[derive(Deserialize)]
pub(crate) struct Claims {
    iss: String,
    aud: Audience,
    sub: String,
    jti: String,
    exp: i64,
    nbf: i64,
    iat: i64,
    repository: RepoFullName,
    #[serde(deserialize_with = "digits")]
    repository_id: u64,
    #[serde(deserialize_with = "digits")]
    repository_owner_id: u64,
    event_name: String,
    workflow_ref: String,
    #[serde(rename = "ref")]
    git_ref: String,
    sha: String,
    #[serde(deserialize_with = "digits")]
    run_id: u64,
    #[serde(deserialize_with = "digits")]
    run_attempt: u32,
    actor: String,
    #[serde(deserialize_with = "digits")]
    actor_id: u64,
}

/// For whom a token was made.
#[derive(Deserialize)]
#[serde(untagged)]
enum Audience {
    One(String),
    Many(Vec<String>),
}

impl Audience {
    fn is_only(&self, audience: &str) -> bool {
        match self {
            Self::One(one) => one == audience,
            Self::Many(many) => matches!(&many[..], [one] if one == audience),
        }
    }
}

/// The id of the key that a token says it is signed with: as yet, anybody's word.
pub(crate) fn key_id(token: &str) -> Result<String, OidcError> {
    if token.len() > MAX_TOKEN_BYTES {
        return Err(OidcError::Invalid("it is too long"));
    }
    let header = decode_header(token).map_err(|_| OidcError::Invalid("it is no signed token"))?;
    if header.alg != Algorithm::RS256 {
        return Err(OidcError::Invalid("it is not signed with RS256"));
    }
    // RFC 7515, 4.1.11: whoever doesn't understand what is critical must refuse. Nothing of that is understood here.
    if header.crit.is_some() {
        return Err(OidcError::Invalid("its header demands what is unknown here"));
    }
    header.kid.ok_or(OidcError::Invalid("it names no key"))
}

/// The claims, once the signature is the key's.
pub(crate) fn signed_by(key: &DecodingKey, token: &str) -> Result<Claims, OidcError> {
    let mut validation = Validation::new(Algorithm::RS256);
    // What the claims say is judged below, by our clock.
    validation.required_spec_claims.clear();
    validation.validate_exp = false;
    validation.validate_aud = false;
    let decoded = decode(token, key, &validation).map_err(|error| match error.kind() {
        ErrorKind::InvalidSignature => OidcError::Invalid("its signature is not the issuer's"),
        ErrorKind::Json(_) => OidcError::Invalid("its claims are not those of a run"),
        _ => OidcError::Invalid("it is no signed token"),
    })?;
    Ok(decoded.claims)
}

impl Claims {
    /// Whether it is this issuer's token for that audience, now, and contradicts itself nowhere.
    pub(crate) fn judge(&self, issuer: &Issuer, audience: &str, now: Timestamp) -> Result<(), OidcError> {
        let now = now.as_second();
        let unless = |fine: bool, reason| if fine { Ok(()) } else { Err(OidcError::Invalid(reason)) };
        unless(self.iss == issuer.as_str(), "another issuer made it")?;
        unless(self.aud.is_only(audience), "it was made for another audience")?;
        unless(self.exp.saturating_add(LEEWAY_SECONDS) > now, "it has expired")?;
        unless(self.nbf.saturating_sub(LEEWAY_SECONDS) <= now, "it is not valid yet")?;
        unless(self.iat.saturating_sub(LEEWAY_SECONDS) <= now, "it was issued in the future")?;
        let owner = UserId::new(self.repository_owner_id);
        let agrees = subject::agrees(&self.sub, &self.repository, RepoId::new(self.repository_id), owner);
        unless(agrees, "its subject contradicts its repository")
    }

    /// What a judged token tells.
    pub(crate) fn into_token(self) -> Result<ActionsToken, OidcError> {
        let expires_at = Timestamp::from_second(self.exp).map_err(|_| OidcError::Invalid("it never expires"))?;
        Ok(ActionsToken {
            repository_id: RepoId::new(self.repository_id),
            repository: self.repository,
            repository_owner_id: UserId::new(self.repository_owner_id),
            subject: self.sub,
            event_name: self.event_name,
            workflow_ref: self.workflow_ref,
            git_ref: self.git_ref,
            sha: self.sha,
            run_id: RunId::new(self.run_id),
            run_attempt: self.run_attempt,
            actor: self.actor,
            actor_id: UserId::new(self.actor_id),
            jti: self.jti,
            expires_at,
        })
    }
}

/// A number as GitHub writes it here: digits in a string, and nothing beside them.
fn digits<'de, D: Deserializer<'de>, N: FromStr>(deserializer: D) -> Result<N, D::Error> {
    let text = String::deserialize(deserializer)?;
    let number = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten();
    number.ok_or_else(|| D::Error::custom("not a number in a string"))
}
