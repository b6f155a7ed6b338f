//! A run's life, what GitHub tells of it, and the fence that it asks before it acts.
//!
//! Owns what a redemption makes of the claim. Never lets a run through that isn't the claim's: what its events make of
//! the claim is `event`'s.

use std::fmt;

use crate::rules::{Rules, Without};
use crate::state::{Claim, Event, Run, RunId, Stage, State};

/// What a run does, or what is done to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunMove {
    Start,
    Redeem,
    End,
    /// Somebody deletes it, or its repository.
    Delete,
}

/// What a run that is the claim's makes of it, as far as it is known.
pub(super) const fn stage_of(run: RunId, stood: Event) -> Stage {
    match stood {
        Event::Requested => Stage::Dispatched(run),
        Event::InProgress => Stage::Started(run),
        Event::Completed => Stage::Ended(run),
    }
}

/// How a run stands, for whoever lists it.
pub(super) const fn stands(run: Run) -> Event {
    match run {
        Run::None | Run::Queued => Event::Requested,
        Run::Started | Run::Acting | Run::TurnedAway => Event::InProgress,
        Run::Ended { .. } | Run::Failed | Run::Cancelled { .. } | Run::Gone { .. } => Event::Completed,
    }
}

/// What may be heard of a run: all that has happened to it.
pub(super) const fn heard(run: Run) -> &'static [Event] {
    match run {
        Run::None | Run::Gone { .. } => &[],
        Run::Queued => &[Event::Requested],
        Run::Started | Run::Acting | Run::TurnedAway => &[Event::Requested, Event::InProgress],
        Run::Cancelled { acted: false } => &[Event::Requested, Event::Completed],
        Run::Ended { .. } | Run::Failed | Run::Cancelled { acted: true } => {
            &[Event::Requested, Event::InProgress, Event::Completed]
        }
    }
}

/// What this run does next, if nobody interferes.
pub(super) fn next(run: Run) -> impl Iterator<Item = RunMove> {
    let moves: &[RunMove] = match run {
        Run::Queued => &[RunMove::Start],
        // It can fail before it asks.
        Run::Started => &[RunMove::Redeem, RunMove::End],
        Run::Acting | Run::TurnedAway => &[RunMove::End],
        Run::None | Run::Ended { .. } | Run::Failed | Run::Cancelled { .. } | Run::Gone { .. } => &[],
    };
    moves.iter().copied()
}

/// The run that may be deleted: the one that the claim waits for. Of any other, a deletion is no more than silence.
pub(super) fn deletable(state: &State) -> Option<RunId> {
    state.claim.stage.run().filter(|run| state.run(*run).is_shown() && !state.claim.stage.is_over())
}

/// Lets it happen.
pub(super) fn take(rules: &Rules, state: &mut State, id: RunId, it: RunMove) {
    let run = state.run(id);
    let acted = run.acted();
    state.runs[usize::from(id.0)] = match it {
        RunMove::Start if rules.fence && !rules.lacks(Without::Fence) => Run::Started,
        RunMove::Start => Run::Acting,
        RunMove::Redeem if redeem(rules, state, id) => Run::Acting,
        RunMove::Redeem => Run::TurnedAway,
        RunMove::End if run == Run::Started => Run::Failed,
        RunMove::End => Run::Ended { acted },
        RunMove::Delete => Run::Gone { acted },
    };
}

/// The fence. A conditional write of its own: a run that is let through is the claim's.
fn redeem(rules: &Rules, state: &mut State, id: RunId) -> bool {
    if rules.lacks(Without::OneRedemption) {
        return true;
    }
    let admitted = admits(rules, state.claim, id);
    if admitted {
        state.advance(rules, Stage::Started(id));
        state.claim.redeemed = Some(id);
    }
    admitted
}

/// Whether a claim lets a run through that asks for the first time: the one that it names, or the first while it names none.
pub(crate) fn admits(rules: &Rules, claim: Claim, id: RunId) -> bool {
    let is_open = match claim.stage {
        Stage::Dispatching | Stage::Reconciling { .. } | Stage::Unknown { .. } => true,
        // Another may be about to be cancelled.
        Stage::Dispatched(run) => run == id || rules.lacks(Without::NamedRunOnly),
        // Its own start was heard before it asked.
        Stage::Started(run) => run == id && !rules.lacks(Without::RedemptionAfterStart),
        // No run was made, or the claim is over.
        Stage::Received | Stage::Authorized | Stage::Ended(_) | Stage::Refused | Stage::Dropped => false,
    };
    is_open && claim.redeemed.is_none()
}

impl fmt::Display for RunMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "starts",
            Self::Redeem => "asks whether it may act",
            Self::End => "ends",
            Self::Delete => "is deleted",
        })
    }
}
