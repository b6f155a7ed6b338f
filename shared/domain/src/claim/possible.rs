//! What a person may ask of a claim, as it stands.
//!
//! Owns that choice, for whoever offers it and whoever takes it. What comes of it is decided when the worker gets to it: the
//! claim may have moved by then.

use super::{Claim, State};
use crate::decide::wants_a_run;
use crate::refusal::NOT_AUTHORIZED;

/// What may have been refused before anybody could look at the asker's right.
const BEFORE_THE_RIGHT: [&str; 5] = ["GAVE_UP", "RATE_LIMITED", "APP_NOT_INSTALLED", "APP_PERMISSION_MISSING", "STALE"];

/// What a claim's state allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a question of its own")]
pub struct Possible {
    /// To take it back, or to have its run cancelled. Where somebody has asked for that already, there is nothing to ask for.
    pub cancel: bool,
    /// To have the same asked once more, as a claim of its own.
    pub retry: bool,
    /// To decide on an outcome that nobody knows.
    pub resolve: bool,
    /// To have it looked at now: something of it is due, sooner or later.
    pub replay: bool,
}

/// Why a claim is not done once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotAgain {
    /// It isn't over, and this is its state.
    NotOver(&'static str),
    /// Words were asked for, and no run.
    NoRunAsked,
    /// Whoever asked may not start a run, or nobody came to look at that. With somebody else's right, a stranger's
    /// instructions would run.
    NotAuthorized,
}

impl NotAgain {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotOver(_) => "NOT_OVER",
            Self::NoRunAsked => "NO_RUN_ASKED",
            Self::NotAuthorized => NOT_AUTHORIZED,
        }
    }

    /// What stands in the way, and what to do.
    #[must_use]
    pub fn why(self) -> String {
        match self {
            Self::NotOver(state) => format!("Only what is over is done again, and this dispatch is {state}."),
            Self::NoRunAsked => "This command asked for words only; there is no run to repeat.".into(),
            Self::NotAuthorized => {
                "Whoever asked for this may not start a run here, or it ended before that was looked at. It is not done on \
                 somebody else's right. If you want it, comment the command yourself."
                    .into()
            }
        }
    }
}

impl Claim {
    /// Why it is not done once more, where it isn't.
    #[must_use]
    pub fn not_again(&self) -> Option<NotAgain> {
        match &self.state {
            state if !state.is_over() => Some(NotAgain::NotOver(state.name())),
            _ if !self.is_its_asker_known_to_have_the_right() => Some(NotAgain::NotAuthorized),
            _ if !wants_a_run(self) => Some(NotAgain::NoRunAsked),
            _ => None,
        }
    }

    /// A commenter's right is looked at first of all, once GitHub answers: what ended before that says nothing about it.
    fn is_its_asker_known_to_have_the_right(&self) -> bool {
        let was_dispatched = self.order.is_some();
        match &self.state {
            // A program's right is part of its request.
            _ if self.request.command().is_none() => true,
            State::Refused { code, .. } if code == NOT_AUTHORIZED => false,
            State::Refused { code, .. } => was_dispatched || !BEFORE_THE_RIGHT.contains(&code.as_str()),
            State::Withdrawn { .. } => was_dispatched,
            _ => true,
        }
    }

    /// What a person may ask of it.
    #[must_use]
    pub fn possible(&self) -> Possible {
        let is_over = self.state.is_over();
        Possible {
            cancel: !is_over && self.cancel_by.is_none(),
            retry: self.not_again().is_none(),
            resolve: matches!(self.state, State::Unknown { retry_by: None, .. }),
            replay: self.due_at().is_some(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Cancelled;
    use super::super::tests::{at, command_of, dispatched, in_every_state, received};
    use super::*;
    use crate::command::Command;

    #[test]
    fn each_state_allows_its_own() {
        for claim in in_every_state() {
            let claim = Claim { told: Some(claim.revision), ..claim };
            let Possible { cancel, retry, resolve, replay } = claim.possible();
            let expected = match claim.state.name() {
                "unknown" => (true, false, true, false),
                "withdrawn" => (false, false, false, false),
                name if crate::claim::OVER_STATES.contains(&name) => (false, true, false, false),
                _ => (true, false, false, true),
            };
            assert_eq!((cancel, retry, resolve, replay), expected, "{}", claim.state.name());
        }
    }

    #[test]
    fn what_people_have_not_been_told_of_is_looked_at() {
        let refused = received().refused("PAUSED", String::new(), at(1)).expect("from received");
        assert!(refused.possible().replay);
        assert!(!Claim { told: Some(refused.revision), ..refused }.possible().replay);
    }

    #[test]
    fn what_may_be_cancelled_can_be() {
        for claim in in_every_state() {
            let is_possible = !matches!(claim.cancelled("ops", at(9_999)), Cancelled::Over | Cancelled::Already);
            assert_eq!(claim.possible().cancel, is_possible, "{}", claim.state.name());
        }
        let Cancelled::Asked(asked) = dispatched().cancelled("ops", at(20)) else { panic!("it has a run") };
        assert!(!asked.possible().cancel);
    }

    #[test]
    fn what_a_stranger_asked_for_is_not_done_on_somebody_elses_right() {
        let refused = |code| received().refused(code, String::new(), at(1)).expect("from received");
        assert_eq!(refused("NOT_AUTHORIZED").not_again(), Some(NotAgain::NotAuthorized));
        assert!(!refused("NOT_AUTHORIZED").possible().retry);
        assert!(refused("FORK_PR").possible().retry, "what is in the way is judged anew");
        for code in BEFORE_THE_RIGHT {
            assert!(!refused(code).possible().retry, "{code}");
            assert!(Claim { order: dispatched().order, ..refused(code) }.possible().retry, "{code}, dispatched once");
        }
        let no_longer = Claim { order: dispatched().order, ..refused("NOT_AUTHORIZED") };
        assert!(!no_longer.possible().retry, "the right was taken from them");
    }

    #[test]
    fn words_are_not_asked_for_once_more() {
        let mut claim = received();
        command_of(&mut claim).command = Command::parse("/ai-implement help").expect("a command");
        assert!(!claim.answered(String::new(), at(1)).expect("from received").possible().retry);
    }
}
