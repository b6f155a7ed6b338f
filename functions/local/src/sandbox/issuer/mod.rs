//! The issuer of the tokens by which a run's jobs prove who they are. GitHub's has a host of its own; here it is the
//! sandbox's.
//! <https://docs.github.com/en/actions/reference/security/oidc>
//!
//! Owns its two documents, and what is asked for a token. Its documents are never counted among the requests to the
//! REST API, and fail as it is scripted.

mod claims;
mod keys;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Map, Value, json};

pub(super) use keys::IssuerKeys;

use super::core::Core;
use super::{Sandbox, SandboxError, gate};

/// What a job asks a token for. At GitHub the job knows its run; here the run is named.
#[derive(Debug, Clone, Deserialize)]
pub struct OidcRequest {
    /// The run that the job is of.
    pub run_id: u64,
    /// For whom the token is.
    pub audience: String,
    /// Whether `sub` has ids beside the names, as that of younger repositories has.
    #[serde(default)]
    pub immutable_subject: bool,
    /// Claims that are to say something else than they would of that run; null leaves one out. Where `sub` is not among
    /// them, it follows the others.
    #[serde(flatten)]
    pub claims: Map<String, Value>,
}

impl OidcRequest {
    /// Asks for a token of that run for somebody.
    #[must_use]
    pub fn new(run_id: u64, audience: &str) -> Self {
        Self { run_id, audience: audience.to_owned(), immutable_subject: false, claims: Map::new() }
    }

    /// The same, with ids in `sub`.
    #[must_use]
    pub fn with_immutable_subject(self) -> Self {
        Self { immutable_subject: true, ..self }
    }

    /// The same, with a claim that is to say something else.
    #[must_use]
    pub fn claiming(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }
}

impl Sandbox {
    /// Gives a run's job a token, as GitHub does in a job that may ask for one. It is made at the sandbox's time and
    /// lives for five minutes.
    ///
    /// # Errors
    /// When there is no such run, or no such claim.
    pub fn oidc_token(&self, request: &OidcRequest) -> Result<String, SandboxError> {
        let claims = self.core.edit(|world| {
            let token_id = world.next_id();
            claims::of(world, request, token_id)
        })?;
        self.core.issuer_keys().sign(&claims).map_err(|_| SandboxError::Key)
    }

    /// Signs with a new key from now on. The one before stays published for the tokens that are on their way.
    ///
    /// # Errors
    /// When no key can be made.
    pub fn rotate_oidc_key(&self) -> Result<(), SandboxError> {
        self.core.issuer_keys().rotate().map_err(|_| SandboxError::Key)
    }
}

/// The issuer's documents.
pub(super) fn router(core: &Arc<Core>) -> Router {
    Router::new()
        .route("/.well-known/openid-configuration", get(configuration))
        .route("/.well-known/jwks", get(key_set))
        .layer(from_fn_with_state(Arc::clone(core), gate::fail_as_scripted))
        .with_state(Arc::clone(core))
}

/// <https://token.actions.githubusercontent.com/.well-known/openid-configuration>
async fn configuration(State(core): State<Arc<Core>>) -> Json<Value> {
    Json(json!({
        "issuer": core.url,
        "jwks_uri": format!("{}/.well-known/jwks", core.url),
        "subject_types_supported": ["public", "pairwise"],
        "response_types_supported": ["id_token"],
        "claims_supported": claims::NAMES,
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid"],
    }))
}

/// <https://token.actions.githubusercontent.com/.well-known/jwks>
async fn key_set(State(core): State<Arc<Core>>) -> Result<Json<Value>, StatusCode> {
    core.issuer_keys().published().map(Json).map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}
