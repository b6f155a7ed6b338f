//! Carrying a claim on from wherever it stands: what is left to do follows from its state alone.
//!
//! Owns that choice, for a command's first delivery as for every later one, for what is due and for a person's word.
//! Never sends a dispatch for a claim that may have been dispatched.

use std::collections::BTreeSet;
use std::time::Duration;

use aws::{ConversationRecord, StoreError, StoredMapping};
use domain::claim::{Cancelled, Claim, State as ClaimState};
use domain::decide::{Decision, decide, is_stale, takes_earlier_commands};
use domain::feedback::Reaction;
use domain::refusal::{Busy, Refusal};
use gather::StoredFacts;
use github::Repository;

use crate::announce::announce;
use crate::cancel::cancel;
use crate::delivery::Delivery;
use crate::error::Undone;
use crate::go_on::go_on;
use crate::line::{is_turn_of, line_up};
use crate::look::{cancel_strays, look_at_run, look_for_run, take_late_run};
use crate::record::{record, refusal_of, refuse};
use crate::set_up::gathered;
use crate::start::start;
use crate::state::State;
use crate::tell::{react, tell};

/// What the tables know of a command's repository and conversation.
pub(crate) struct Known {
    /// The settings.
    pub(crate) mapping: StoredMapping,
    /// Who holds the conversation, and who held it last.
    pub(crate) conversation: ConversationRecord,
    /// The conversation's earlier commands, where they are asked about.
    pub(crate) earlier: Vec<Claim>,
}

/// So many of a conversation's newest commands are looked at.
pub(crate) const EARLIER_COMMANDS: u32 = 50;

/// Does what the claim's state asks for, and tells people of it.
#[failpoint::everywhere]
pub(crate) async fn carry_on(
    state: &State,
    claim: &Claim,
    known: Option<Known>,
    delivery: Delivery,
) -> Result<(), Undone> {
    let Some(repository) = state.repository(claim.request.installation(), claim.request.repo()).await? else {
        return not_installed(state, claim).await;
    };
    let now = state.clock.now();
    let is_due = claim.due_at().is_some_and(|due_at| due_at <= now);
    let next = match &claim.state {
        ClaimState::Unknown { retry_by: Some(_), .. } | ClaimState::Queued { retry_by: Some(_), .. } => {
            match take_late_run(state, &repository, claim).await? {
                Some(found) => found,
                None => Box::pin(decided(state, &repository, claim, known, delivery)).await?,
            }
        }
        ClaimState::Received | ClaimState::Authorized | ClaimState::Queued { .. } => {
            Box::pin(decided(state, &repository, claim, known, delivery)).await?
        }
        ClaimState::Dispatching { lease_until, .. } => {
            let remaining = Duration::try_from(lease_until.duration_since(now)).unwrap_or_default();
            let doubted = claim.overdue(now).ok_or(Undone::Leased { remaining })?;
            record(state, claim, doubted).await?
        }
        ClaimState::Reconciling { .. } if is_due => look_for_run(state, &repository, claim).await?,
        // A run that is to be cancelled comes first; the next look is for what came of it.
        ClaimState::Dispatched { .. } | ClaimState::Started { .. } if is_due && claim.strays.is_empty() => {
            look_at_run(state, &repository, claim).await?
        }
        _ => claim.clone(),
    };
    let told = told(state, &repository, &next, delivery).await;
    // Last, so that a run that can't be cancelled now stands in nobody's way.
    let strays = if next.strays.is_empty() { Ok(()) } else { cancel_strays(state, &repository, next.id).await };
    told.and(strays)?;
    if next.is_to_go_on() { go_on(state, next.id).await } else { Ok(()) }
}

#[failpoint::everywhere]
async fn told(state: &State, repository: &Repository, claim: &Claim, delivery: Delivery) -> Result<(), Undone> {
    // People know already, and nobody was interrupted while telling them.
    if !claim.is_untold() && delivery.is_first() {
        return Ok(());
    }
    announce(state, claim).await;
    Box::pin(tell(state, repository, claim.clone())).await
}

