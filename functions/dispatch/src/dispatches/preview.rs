//! A request judged under today's rules, without any effect.
//!
//! Owns the answer's shape. Facts and rules are the worker's own. Never writes, never queues, and never shows a token or
//! the address of a channel.

use std::collections::BTreeMap;

use axum::Json;
use axum::response::{IntoResponse, Response};
use domain::claim::Claim;
use domain::decide::{Decision, decide};
use domain::mapping::Mapping;
use domain::refusal::Busy;
use domain::request::ApiRequest;
use domain::run_callback::Callbacks;
use domain::run_kind::RunKind;
use gather::{StoredFacts, gather};
use records::store_failed;
use serde::Serialize;
use web::ApiError;

use super::new_claim_id;
use crate::at_github::at_github;
use crate::state::State;
use crate::store::{github_failed, no_secret};

/// What a value is shown as that only the run may have.
const REDACTED: &str = "…";
/// Inputs that only the run may have.
const SECRET_INPUTS: [&str; 1] = ["run_token"];

/// What would become of a request now.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Preview<'a> {
    /// `dispatch`, `refuse`, `answer` or `cancel`.
    decision: &'static str,
    /// Why not, by its stable code.
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'static str>,
    /// Why not, with the remedy; or the words that would be said.
    #[serde(skip_serializing_if = "Option::is_none")]
    explanation: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mapping: Option<&'a Mapping>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<RunKind>,
    #[serde(skip_serializing_if = "Option::is_none")]
    workflow_file: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    git_ref: Option<String>,
    /// Exactly what the workflow would receive.
    #[serde(skip_serializing_if = "Option::is_none")]
    inputs: Option<BTreeMap<&'static str, String>>,
}

/// Judges what was just asked.
pub(super) async fn of_request(state: &State, request: ApiRequest) -> Result<Response, ApiError> {
    let now = state.clock.now();
    Box::pin(of_claim(state, &Claim::receive(new_claim_id(now), request, now))).await
}

/// Judges a stored request once more, as if it were made now.
pub(super) async fn of_stored(state: &State, stored: &Claim) -> Result<Response, ApiError> {
    let now = state.clock.now();
    let anew = Claim::receive(stored.id, stored.request.clone(), now);
    Box::pin(of_claim(state, &Claim { asked_anew_at: Some(now), ..anew })).await
}

pub(super) async fn of_claim(state: &State, claim: &Claim) -> Result<Response, ApiError> {
    let (repo, place) = (claim.request.repo(), claim.request.place());
    let (mapping, conversation) =
        tokio::join!(state.mappings.of_repository(repo.id, &repo.name), state.dispatches.conversation(&place),);
    let (mapping, conversation) = (mapping.map_err(store_failed)?, conversation.map_err(store_failed)?);
    let in_flight = conversation.holder.as_ref().filter(|holder| holder.id != claim.id).and_then(Busy::of);
    let (_, repository) = at_github(state, repo.id, &repo.name).await?;
    let settings = match &mapping {
        // Whoever has the address of the channel can post there; a caller need not.
        aws::StoredMapping::Found(mapping) => Some(Mapping { notify: None, ..(**mapping).clone() }),
        _ => None,
    };
    let stored = StoredFacts { mapping, in_flight, last: conversation.last, earlier: Vec::new() };
    let facts = gather(&repository, claim, stored).await.map_err(github_failed)?;
    let facts = if facts.takes_callbacks() { facts.with_callbacks(callbacks(state).await?) } else { facts };
    let decision = decide(claim, &facts, state.clock.now());
    Ok(Json(Preview::of(decision, settings.as_ref())).into_response())
}

/// Where runs report whose workflow is told at its dispatch.
async fn callbacks(state: &State) -> Result<Callbacks, ApiError> {
    let secret = state.run_secret.current().await.map_err(no_secret)?;
    Ok(Callbacks::new(state.public_url.clone(), secret.key()))
}

impl<'a> Preview<'a> {
    fn of(decision: Decision, mapping: Option<&'a Mapping>) -> Self {
        let nothing = Self {
            decision: "dispatch",
            code: None,
            explanation: None,
            mapping,
            kind: None,
            workflow_file: None,
            git_ref: None,
            inputs: None,
        };
        match decision {
            Decision::Dispatch(dispatch) => Self {
                kind: Some(dispatch.order.kind),
                workflow_file: Some(dispatch.order.workflow_file.to_string()),
                git_ref: Some(dispatch.order.git_ref.clone()),
                inputs: Some(dispatch.inputs.iter().map(shown).collect()),
                ..nothing
            },
            Decision::Refuse(refusal) => Self {
                decision: "refuse",
                code: Some(refusal.code()),
                explanation: Some(refusal.to_string()),
                ..nothing
            },
            Decision::Answer(answer) => Self { decision: "answer", explanation: Some(answer.text()), ..nothing },
            Decision::Cancel => Self { decision: "cancel", ..nothing },
        }
    }
}

fn shown((name, value): (&'static str, &str)) -> (&'static str, String) {
    (name, if SECRET_INPUTS.contains(&name) { REDACTED } else { value }.to_owned())
}
