//! Who asks for a dispatch: a program with one of our tokens, or a repository's own workflow with a proof of GitHub's.
//!
//! Owns how each is told from anybody else, and what each may ask for. A handler that takes a [`Caller`] can't be reached
//! without one. All that is wrong with a token is answered in the same words.

use aws::{Attempt, StoreError};
use axum::extract::FromRequestParts;
use domain::api_token::{ApiToken, ApiTokenText};
use domain::ids::RepoId;
use domain::mapping::Mapping;
use domain::request::Caller as Named;
use domain::run_kind::RunKind;
use http::StatusCode;
use http::request::Parts;
use oidc::{ActionsToken, OidcError};
use records::store_failed;
use web::{ApiError, Problem};

use crate::state::State;

/// Somebody who may ask.
#[derive(Debug)]
pub(crate) enum Caller {
    /// A program.
    Program(Box<ApiToken>),
    /// A workflow of this repository.
    Workflow(Box<ActionsToken>),
}

impl FromRequestParts<State> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, ApiError> {
        match known(state, web::bearer(&parts.headers)).await? {
            Some(caller) => Ok(caller),
            None => Err(refused(state, parts).await?.into()),
        }
    }
}

async fn known(state: &State, bearer: Option<&str>) -> Result<Option<Caller>, ApiError> {
    let Some(bearer) = bearer else { return Ok(None) };
    match ApiTokenText::parse(bearer) {
        Ok(text) => {
            Ok(program(state, &text).await.map_err(store_failed)?.map(|token| Caller::Program(Box::new(token))))
        }
        Err(_) => workflow(state, bearer).await,
    }
}

/// A token is found by its hash: no two texts are ever compared.
async fn program(state: &State, text: &ApiTokenText) -> Result<Option<ApiToken>, StoreError> {
    let (hash, now) = (text.hash(), state.clock.now());
    let Some(token) = state.api_tokens.find(hash).await?.filter(|token| token.is_valid(now)) else { return Ok(None) };
    if token.has_news_of_use(now)
        && let Err(error) = state.api_tokens.note_use(hash, now).await
    {
        tracing::warn!(token.id = %token.id, error = %environment::chain(&error), "a token's use is not on record");
    }
    Ok(Some(token))
}

async fn workflow(state: &State, bearer: &str) -> Result<Option<Caller>, ApiError> {
    match state.verifier.verify(bearer, state.public_url.as_str()).await {
        Ok(token) => Ok(Some(Caller::Workflow(Box::new(token)))),
        Err(OidcError::Invalid(reason)) => {
            tracing::info!(reason, "a bearer is no token of a run");
            Ok(None)
        }
        Err(error @ OidcError::Unavailable(_)) => Err(ApiError::Unavailable(error.into())),
    }
}

/// Only what failed is counted: whoever has a token is never kept waiting by somebody who guesses.
async fn refused(state: &State, parts: &Parts) -> Result<Problem, ApiError> {
    let now = state.clock.now();
    let attempt = state.attempts.attempt(&web::source(&parts.headers), now).await.map_err(store_failed)?;
    Ok(match attempt {
        Attempt::Allowed => {
            let detail = "Send an API token, or a GitHub Actions OIDC token whose audience is this control plane's \
                          address, as `Authorization: Bearer …`.";
            Problem::new(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", detail)
        }
        Attempt::Blocked { until } => {
            let wait = until.duration_since(now).unsigned_abs();
            let detail = "Too many requests without a valid token came from this address.";
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "RATE_LIMITED", detail).with_retry_after(wait)
        }
    })
}

impl Caller {
    /// The identity under which `Idempotency-Key`s are told apart, and the name that people are told.
    pub(crate) fn named(&self) -> Named {
        match self {
            Self::Program(token) => Named { id: format!("token:{}", token.id), name: token.name.to_string() },
            Self::Workflow(token) => Named {
                id: format!("repo:{}", token.repository_id),
                name: format!("{} ({})", token.repository, token.actor),
            },
        }
    }

    /// Whether the caller may know of a repository at all.
    pub(crate) fn sees(&self, repo: RepoId) -> bool {
        match self {
            Self::Program(token) => RunKind::ALL.into_iter().any(|kind| token.may(repo, kind)),
            Self::Workflow(token) => token.repository_id == repo,
        }
    }

    /// Whether the caller may decide anything: code that a pull request brings along may not.
    pub(crate) fn may_decide(&self) -> Result<(), Problem> {
        match self {
            Self::Workflow(token) if token.event_name.starts_with("pull_request") => {
                let detail = "A workflow that a pull request starts may run the pull request's code: it may look, and \
                              neither ask for runs nor take them back.";
                Err(forbidden("PULL_REQUEST_EVENT", detail.to_owned()))
            }
            Self::Workflow(_) | Self::Program(_) => Ok(()),
        }
    }

    /// Whether the caller may start such a run. A run may not start the next one, and neither may code that a pull request
    /// brings along.
    pub(crate) fn may(&self, repo: RepoId, kind: RunKind, mapping: &Mapping) -> Result<(), Problem> {
        let token = match self {
            Self::Program(token) if token.may(repo, kind) => return Ok(()),
            Self::Program(_) => {
                return Err(forbidden(
                    "SCOPE",
                    format!("This token starts no {kind} runs. Mint one whose `kinds` has it."),
                ));
            }
            Self::Workflow(token) => token,
        };
        self.may_decide()?;
        let file = token.workflow().map(|workflow| workflow.file);
        let ours = [&mapping.workflow_file, &mapping.planning_workflow_file];
        if ours.iter().any(|ours| file == Some(ours.as_str())) {
            let detail = "A run can't ask for another one: call from a workflow that the mapping doesn't name.";
            return Err(forbidden("OWN_WORKFLOW", detail.to_owned()));
        }
        Ok(())
    }
}

fn forbidden(code: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::FORBIDDEN, code, detail)
}
