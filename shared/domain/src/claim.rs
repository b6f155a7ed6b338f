//! The claim: the one record that stands between a command and a run, and the states it goes through.
//!
//! ```text
//! Received ─▶ Dispatching(epoch n) ─▶ Dispatched ─▶ Started ─▶ Ended(succeeded, failed, cancelled, timed out)
//!    │ ▲           │  │  │                ▲
//!    │ Authorized ◀┘  │  └─▶ Reconciling ─┘
//!    ├▶ Refused ◀─────┘           └─▶ Unknown
//!    └▶ Answered
//! ```
//!
//! Owns which transition is possible from where. Every transition is a total function from one claim to the next; a
//! store writes it only on the state, epoch and revision it was made from. Never writes, and never reads a clock.
//!
//! Invariants: the intent (`Dispatching`) exists before anything is sent to GitHub; nothing leads from `Reconciling`
//! back to a dispatch; only the claim's own run moves it; it never moves backwards.

mod id;
mod state;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use id::{ClaimId, ClaimIdError};
pub use state::{Outcome, RunRef, State};

use crate::ids::CommentId;
use crate::mapping::WorkflowFileName;
use crate::message::{CommentCommand, RunAction, RunEvent};
use crate::provider::Provider;
use crate::run_kind::RunKind;
use crate::ticket::Ticket;

/// How long a worker that wrote its intent may take to record GitHub's answer. Longer than a worker can live.
pub const DISPATCH_LEASE: SignedDuration = SignedDuration::from_secs(120);

/// How long a run whose dispatch is in doubt may take to show itself.
pub const SETTLE_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// One command, from its receipt to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The record's key.
    pub id: ClaimId,
    /// What was asked, by whom, where.
    pub request: CommentCommand,
    /// Where the claim stands.
    pub state: State,
    /// How many intents to dispatch were written.
    pub epoch: u32,
    /// How many transitions there were.
    pub revision: u32,
    /// What was decided to be dispatched; there from the first intent on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub order: Option<DispatchOrder>,
    /// The one status comment, once it is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status_comment: Option<CommentId>,
    /// When the command was received.
    pub created_at: Timestamp,
    /// When the claim last moved.
    pub updated_at: Timestamp,
}

/// What is dispatched, pinned when the intent is written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DispatchOrder {
    /// What the run is for.
    pub kind: RunKind,
    /// The workflow.
    pub workflow_file: WorkflowFileName,
    /// The branch whose workflow file runs; a pull request never supplies it.
    pub git_ref: String,
    /// The pull request's head, for a gap-fill.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub head: Option<HeadPin>,
    /// Where the model is called.
    pub provider: Provider,
    /// The ticket.
    pub ticket: Ticket,
}

/// A pull request's head at the time of the intent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadPin {
    /// The branch that the run pushes to.
    pub branch: String,
    /// The commit it starts from.
    pub sha: String,
}

/// A transition that the state machine doesn't have: somebody else moved the claim, or the caller is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("a claim that is {state} can't become {wanted}")]
pub struct WrongState {
    /// Where the claim stands.
    pub state: &'static str,
    /// Where it was to go.
    pub wanted: &'static str,
}

impl Claim {
    /// A command is taken.
    #[must_use]
    pub const fn receive(id: ClaimId, request: CommentCommand, now: Timestamp) -> Self {
        Self {
            id,
            request,
            state: State::Received,
            epoch: 0,
            revision: 0,
            order: None,
            status_comment: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// The intent to dispatch, under a new epoch. Written before anything is sent.
    pub fn intend(&self, order: DispatchOrder, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Received | State::Authorized => {
                let mut next = self.moved(State::Dispatching { lease_until: now + DISPATCH_LEASE }, now);
                next.epoch += 1;
                next.order = Some(order);
                Ok(next)
            }
            _ => Err(self.wrong_state("dispatching")),
        }
    }

    /// GitHub took the dispatch and named the run.
    pub fn dispatched(&self, run: RunRef, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Dispatching { .. } | State::Reconciling { .. } => Ok(self.moved(State::Dispatched { run }, now)),
            _ => Err(self.wrong_state("dispatched")),
        }
    }

