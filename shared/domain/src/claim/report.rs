//! What a run's own words make of its claim.
//!
//! Owns that one report counts for each admission, and how often words on the way are worth an edit. The run's end stays
//! GitHub's to tell: a report of failure only takes the green away.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::{Claim, Outcome, State};
use crate::report::{ReportedOutcome, RunReport};

/// Words on the way are shown once in this time; what comes between is on record.
const SHOWN_ONCE_IN: SignedDuration = SignedDuration::from_mins(1);

/// The last words of a run that is under way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastWords {
    /// What it does, in one line.
    pub message: String,
    /// When it said so.
    pub at: Timestamp,
    /// When words of it were last shown to people.
    pub shown_at: Timestamp,
}

/// What a word on the way makes of the claim.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progressed {
    /// It is worth an edit.
    Shown(Claim),
    /// It is on record.
    Noted(Claim),
}

/// Why a run's words don't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Unheard {
    /// Its report is on record.
    #[error("a report of this run is on record")]
    Reported,
    /// The claim has no run, and will have none.
    #[error("the claim is over, and has no run")]
    NoRun,
}

impl Claim {
    /// The run's report is taken, once.
    pub fn reported(&self, report: RunReport, now: Timestamp) -> Result<Self, Unheard> {
        self.hears_its_run()?;
        let state = match (&self.state, report.outcome) {
            (State::Ended { run, outcome: Outcome::Succeeded, started_at, ended_at }, ReportedOutcome::Failure) => {
                let (run, started_at, ended_at) = (run.clone(), *started_at, *ended_at);
                State::Ended { run, outcome: Outcome::reported_failure(), started_at, ended_at }
            }
            (state, _) => state.clone(),
        };
        let mut next = self.moved(state, now);
        (next.report, next.progress) = (Some(report), None);
        Ok(next)
    }

    /// A word on the way.
    pub fn progressed(&self, message: String, now: Timestamp) -> Result<Progressed, Unheard> {
        self.hears_its_run()?;
        let shown_at = self.progress.as_ref().map(|last| last.shown_at);
        let words = |shown_at| Some(LastWords { message, at: now, shown_at });
        Ok(match shown_at {
            Some(shown_at) if now < shown_at + SHOWN_ONCE_IN => {
                Progressed::Noted(Self { progress: words(shown_at), ..self.clone() })
            }
            _ => {
                let mut next = self.moved(self.state.clone(), now);
                next.progress = words(now);
                Progressed::Shown(next)
            }
        })
    }

    const fn hears_its_run(&self) -> Result<(), Unheard> {
        match (&self.report, self.state.run()) {
            (Some(_), _) => Err(Unheard::Reported),
            (None, None) if !self.state.may_have_run() => Err(Unheard::NoRun),
            (None, _) => Ok(()),
        }
    }

    /// Whether the run says itself that it failed.
    pub(super) fn is_reported_failed(&self) -> bool {
        self.report.as_ref().is_some_and(|report| report.outcome == ReportedOutcome::Failure)
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{at, dispatched, event, in_every_state, received};
    use super::*;
    use crate::message::RunAction;

    fn report(outcome: &str) -> RunReport {
        serde_json::from_str(&format!(r#"{{"phase":"gap-fill","outcome":"{outcome}"}}"#)).expect("a report")
    }

    fn ends_green(claim: &Claim) -> Claim {
        claim.observe(&event(&received(), RunAction::Completed, Some("success"), 99)).expect("it moves")
    }

    #[test]
    fn a_report_counts_once() {
        let reported = dispatched().reported(report("success"), at(20)).expect("under way");
        assert_eq!(reported.revision, dispatched().revision + 1);
        assert_eq!(reported.reported(report("failure"), at(21)), Err(Unheard::Reported));
    }

    #[test]
    fn a_run_that_says_it_failed_has_failed_whichever_comes_first() {
        let before = ends_green(&dispatched().reported(report("failure"), at(20)).expect("under way"));
        let after = ends_green(&dispatched()).reported(report("failure"), at(100)).expect("a run");
        assert_eq!((before.state.name(), after.state.name()), ("failed", "failed"));
        let good = ends_green(&dispatched().reported(report("success"), at(20)).expect("under way"));
        assert_eq!(good.state.name(), "succeeded");
    }

    #[test]
    fn a_claim_without_a_run_hears_none() {
        for claim in in_every_state() {
            let hears = claim.reported(report("success"), at(9_000)).is_ok();
            let may = claim.state.run().is_some() || claim.state.may_have_run();
            assert_eq!(hears, may, "{}", claim.state.name());
        }
    }

    #[test]
    fn words_on_the_way_are_worth_an_edit_once_a_minute() {
        let Ok(Progressed::Shown(first)) = dispatched().progressed("one".into(), at(10)) else { panic!("shown") };
        let Ok(Progressed::Noted(second)) = first.progressed("two".into(), at(69)) else { panic!("noted") };
        assert_eq!(
            (second.revision, second.progress.as_ref().map(|it| it.message.as_str())),
            (first.revision, Some("two"))
        );
        assert!(matches!(second.progressed("three".into(), at(70)), Ok(Progressed::Shown(_))));
    }
}
