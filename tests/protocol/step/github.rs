//! GitHub's side of a call: what it makes of a dispatch, and of a wish to cancel.
//!
//! Owns which answers are possible. Never knows the claim: a dispatch carries no key that GitHub would compare.

use std::fmt;

use crate::rules::Rules;
use crate::state::{Event, Finding, Kept, Run, RunId, RunSet, State, Step};

/// What a call leads to at GitHub, and what the caller hears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 200 with a run, the last of those it made.
    Named { made: u8 },
    /// A 204, an error after the effect, or no answer: the caller can't tell it from the next one.
    Silent { made: u8 },
    /// 401, 429 or no connection: definitely not taken.
    NotTaken,
    /// Another 4xx.
    Refused,
}

/// What GitHub may answer to a call.
pub(super) fn answers(rules: &Rules, state: &State, mut may: impl FnMut(Answer)) {
    let room = rules.runs - state.made().len();
    may(Answer::Silent { made: 0 });
    for made in (1..=rules.runs_of_a_call).filter(|made| usize::from(*made) <= room) {
        may(Answer::Named { made });
        may(Answer::Silent { made });
    }
    may(Answer::NotTaken);
    may(Answer::Refused);
}

/// Makes the runs, counts the call where it may have been taken, and says what the caller goes on with.
pub(super) fn call(state: &mut State, answer: Answer) -> Step {
    match answer {
        Answer::NotTaken => Step::Record(Finding::NotTaken),
        Answer::Refused => Step::Record(Finding::Refused),
        Answer::Silent { made } => {
            make(state, made);
            Step::Record(Finding::Doubt)
        }
        Answer::Named { made } => {
            let run = make(state, made).expect("an answer names a run that was made");
            let kept = Kept { run, stood: Event::Requested };
            Step::Record(Finding::Run { kept, others: RunSet::NONE })
        }
    }
}

/// Cancels a run that isn't over.
pub(super) fn cancel(state: &mut State, id: RunId) {
    let run = &mut state.runs[usize::from(id.0)];
    if run.is_alive() {
        *run = Run::Cancelled { acted: run.acted() };
    }
}

fn make(state: &mut State, runs: u8) -> Option<RunId> {
    state.calls = (state.calls + 1).min(3);
    let mut last = None;
    for _ in 0..runs {
        last = RunId::all().find(|id| state.run(*id) == Run::None);
        state.runs[usize::from(last.expect("there is room").0)] = Run::Queued;
    }
    last
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named { made } => write!(f, "it makes {made} run(s) and names one"),
            Self::Silent { made } => write!(f, "it makes {made} run(s), and the caller doesn't learn it"),
            Self::NotTaken => write!(f, "it definitely didn't take the call"),
            Self::Refused => write!(f, "it refuses"),
        }
    }
}
