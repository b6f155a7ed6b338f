//! A run's life, its webhooks, and the fence that it asks before it acts.
//!
//! Owns what a run's event and a redemption make of the claim. An event may arrive at any time after it happened, in any
//! order, any number of times or never. Never lets a run move a claim that names another.

use std::fmt;

use super::github;
use crate::rules::{Rules, Without};
use crate::state::{Event, Run, RunId, Stage, State};

/// What a run does, or what we hear of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunMove {
    Start,
    Redeem,
    End,
    Heard(Event),
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
        Run::Ended { .. } | Run::Failed | Run::Cancelled { .. } => Event::Completed,
    }
}

/// What may be heard of a run: all that has happened to it, in any order and any number of times.
const fn heard(run: Run) -> &'static [Event] {
    match run {
        Run::None => &[],
        Run::Queued => &[Event::Requested],
        Run::Started | Run::Acting | Run::TurnedAway => &[Event::Requested, Event::InProgress],
        Run::Cancelled { acted: false } => &[Event::Requested, Event::Completed],
        Run::Ended { .. } | Run::Failed | Run::Cancelled { acted: true } => {
            &[Event::Requested, Event::InProgress, Event::Completed]
        }
    }
}

/// What this run may do next, and what may be heard of it.
pub(super) fn possible(run: Run) -> impl Iterator<Item = RunMove> {
    let moves: &[RunMove] = match run {
        Run::Queued => &[RunMove::Start],
        // It can fail before it asks.
        Run::Started => &[RunMove::Redeem, RunMove::End],
        Run::Acting | Run::TurnedAway => &[RunMove::End],
        Run::None | Run::Ended { .. } | Run::Failed | Run::Cancelled { .. } => &[],
    };
    moves.iter().copied().chain(heard(run).iter().copied().map(RunMove::Heard))
}

/// Lets it happen.
pub(super) fn take(rules: &Rules, state: &mut State, id: RunId, it: RunMove) {
    let run = state.run(id);
    match it {
        RunMove::Start => state.runs[usize::from(id.0)] = if rules.fence { Run::Started } else { Run::Acting },
        RunMove::Redeem => {
            let admitted = redeem(rules, state, id);
            state.runs[usize::from(id.0)] = if admitted { Run::Acting } else { Run::TurnedAway };
        }
        RunMove::End if run == Run::Started => state.runs[usize::from(id.0)] = Run::Failed,
        RunMove::End => state.runs[usize::from(id.0)] = Run::Ended { acted: run.acted() },
        RunMove::Heard(event) => observe(rules, state, id, event),
    }
}

/// The fence. A conditional write of its own: the first run to ask is let through, and becomes the claim's.
fn redeem(rules: &Rules, state: &mut State, id: RunId) -> bool {
    let open = match state.claim.stage {
        Stage::Dispatching | Stage::Reconciling { .. } | Stage::Unknown { .. } => true,
        // It was in doubt, and is about to be dispatched again: better this run than another.
        Stage::Authorized => !rules.lacks(Without::LateRedemption),
        // A run that is named is the only one: another may be about to be cancelled.
        Stage::Dispatched(run) => run == id || rules.lacks(Without::NamedRunOnly),
        // Its own start was heard before it asked.
        Stage::Started(run) => run == id && !rules.lacks(Without::RedemptionAfterStart),
        _ => false,
    };
    if rules.lacks(Without::OneRedemption) {
        return true;
    }
    let admitted = open && state.claim.redeemed.is_none();
    if admitted {
        state.advance(rules, Stage::Started(id));
        state.claim.redeemed = Some(id);
    }
    admitted
}

/// What an event makes of the claim. A run that isn't the claim's is cancelled, if that succeeds.
fn observe(rules: &Rules, state: &mut State, id: RunId, event: Event) {
    match state.claim.stage {
        Stage::Dispatching | Stage::Reconciling { .. } | Stage::Unknown { .. } => {
            state.advance(rules, stage_of(id, event));
        }
        Stage::Dispatched(run) | Stage::Started(run) | Stage::Ended(run) if run != id => github::cancel(state, id),
        Stage::Dispatched(_) if event != Event::Requested => state.advance(rules, stage_of(id, event)),
        Stage::Started(_) if event == Event::Completed => state.advance(rules, Stage::Ended(id)),
        Stage::Dropped | Stage::Refused => github::cancel(state, id),
        Stage::Authorized if rules.lacks(Without::PatienceWithRuns) => github::cancel(state, id),
        _ => {}
    }
}

impl fmt::Display for RunMove {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Start => "starts",
            Self::Redeem => "asks whether it may act",
            Self::End => "ends",
            Self::Heard(Event::Requested) => "is heard of: requested",
            Self::Heard(Event::InProgress) => "is heard of: in progress",
            Self::Heard(Event::Completed) => "is heard of: completed",
        })
    }
}