    /// GitHub may or may not have taken the dispatch.
    pub fn doubted(&self, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Dispatching { .. } => Ok(self.moved(State::Reconciling { since: now }, now)),
            _ => Err(self.wrong_state("reconciling")),
        }
    }

    /// Time alone moves a claim whose worker is gone into doubt, and one in doubt for too long to `Unknown`; `None`
    /// when it is not yet time.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<Self> {
        match self.state {
            State::Dispatching { lease_until } if lease_until <= now => {
                Some(self.moved(State::Reconciling { since: now }, now))
            }
            State::Reconciling { since } if since + SETTLE_WINDOW <= now => {
                Some(self.moved(State::Unknown { since: now }, now))
            }
            _ => None,
        }
    }

    /// GitHub definitely has not taken the dispatch, and may take it later.
    pub fn not_sent(&self, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Dispatching { .. } => Ok(self.moved(State::Authorized, now)),
            _ => Err(self.wrong_state("authorized")),
        }
    }

    /// There will be no run.
    pub fn refused(&self, code: &str, explanation: String, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Received | State::Authorized | State::Dispatching { .. } => {
                Ok(self.moved(State::Refused { code: code.to_owned(), explanation }, now))
            }
            _ => Err(self.wrong_state("refused")),
        }
    }

    /// The command asked for words only.
    pub fn answered(&self, answer: String, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Received | State::Authorized => Ok(self.moved(State::Answered { answer }, now)),
            _ => Err(self.wrong_state("answered")),
        }
    }

    /// What a run's event makes of the claim; `None` when it is late, repeated, or another run's. A run that starts
    /// before our dispatch is answered, or whose answer was lost, is recognised by the claim id in its title.
    #[must_use]
    pub fn observe(&self, event: &RunEvent) -> Option<Self> {
        let own = match self.state.run() {
            Some(run) => run.id == event.run,
            None => ClaimId::in_run_title(&event.title) == Some(self.id),
        };
        if !own || event.repo.id != self.request.repo.id || !self.state.is_in_flight() {
            return None;
        }
        let run = RunRef { id: event.run, html_url: event.html_url.clone() };
        let started = match self.state {
            State::Started { started_at, .. } => Some(started_at),
            _ => None,
        };
        let next = match (event.action, &self.state) {
            (RunAction::Requested, State::Dispatching { .. } | State::Reconciling { .. }) => State::Dispatched { run },
            (RunAction::InProgress, state) if !matches!(state, State::Started { .. }) => {
                State::Started { run, started_at: event.updated_at }
            }
            (RunAction::Completed, _) => State::Ended {
                run,
                outcome: Outcome::of_conclusion(event.conclusion.as_deref()),
                started_at: started.or(event.started_at),
                ended_at: event.updated_at,
            },
            _ => return None,
        };
        Some(self.moved(next, event.updated_at))
    }

    fn moved(&self, state: State, now: Timestamp) -> Self {
        // A run's clock may be behind ours; time in a record never goes back.
        Self { state, revision: self.revision + 1, updated_at: self.updated_at.max(now), ..self.clone() }
    }

    const fn wrong_state(&self, wanted: &'static str) -> WrongState {
        WrongState { state: self.state.name(), wanted }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::command::{Command, Instructions, Verb};
    use crate::ids::{IssueNumber, RepoId, RunId, UserId};
    use crate::message::{Commenter, RepoRef, SubjectKind};
    use crate::ticket::TicketOrigin;

    pub(crate) fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time in range")
    }

    pub(crate) fn received() -> Claim {
        let request = CommentCommand {
            repo: RepoRef {
                id: RepoId::new(7),
                name: "Octo/Hello".parse().expect("a name"),
                default_branch: "main".into(),
            },
            installation: None,
            subject: SubjectKind::PullRequest,
            number: IssueNumber::new(5),
            comment: CommentId::new(900),
            commenter: Commenter { id: UserId::new(4), login: "writer".into() },
            commented_at: at(0),
            command: Command { verb: Verb::Implement, instructions: Instructions::None },
        };
        Claim::receive(ClaimId::from_parts(1_800_000_000_000, 42), request, at(0))
    }

    pub(crate) fn order() -> DispatchOrder {
        DispatchOrder {
            kind: RunKind::GapFill,
            workflow_file: serde_json::from_str("\"claude-implement.yml\"").expect("a file name"),
            git_ref: "main".into(),
            head: Some(HeadPin {
                branch: "feature/retry".into(),
                sha: "0123456789abcdef0123456789abcdef01234567".into(),
            }),
            provider: Provider::Bedrock { region: "us-west-2".parse().expect("a region") },
            ticket: Ticket {
                id: "1".into(),
                identifier: "ENG-42".into(),
                title: "Retry uploads".into(),
                description: String::new(),
                origin: TicketOrigin::MetadataBlock,
            },
        }
    }

    pub(crate) fn run() -> RunRef {
        RunRef { id: RunId::new(31), html_url: "https://github.com/Octo/Hello/actions/runs/31".into() }
    }

    pub(crate) fn event(claim: &Claim, action: RunAction, conclusion: Option<&str>, second: i64) -> RunEvent {
        RunEvent {
            repo: claim.request.repo.clone(),
            installation: None,
            run: run().id,
            attempt: 1,
            action,
            conclusion: conclusion.map(str::to_owned),
            title: format!("AI-Implement ENG-42 [{}]", claim.id),
            html_url: run().html_url,
            started_at: Some(at(10)),
            updated_at: at(second),
        }
    }

    fn dispatching() -> Claim {
        received().intend(order(), at(1)).expect("from received")
    }

    fn dispatched() -> Claim {
        dispatching().dispatched(run(), at(2)).expect("from dispatching")
    }

    #[test]
    fn each_intent_has_a_new_epoch() {
        let again = dispatching().not_sent(at(2)).and_then(|claim| claim.intend(order(), at(3))).expect("tried again");
        assert_eq!((dispatching().epoch, again.epoch), (1, 2));
    }

    #[test]
    fn doubt_never_leads_back_to_a_dispatch() {
        let doubted = dispatching().doubted(at(2)).expect("from dispatching");
        assert!(doubted.intend(order(), at(3)).is_err());
        assert!(doubted.not_sent(at(3)).is_err());
        assert!(doubted.refused("X", String::new(), at(3)).is_err());
    }

    #[test]
    fn a_dispatched_claim_is_not_dispatched_again() {
        assert!(dispatched().intend(order(), at(3)).is_err());
        assert!(dispatched().dispatched(run(), at(3)).is_err());
    }

    #[test]
    fn time_alone_leads_into_doubt_and_from_there_to_unknown_never_to_a_dispatch() {
        assert_eq!(dispatching().overdue(at(1)), None);
        let doubted = dispatching().overdue(at(1) + DISPATCH_LEASE).expect("the lease is out");
        assert_eq!((doubted.state.name(), doubted.overdue(doubted.updated_at)), ("reconciling", None));
        let unknown = doubted.overdue(doubted.updated_at + SETTLE_WINDOW).expect("the window is over");
        assert_eq!((unknown.state.name(), unknown.state.is_in_flight()), ("unknown", false));
        assert!(unknown.intend(order(), at(9_999)).is_err());
        assert_eq!(dispatched().overdue(at(9_999_999)), None);
    }

    #[test]
    fn the_runs_own_events_move_the_claim() {
        let started = dispatched().observe(&event(&received(), RunAction::InProgress, None, 10)).expect("it moves");
        assert_eq!(started.state.name(), "started");
        let ended = started.observe(&event(&received(), RunAction::Completed, Some("success"), 99)).expect("it moves");
        assert_eq!(ended.state.name(), "succeeded");
    }

    #[test]
    fn another_runs_events_do_not() {
        let mut other = event(&received(), RunAction::Completed, Some("success"), 99);
        other.run = RunId::new(32);
        assert_eq!(dispatched().observe(&other), None);
        let mut elsewhere = event(&received(), RunAction::Completed, Some("success"), 99);
        elsewhere.repo.id = RepoId::new(8);
        assert_eq!(dispatched().observe(&elsewhere), None);
    }

    #[test]
    fn a_run_whose_answer_was_lost_is_recognised_by_its_title() {
        let doubted = dispatching().doubted(at(2)).expect("from dispatching");
        let found = doubted.observe(&event(&received(), RunAction::Requested, None, 3)).expect("it moves");
        assert_eq!(found.state, State::Dispatched { run: run() });
        let mut untitled = event(&received(), RunAction::Requested, None, 3);
        untitled.title = "AI-Implement ENG-42".into();
        assert_eq!(doubted.observe(&untitled), None);
    }

    #[test]
    fn conclusions_have_their_outcomes() {
        for (conclusion, name) in [
            (Some("success"), "succeeded"),
            (Some("failure"), "failed"),
            (Some("startup_failure"), "failed"),
            (Some("cancelled"), "cancelled"),
            (Some("timed_out"), "timed-out"),
            (None, "failed"),
        ] {
            let ended =
                dispatched().observe(&event(&received(), RunAction::Completed, conclusion, 9)).expect("it moves");
            assert_eq!(ended.state.name(), name, "{conclusion:?}");
        }
    }

    #[test]
    fn a_claim_survives_its_written_form() {
        for claim in [received(), dispatching(), dispatched()] {
            let json = serde_json::to_string(&claim).expect("serialisable");
            assert_eq!(serde_json::from_str::<Claim>(&json).expect("its own form"), claim);
        }
    }

    #[test]
    fn the_claim_id_is_found_at_a_titles_end_only() {
        let id = received().id;
        assert_eq!(ClaimId::in_run_title(&format!("AI-Implement [x] ENG-42 [{id}]")), Some(id));
        for title in ["", "[", "[]", "]x[", &id.to_string(), "[01ARZ3NDEKTSV4RRFFQ69G5FAVX]"] {
            assert_eq!(ClaimId::in_run_title(title), None, "{title}");
        }
    }

    proptest! {
        #[test]
        fn any_order_and_repetition_of_events_ends_alike(order in proptest::collection::vec(0_usize..3, 0..12)) {
            let events = [
                event(&received(), RunAction::Requested, None, 3),
                event(&received(), RunAction::InProgress, None, 10),
                event(&received(), RunAction::Completed, Some("failure"), 99),
            ];
            let last = order.iter().fold(dispatched(), |claim, index| claim.observe(&events[*index]).unwrap_or(claim));
            let expected = if order.contains(&2) { "failed" } else if order.contains(&1) { "started" } else { "dispatched" };
            prop_assert_eq!(last.state.name(), expected);
        }
    }
}
