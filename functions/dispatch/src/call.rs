//! Calling the worker to a claim.
//!
//! Owns nothing but the call: what is to be done follows from the claim's state. Where the call is lost, the claim is found
//! when it is due.

use domain::claim::Claim;
use domain::message::{DueClaim, Message};

use crate::state::State;

/// Has a claim looked at now.
pub(crate) async fn call_worker(state: &State, claim: &Claim) {
    let due = DueClaim {
        claim: claim.id,
        group: claim.group_id(),
        epoch: claim.epoch,
        due_at: state.clock.now(),
        called_by: Some(claim.id),
        revision: Some(claim.revision),
        asked_by: None,
    };
    if let Err(error) = state.queue.send(&Message::Due(due)).await {
        tracing::error!(claim.id = %claim.id, error = %environment::chain(&error), "a claim waits until it is due");
    }
}
