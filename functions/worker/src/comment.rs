//! The way of one command, from its claim to its answer.
//!
//! Owns the order of the steps, and picking the way up again wherever an earlier attempt left it: what is left to do
//! follows from the claim's state alone. Never sends a dispatch for a claim that may have been dispatched.

use std::time::Duration;

use aws::{ConversationRecord, Taken};
use domain::claim::{Claim, State as ClaimState};
use domain::decide::{Decision, decide};
use domain::feedback::Reaction;
use domain::message::CommentCommand;
use domain::refusal::Refusal;
use github::Repository;

use crate::attempt::Attempt;
use crate::error::Undone;
use crate::gather::{StoredFacts, gather};
use crate::overdue::{overdue, still_in_flight};
use crate::record::{record, refusal_of, refuse};
use crate::start::start;
use crate::state::{State, new_claim_id};
use crate::tell::{react, tell};

/// Carries a command out, or picks up where an earlier attempt ended.
pub(crate) async fn carry_out(state: &State, command: CommentCommand) -> Result<(), Undone> {
    let now = state.clock.now();
    let received = Claim::receive(new_claim_id(now), command, now);
    let (repo, number) = (received.request.repo.clone(), received.request.number);
    let (taken, mapping, conversation) = tokio::try_join!(
        state.dispatches.take(received),
        state.mappings.of_repository(repo.id, &repo.name),
        state.dispatches.conversation(repo.id, number),
    )?;
    let (claim, attempt) = match taken {
        Taken::New(claim) => (claim, Attempt::First),
        Taken::Existing(claim) => (claim, Attempt::Later),
    };
    let Some(repository) = state.repository(claim.request.installation, &claim.request.repo).await? else {
        return not_installed(state, &claim).await;
    };
    let claim = match claim.state {
        ClaimState::Received | ClaimState::Authorized => {
            let ConversationRecord { holder, last } = conversation;
            let holder = still_in_flight(state, &repository, holder.filter(|holder| holder.id != claim.id)).await?;
            let stored = StoredFacts { mapping, holder, last };
            // The eyes never hold the work up: they are shown while it goes on.
            let (judged, ()) =
                tokio::join!(judge(state, &repository, &claim, stored), react(&repository, &claim, Reaction::Seen),);
            judged?
        }
        ClaimState::Dispatching { lease_until } => {
            let remaining = Duration::try_from(lease_until.duration_since(now)).unwrap_or_default();
            overdue(state, &claim).await?.ok_or(Undone::Leased { remaining })?
        }
        _ => claim,
    };
    tell(state, &repository, claim, attempt).await
}

/// Without an installation there is no token to speak with; the log is all that is left.
async fn not_installed(state: &State, claim: &Claim) -> Result<(), Undone> {
    let refusal = Refusal::AppNotInstalled;
    tracing::error!(claim.id = %claim.id, repo = %claim.request.repo.name, code = refusal.code(), "a command can't be answered");
    match claim.state {
        ClaimState::Received | ClaimState::Authorized => refuse(state, claim, &refusal).await.map(drop),
        _ => Ok(()),
    }
}

async fn judge(state: &State, repository: &Repository, claim: &Claim, stored: StoredFacts) -> Result<Claim, Undone> {
    let facts = match gather(repository, claim, stored).await {
        Ok(facts) => facts,
        Err(error) => return refuse(state, claim, &refusal_of(error)?).await,
    };
    match decide(claim, &facts, state.clock.now()) {
        Decision::Dispatch(dispatch) => start(state, repository, claim, *dispatch).await,
        Decision::Refuse(refusal) => refuse(state, claim, &refusal).await,
        Decision::Answer(answer) => {
            let answered = claim.answered(answer.text(), state.clock.now())?;
            record(state, claim, answered).await
        }
    }
}