#[failpoint::everywhere]
async fn decided(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    known: Option<Known>,
    delivery: Delivery,
) -> Result<Claim, Undone> {
    if let Some(withdrawn) = withdrawn(state, claim) {
        return record(state, claim, withdrawn).await;
    }
    let Known { mapping, conversation, earlier } = match known {
        Some(known) => known,
        None => Box::pin(read(state, claim)).await?,
    };
    if let (ClaimState::Queued { .. }, StoredMapping::Found(mapping)) = (&claim.state, &mapping)
        && !is_stale(claim, state.clock.now())
        && !is_turn_of(state, claim, mapping.max_in_progress.get()).await?
    {
        return line_up(state, claim, mapping.max_in_progress.get()).await;
    }
    let in_flight = conversation.holder.as_ref().filter(|holder| holder.id != claim.id).and_then(Busy::of);
    let stored = StoredFacts { mapping, in_flight, last: conversation.last, earlier };
    // The eyes never hold the work up: they are shown while it goes on.
    let (judged, ()) = tokio::join!(
        Box::pin(judge(state, repository, claim, stored, delivery)),
        Box::pin(react(state, repository, claim, Reaction::Seen)),
    );
    judged
}

/// What was cancelled while it was being dispatched, and was not sent after all.
fn withdrawn(state: &State, claim: &Claim) -> Option<Claim> {
    match claim.cancelled(claim.cancel_by.as_deref()?, state.clock.now()) {
        Cancelled::Withdrawn(next) => Some(next),
        _ => None,
    }
}

#[failpoint::everywhere]
async fn read(state: &State, claim: &Claim) -> Result<Known, Undone> {
    let (repo, place) = (claim.request.repo(), claim.request.place());
    let (mapping, conversation, earlier) = tokio::try_join!(
        state.mappings.of_repository(repo.id, &repo.name),
        state.dispatches.conversation(&place),
        earlier(state, claim),
    )?;
    Ok(Known { mapping, conversation, earlier })
}

/// The earlier commands of a claim's conversation, where the command asks about them.
#[failpoint::everywhere]
pub(crate) async fn earlier(state: &State, claim: &Claim) -> Result<Vec<Claim>, StoreError> {
    match claim.request.number().filter(|_| takes_earlier_commands(claim)) {
        Some(number) => state.dispatches.of_conversation(claim.request.repo().id, number, EARLIER_COMMANDS).await,
        None => Ok(Vec::new()),
    }
}

#[failpoint::everywhere]
async fn judge(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    stored: StoredFacts,
    delivery: Delivery,
) -> Result<Claim, Undone> {
    let facts = match Box::pin(gathered(state, repository, claim, stored)).await {
        Ok(facts) => facts,
        // Whatever stands in the way, after six hours nobody waits for it any more.
        Err(error) if error.is_transient() && is_stale(claim, state.clock.now()) => {
            return refuse(state, claim, &Refusal::Stale).await;
        }
        Err(error) => return refuse(state, claim, &refusal_of(error)?).await,
    };
    let facts = match &state.runs {
        Some(runs) if facts.takes_callbacks() => facts.with_callbacks(runs.callbacks().await?),
        _ => facts,
    };
    match decide(claim, &facts, state.clock.now()) {
        Decision::Dispatch(dispatch) => Box::pin(start(state, repository, claim, *dispatch, delivery)).await,
        Decision::Refuse(refusal) => refuse(state, claim, &refusal).await,
        Decision::Answer(answer) => {
            let answered = claim.answered(answer.text(), state.clock.now())?;
            record(state, claim, answered).await
        }
        Decision::Cancel => Box::pin(cancel(state, repository, claim, &facts.earlier)).await,
    }
}

/// Without an installation there is no token to speak with. Somebody may install the App again, or GitHub has erred: the
/// claim is looked at again for as long as telling is tried, and the log has it meanwhile.
#[failpoint::everywhere]
pub(crate) async fn not_installed(state: &State, claim: &Claim) -> Result<(), Undone> {
    let refusal = Refusal::AppNotInstalled;
    tracing::error!(claim.id = %claim.id, repo = %claim.request.repo().name, "a command can't be answered without the App");
    let now = state.clock.now();
    let closed = match claim.out_of_reach(now) {
        _ if claim.state.may_be_decided() => refuse(state, claim, &refusal).await?,
        Some(ended) => record(state, claim, ended).await?,
        None => claim.clone(),
    };
    let is_at_rest = closed.state.is_over() || matches!(closed.state, ClaimState::Unknown { .. });
    if !(is_at_rest && closed.is_telling_given_up(now)) {
        state.dispatches.keep(&closed, &closed.looked_at(now)).await?;
        return Ok(());
    }
    tracing::error!(claim.id = %claim.id, code = "UNTOLD", runs = ?closed.strays, "the App was not there for three days");
    let known = state.dispatches.note_told(&closed).await?;
    state.dispatches.keep(&known, &Claim { strays: BTreeSet::new(), ..known.clone() }).await?;
    Ok(())
}
