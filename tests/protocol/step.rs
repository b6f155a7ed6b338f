//! What may happen next, and what becomes of it.
//!
//! Owns the list of the actions and their words. Each action is one atomic step of one party; a crash is possible
//! between any two. Never judges a state: that is `properties`'s.

mod dispatch;
mod event;
mod github;
mod look;
mod person;
mod run;
mod stray;
mod table;
mod words;
mod worker;

use std::fmt;

pub(crate) use github::Answer;
pub(crate) use person::Resolution;
use run::RunMove;
pub(crate) use run::admits;
pub(crate) use stray::is_one as is_stray;
pub(crate) use table::Wire;
pub(crate) use worker::Move;

use crate::rules::Rules;
use crate::state::{RunId, RunSet, State, WorkerId};

/// One step of one party.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Action {
    Worker(WorkerId, Move),
    Run(RunId, RunMove),
    Person(Resolution),
}

/// Everything that may happen next.
pub(crate) fn possible(rules: &Rules, state: &State, actions: &mut Vec<Action>) {
    for id in WorkerId::ALL {
        worker::possible(rules, state, id, |it| actions.push(Action::Worker(id, it)));
    }
    actions.extend(of_runs(state));
    actions.extend(run::deletable(state).map(|id| Action::Run(id, RunMove::Delete)));
    person::possible(rules, state, |it| actions.push(Action::Person(it)));
}

/// What the runs do by themselves.
pub(crate) fn of_runs(state: &State) -> impl Iterator<Item = Action> {
    state.made().iter().flat_map(|id| run::next(state.run(id)).map(move |it| Action::Run(id, it)))
}

/// Whether a look at the claim's own run would show anything: how it stands, or runs that nobody has noted.
pub(crate) fn is_anything_to_see(rules: &Rules, state: &State) -> bool {
    look::news(rules, state).is_some() || !look::unlisted(rules, state).is_empty()
}

/// The runs beside the claim's own that are in no record.
pub(crate) fn unlisted(rules: &Rules, state: &State) -> RunSet {
    look::unlisted(rules, state)
}

/// What becomes of it; `None` where nothing changes.
pub(crate) fn take(rules: &Rules, before: &State, action: Action) -> Option<State> {
    let mut state = *before;
    match action {
        Action::Worker(id, it) => worker::take(rules, &mut state, id, it),
        Action::Run(id, it) => run::take(rules, &mut state, id, it),
        Action::Person(it) => person::take(rules, &mut state, it),
    }
    // What is over needs nobody's care.
    state.owed = state.owed.among(state.alive());
    (state != *before).then_some(state)
}

impl fmt::Display for Action {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Worker(id, it) => write!(f, "worker {} {it}", if id.0 == 0 { 'A' } else { 'B' }),
            Self::Run(id, it) => write!(f, "run {} {it}", id.0 + 1),
            Self::Person(it) => write!(f, "the person {it}"),
        }
    }
}
