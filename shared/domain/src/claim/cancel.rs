//! Taking a command back: a person wants no run of it, or wants its run cancelled.
//!
//! Owns what that means in each state. Never asks GitHub for anything: a run that is to be cancelled stands on the claim until
//! GitHub has taken the cancellation.

use jiff::Timestamp;

use super::{Claim, RunRef, State};

/// What became of a command that a person takes back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cancelled {
    /// Nothing was started, and nothing will be.
    Withdrawn(Claim),
    /// Its run is to be cancelled, now or as soon as it shows itself.
    Asked(Claim),
    /// Somebody asked for that before.
    Already,
    /// There is nothing to cancel.
    Over,
}

impl Claim {
    /// What a person's wish to cancel makes of the claim.
    #[must_use]
    pub fn cancelled(&self, by: &str, now: Timestamp) -> Cancelled {
        match &self.state {
            state if state.is_over() => Cancelled::Over,
            State::Unknown { .. } | State::Queued { retry_by: Some(_), .. } => {
                Cancelled::Withdrawn(self.moved(State::Dropped { by: by.to_owned() }, now))
            }
            State::Received | State::Authorized | State::Queued { .. } => {
                Cancelled::Withdrawn(self.moved(State::Withdrawn { by: by.to_owned() }, now))
            }
            _ if self.cancel_by.is_some() => Cancelled::Already,
            state => {
                let asked = Self { cancel_by: Some(by.to_owned()), ..self.clone() };
                let mut asked = asked.moved(state.clone(), now);
                asked.strays.extend(state.run().map(|run| run.id));
                Cancelled::Asked(asked)
            }
        }
    }

    /// The claim after a move: a run that became known is cancelled where a person wanted that, one that has ended is not,
    /// and whoever runs it again wants it, whatever it failed for.
    pub(super) fn with_own_run_to_cancel(mut self, before: Option<&RunRef>) -> Self {
        let Some(own) = self.state.run().cloned() else { return self };
        if before.is_some_and(|before| before.attempt < own.attempt) {
            (self.cancel_by, self.failure) = (None, None);
            (self.report, self.progress) = (None, None);
            self.strays.remove(&own.id);
        }
        if self.state.is_over() {
            self.strays.remove(&own.id);
        } else if before.is_none() && self.cancel_by.is_some() {
            self.strays.insert(own.id);
        }
        self
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::tests::{at, dispatched, dispatching, event, in_every_state, received, run};
    use super::*;
    use crate::message::RunAction;

    fn asked(claim: &Claim) -> Claim {
        match claim.cancelled("writer", at(20)) {
            Cancelled::Asked(claim) => claim,
            other => panic!("it is asked, but {other:?}"),
        }
    }

    #[test]
    fn each_state_has_its_own_way_to_be_cancelled() {
        for claim in in_every_state() {
            let what = match claim.cancelled("writer", at(9_999)) {
                Cancelled::Withdrawn(next) => next.state.name(),
                Cancelled::Asked(next) => {
                    assert_eq!(next.state, claim.state);
                    "asked"
                }
                Cancelled::Already => "already",
                Cancelled::Over => "over",
            };
            let expected = match claim.state.name() {
                "received" | "authorized" | "queued" => "withdrawn",
                "unknown" => "dropped",
                "dispatching" | "reconciling" | "dispatched" | "started" => "asked",
                _ => "over",
            };
            assert_eq!(what, expected, "{}", claim.state.name());
        }
    }

    #[test]
    fn a_run_that_is_known_is_cancelled_at_once() {
        let asked = asked(&dispatched());
        assert_eq!((&asked.strays, asked.due_at()), (&[run().id].into(), Some(asked.updated_at)));
        assert_eq!(asked.cancelled("somebody", at(30)), Cancelled::Already);
    }

    #[test]
    fn a_run_that_shows_itself_later_is_cancelled_then() {
        let asked = asked(&dispatching());
        assert!(asked.strays.is_empty());
        let known = asked.dispatched(run(), at(30)).expect("from dispatching");
        assert_eq!(known.strays, [run().id].into());
        let doubted = asked.doubted(at(30)).expect("from dispatching");
        let found = doubted.observe(&event(&received(), RunAction::InProgress, None, 40)).expect("it moves");
        assert_eq!(found.strays, [run().id].into());
    }

    #[test]
    fn what_has_ended_is_not_cancelled_any_more() {
        let ended = asked(&dispatched())
            .observe(&event(&received(), RunAction::Completed, Some("cancelled"), 40))
            .expect("it moves");
        assert!(ended.strays.is_empty() && ended.cancel_by.is_some());
        assert!(matches!(ended.state, State::Ended { outcome: Outcome::Cancelled, .. }));
    }

    #[test]
    fn whoever_runs_it_again_wants_it() {
        let mut again = event(&received(), RunAction::Requested, None, 50);
        again.attempt = 2;
        let ended = asked(&dispatched())
            .observe(&event(&received(), RunAction::Completed, Some("cancelled"), 40))
            .expect("it moves");
        let again = ended.observe(&again).expect("it moves");
        assert_eq!((again.state.name(), again.cancel_by, again.strays.len()), ("dispatched", None, 0));
    }
}
