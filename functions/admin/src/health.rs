//! Whether the whole can work: each secret there and well-formed, both tables in reach.
//!
//! Owns what the public gets to know of that: roles and sentences, never a name in AWS, a value or an error's text.
//! Services are asked at most once in a while, however often we are.

pub(crate) mod deliveries;
pub(crate) mod details;
mod problems;

use std::borrow::Cow;
use std::error::Error;
use std::sync::Arc;

use aws::{Dispatches, Mappings, SecretError, SecretShape, SecretSource, StoreError, WebhookSecrets};
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use clock::Clock;
use domain::claim::ClaimId;
use domain::repo_name::RepoFullName;
use github::CredentialsError;
use github_app::{AccessError, GitHubAccess};
use http::StatusCode;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use tokio::sync::Mutex;

use crate::secret::AdminSecret;
use crate::state::{Parts, State};

/// How long an answer is given again.
const LIFETIME: SignedDuration = SignedDuration::from_secs(10);
const APP_SECRET_SHAPE: &str = r#"{"app_id": 12345, "private_key": "-----BEGIN RSA PRIVATE KEY-----…"}"#;

/// What is checked, and the last answer. Clones share both.
#[derive(Clone)]
pub(crate) struct Health {
    webhook_secret: SecretSource,
    admin_secret: SecretSource,
    github: GitHubAccess,
    mappings: Mappings,
    dispatches: Dispatches,
    clock: Clock,
    kept: Arc<Mutex<Option<(Timestamp, Report)>>>,
}

/// The answer of `/healthz`.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    /// `ok` or `failing`.
    pub(crate) status: &'static str,
    pub(crate) version: &'static str,
    pub(crate) checks: [Check; 5],
}

/// What was looked at, and how it is.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    pub(crate) status: Status,
    pub(crate) detail: Cow<'static, str>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Status {
    Ok,
    /// There is no value yet.
    Missing,
    /// There is one that can't be used.
    Malformed,
    /// Nobody knows: it could not be asked for.
    Unreadable,
}

/// What is wrong, and the words for it.
type Fault = (Status, Cow<'static, str>);

/// `GET /healthz`
pub(crate) async fn health(extract::State(state): extract::State<State>) -> Response {
    let report = state.health.report().await;
    let status = if report.is_ok() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

impl Health {
    pub(crate) fn new(parts: &Parts) -> Self {
        Self {
            webhook_secret: parts.webhook_secret.clone(),
            admin_secret: parts.admin_secret.clone(),
            github: parts.github.clone(),
            mappings: parts.mappings.clone(),
            dispatches: parts.dispatches.clone(),
            clock: parts.clock.clone(),
            kept: Arc::default(),
        }
    }

    /// The last answer while it is young, else a new one. Who asks meanwhile waits for the same.
    async fn report(&self) -> Report {
        let mut kept = self.kept.lock().await;
        let now = self.clock.now();
        if let Some((at, report)) = kept.as_ref()
            && now.duration_since(*at) < LIFETIME
        {
            return report.clone();
        }
        // Boxed: five questions at once make a large state machine, and nobody waits for this one.
        let report = Box::pin(self.look()).await;
        *kept = Some((now, report.clone()));
        report
    }

    async fn look(&self) -> Report {
        let (webhook, app, admin, mappings, dispatches) = tokio::join!(
            secret_of::<WebhookSecrets>(&self.webhook_secret),
            self.app_secret(),
            secret_of::<AdminSecret>(&self.admin_secret),
            self.mappings_table(),
            self.dispatches_table(),
        );
        let well_formed = "It is there and well-formed.";
        let signing_in = match &admin {
            Ok(secret) if !secret.has_access_code() => {
                "It is there and well-formed; signing in with an access code is switched off."
            }
            _ => well_formed,
        };
        let checks = [
            check("webhook secret", webhook.map(drop), well_formed),
            check("github-app secret", app, well_formed),
            check("admin secret", admin.map(drop), signing_in),
            check("mappings table", mappings, "It answers."),
            check("dispatches table", dispatches, "It answers."),
        ];
        let status = if checks.iter().all(|check| check.status == Status::Ok) { "ok" } else { "failing" };
        Report { status, version: env!("CARGO_PKG_VERSION"), checks }
    }

    async fn app_secret(&self) -> Result<(), Fault> {
        self.github.check().await.map_err(|error| match error {
            AccessError::Secret(error) => secret_fault(&error, APP_SECRET_SHAPE),
            AccessError::Credentials(error) => {
                log(&error);
                match error {
                    CredentialsError::Shape => (Status::Malformed, not_of(APP_SECRET_SHAPE)),
                    CredentialsError::PrivateKey => {
                        (Status::Malformed, "Its `private_key` is not an RSA private key in PEM.".into())
                    }
                    CredentialsError::ApiUrl => {
                        (Status::Unreadable, "It can't be used: GITHUB_API_URL is not an http(s) address.".into())
                    }
                    CredentialsError::WebUrl => {
                        (Status::Unreadable, "It can't be used: GITHUB_WEB_URL is not an http(s) address.".into())
                    }
                    CredentialsError::Client(_) => {
                        (Status::Unreadable, "No client could be made with it; the log has the cause.".into())
                    }
                }
            }
        })
    }

    /// Asks for a mapping that nobody needs to have.
    async fn mappings_table(&self) -> Result<(), Fault> {
        let name = RepoFullName::new("ai-implement", "healthz").expect("a name that keeps the rules");
        self.mappings.named(&name).await.map(drop).map_err(|error| table_fault(&error))
    }

    /// Asks for a claim that nobody has: no id is drawn at the time 0.
    async fn dispatches_table(&self) -> Result<(), Fault> {
        self.dispatches.claim(ClaimId::from_parts(0, 0)).await.map(drop).map_err(|error| table_fault(&error))
    }
}

impl Report {
    fn is_ok(&self) -> bool {
        self.status == "ok"
    }
}

async fn secret_of<T: SecretShape>(source: &SecretSource) -> Result<T, Fault> {
    source.read_as().await.map_err(|error| secret_fault(&error, T::SHAPE))
}

fn secret_fault(error: &SecretError, shape: &'static str) -> Fault {
    log(error);
    match error {
        SecretError::Missing { .. } => (Status::Missing, format!("It has no value yet. Put {shape} into it.").into()),
        SecretError::Shape { .. } => (Status::Malformed, not_of(shape)),
        SecretError::Unreadable { .. } | SecretError::JustFailed { .. } => unreadable(),
    }
}

fn table_fault(error: &StoreError) -> Fault {
    log(error);
    unreadable()
}

fn unreadable() -> Fault {
    (Status::Unreadable, "It could not be read; the log has the cause.".into())
}

fn not_of(shape: &str) -> Cow<'static, str> {
    format!("Its value is not of the shape {shape}.").into()
}

fn check(name: &'static str, looked: Result<(), Fault>, fine: &'static str) -> Check {
    let (status, detail) = looked.err().unwrap_or((Status::Ok, fine.into()));
    Check { name, status, detail }
}

fn log(error: &(dyn Error + 'static)) {
    tracing::error!(error = %environment::chain(error), "a health check failed");
}
