//! `POST /trigger/gap-fill`: the call of those who come from the reference product.
//!
//! Owns its two fields and what they mean. What follows is a dispatch as any other.

use axum::extract;
use axum::response::Response;
use domain::command::Instructions;
use domain::ids::IssueNumber;
use domain::planning_context::PlanningContext;
use domain::request::digest;
use domain::run_kind::RunKind;
use serde::{Deserialize, Serialize};
use web::{ApiError, JsonBody, Problem};

use super::body::{Place, Wanted};
use super::key::IdempotencyKey;
use super::take;
use super::target::Target;
use crate::caller::Caller;
use crate::state::State;

/// The body.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct GapFillBody {
    /// The ticket's key, such as `ENG-42`: its team is what stands before the dash.
    issue_key: String,
    pr_number: u64,
}

/// 202 with the claim. Without an `Idempotency-Key` each call is a request of its own.
pub(crate) async fn gap_fill(
    caller: Caller,
    extract::State(state): extract::State<State>,
    key: IdempotencyKey,
    JsonBody(body): JsonBody<GapFillBody>,
) -> Result<Response, ApiError> {
    let payload = digest(&serde_json::to_vec(&body).expect("plain JSON"));
    let team = body.issue_key.rsplit_once('-').map(|(team, _)| team).filter(|team| !team.is_empty());
    let team = team.ok_or_else(|| Problem::bad_field("issueKey", "a ticket's key, such as ENG-42"))?;
    if body.pr_number == 0 {
        return Err(Problem::bad_field("prNumber", "a number from 1 on").into());
    }
    let wanted = Wanted {
        kind: RunKind::GapFill,
        place: Place::Team(team.to_owned()),
        number: Some(IssueNumber::new(body.pr_number)),
        ticket: None,
        comment: None,
        instructions: Instructions::None,
        planning: PlanningContext::default(),
    };
    let target = Target::find(&state, &caller, &wanted.place).await?;
    target.admit(&caller, RunKind::GapFill)?;
    let request = target.request(&state, wanted, &caller, key.or_one_of_its_own(), payload).await?;
    Box::pin(take(&state, &target, request)).await
}
