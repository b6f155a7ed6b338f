//! The claim: the one record that stands between a command and a run, and the states it goes through.
//!
//! ```text
//! Received ─▶ Dispatching(epoch n) ─▶ Dispatched ─▶ Started ─▶ Ended(succeeded, failed, cancelled, timed out, gone)
//!    │ ▲ ▲         │  │  │ ▲              ▲                       └─▶ Dispatched, Started (somebody runs it again)
//!    │ │ Queued    │  │  │ │              │ (a run shows itself)
//!    │ Authorized ◀┘  │  │ │              │
//!    ├▶ Refused ◀─────┘  ▼ │ retry        │
//!    ├▶ Answered   Reconciling ─▶ Unknown ┤
//!    └▶ Withdrawn                    └────┴▶ Dropped
//! ```
//!
//! Owns which transition is possible from where. Every transition is a total function from one claim to the next; a
//! store writes it only on the state, epoch and revision it was made from. Never writes, and never reads a clock.
//!
//! Invariants: the intent (`Dispatching`) exists before anything is sent to GitHub; nothing but a person's word leads
//! from a doubt back to a dispatch; only the claim's own run moves it; it never moves backwards.

mod again;
mod cancel;
mod due;
mod follow;
mod id;
mod line;
mod plan;
mod possible;
mod redeem;
mod report;
mod state;

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use again::Again;
pub use cancel::Cancelled;
pub use due::{OPEN_KEYS, Wait};
pub use follow::Reconciliation;
pub use id::{ClaimId, ClaimIdError, Nonce};
pub use line::Line;
pub use possible::{NotAgain, Possible};
pub use redeem::{Admitted, NotAdmitted, Redemption};
pub use report::{LastWords, Progressed, Unheard};
pub use state::{OVER_STATES, Outcome, PullRequestRef, RunRef, State};

use crate::command::Instructions;
use crate::failure::Failure;
use crate::ids::{CommentId, RunId};
use crate::mapping::WorkflowFileName;
use crate::message::CommentCommand;
use crate::planning_context::PlanningContext;
use crate::provider::Provider;
use crate::report::RunReport;
use crate::request::Request;
use crate::run_kind::RunKind;
use crate::ticket::Ticket;

/// How long a worker that wrote its intent may take to record GitHub's answer. Longer than a worker can live.
pub const DISPATCH_LEASE: SignedDuration = SignedDuration::from_secs(120);

/// How long a run whose dispatch is in doubt may take to show itself.
pub const SETTLE_WINDOW: SignedDuration = SignedDuration::from_mins(10);

/// One request, from its receipt to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The record's key.
    pub id: ClaimId,
    /// What was asked, by whom, where.
    pub request: Request,
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
    /// The revision that people were last told of; also one that is meant to be kept from them, as a repeated refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub told: Option<u32>,
    /// Whether a status comment that somebody deleted was made anew: that is done once.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub comment_made_anew: bool,
    /// The run that was admitted, where its workflow asks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub redeemed: Option<Redemption>,
    /// What its run has reported of its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub report: Option<RunReport>,
    /// What its run said last on its way.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub progress: Option<LastWords>,
    /// The pull request that its run has opened, as far as GitHub shows it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pull_request: Option<PullRequestRef>,
    /// Why its run failed, as far as GitHub tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure: Option<Failure>,
    /// Who wants its run cancelled, where somebody does; obeyed as soon as the run is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cancel_by: Option<String>,
    /// Whether the implementation that follows this plan has its own claim.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub has_gone_on: bool,
    /// Runs that are still to be cancelled: those that carry the claim without being its run, and its own where a person
    /// wants that.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub strays: BTreeSet<RunId>,
    /// What the work waits for, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait: Option<Wait>,
    /// When a person asked for it once more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_anew_at: Option<Timestamp>,
    /// When the command was received.
    pub created_at: Timestamp,
    /// When the claim last moved.
    pub updated_at: Timestamp,
}

/// What is dispatched, pinned when the intent is written.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
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
    /// The operator's words for the run.
    #[serde(default)]
    pub instructions: Instructions,
    /// What a plan is told of the tickets around its own.
    #[serde(default, skip_serializing_if = "PlanningContext::is_empty")]
    pub planning: PlanningContext,
    /// Whether the implementation follows this plan by itself.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub goes_on: bool,
    /// Whether somebody outside GitHub is told of the run.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_announced: bool,
    /// Whether the run counts against the repository's runs of a day.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_budgeted: bool,
    /// Whether the workflow admits no run that has not asked: see [`Claim::redeem`].
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_fenced: bool,
    /// How long the run's jobs may take, in minutes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_job_minutes: Option<u32>,
    /// When all this was pinned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned_at: Option<Timestamp>,
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
    pub fn receive(id: ClaimId, request: impl Into<Request>, now: Timestamp) -> Self {
        Self {
            id,
            request: request.into(),
            state: State::Received,
            epoch: 0,
            revision: 0,
            order: None,
            status_comment: None,
            told: None,
            comment_made_anew: false,
            redeemed: None,
            report: None,
            progress: None,
            pull_request: None,
            failure: None,
            cancel_by: None,
            has_gone_on: false,
            strays: BTreeSet::new(),
            wait: None,
            asked_anew_at: None,
            created_at: now,
            updated_at: now,
        }
    }

    /// When a person last asked for it: the command's age counts from here.
    #[must_use]
    pub fn asked_at(&self) -> Timestamp {
        self.asked_anew_at.unwrap_or_else(|| self.request.asked_at())
    }

    /// All messages about the claim are worked on in order: its conversation's, or its own where it has none.
    #[must_use]
    pub fn group_id(&self) -> String {
        match self.request.number() {
            Some(number) => CommentCommand::group_id_of(self.request.repo().id, number),
            None => format!("claim#{}", self.id),
        }
    }

    /// The stable reason code, which the comment, the history, the log, the API and the metric share: why there is no run,
    /// or why nobody knows whether there is one, or why it failed.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.state.code().or_else(|| self.failure.as_ref()?.code())
    }

    /// The intent to dispatch, under a new epoch. Written before anything is sent. The nonce is the writer's own, by
    /// which it recognises a write whose answer was lost.
    pub fn intend(&self, order: DispatchOrder, writer: Nonce, now: Timestamp) -> Result<Self, WrongState> {
        if !self.state.may_be_decided() {
            return Err(self.wrong_state("dispatching"));
        }
        let retry_by = self.state.retry_by().map(str::to_owned);
        let mut next = self.moved(State::Dispatching { lease_until: now + DISPATCH_LEASE, writer, retry_by }, now);
        next.epoch += 1;
        next.order = Some(DispatchOrder { pinned_at: Some(now), ..order });
        // Another run's words, should a doubtful one have had any.
        (next.report, next.progress) = (None, None);
        Ok(next)
    }

    /// GitHub took the dispatch and named the run.
    pub fn dispatched(&self, run: RunRef, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Dispatching { .. } => Ok(self.moved(State::Dispatched { run }, now)),
            _ => Err(self.wrong_state("dispatched")),
        }
    }

    /// GitHub may or may not have taken the dispatch.
    pub fn doubted(&self, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Dispatching { .. } => Ok(self.moved(State::Reconciling { since: now, looks: 0 }, now)),
            _ => Err(self.wrong_state("reconciling")),
        }
    }

    /// The worker that wrote the intent is gone: its lease is out. `None` while it may still be at it.
    #[must_use]
    pub fn overdue(&self, now: Timestamp) -> Option<Self> {
        match self.state {
            State::Dispatching { lease_until, .. } if lease_until <= now => self.doubted(now).ok(),
            _ => None,
        }
    }

    /// GitHub definitely has not taken the dispatch, and may take it later. Where an earlier one is in doubt, that one's
    /// run may still show itself: the claim stays where it is looked for.
    pub fn not_sent(&self, now: Timestamp) -> Result<Self, WrongState> {
        match &self.state {
            State::Dispatching { retry_by: None, .. } => Ok(self.moved(State::Authorized, now)),
            State::Dispatching { retry_by, .. } => {
                Ok(self.moved(State::Unknown { since: now, retry_by: retry_by.clone() }, now))
            }
            _ => Err(self.wrong_state("authorized")),
        }
    }

    /// There will be no run.
    pub fn refused(&self, code: &str, explanation: String, now: Timestamp) -> Result<Self, WrongState> {
        if self.state.may_be_decided() || matches!(self.state, State::Dispatching { .. }) {
            return Ok(self.moved(State::Refused { code: code.to_owned(), explanation }, now));
        }
        Err(self.wrong_state("refused"))
    }

    /// The command asked for words only.
    pub fn answered(&self, answer: String, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Received | State::Authorized => Ok(self.moved(State::Answered { answer }, now)),
            _ => Err(self.wrong_state("answered")),
        }
    }

    /// A person has looked, found no run, and wants one. Saying it twice changes nothing.
    pub fn retried(&self, by: &str, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Unknown { since, retry_by: None } => {
                let mut next = self.moved(State::Unknown { since, retry_by: Some(by.to_owned()) }, now);
                next.asked_anew_at = Some(now);
                Ok(next)
            }
            State::Unknown { .. } => Ok(self.clone()),
            _ => Err(self.wrong_state("unknown")),
        }
    }

    /// A person wants no run of it any more.
    pub fn dropped(&self, by: &str, now: Timestamp) -> Result<Self, WrongState> {
        match self.state {
            State::Unknown { .. } => Ok(self.moved(State::Dropped { by: by.to_owned() }, now)),
            _ => Err(self.wrong_state("dropped")),
        }
    }

    fn moved(&self, state: State, now: Timestamp) -> Self {
        // A run's clock may be behind ours; time in a record never goes back.
        let updated_at = self.updated_at.max(now);
        let next = Self { state, revision: self.revision + 1, wait: None, updated_at, ..self.clone() };
        next.with_own_run_to_cancel(self.state.run())
    }

    const fn wrong_state(&self, wanted: &'static str) -> WrongState {
        WrongState { state: self.state.name(), wanted }
    }
}

#[cfg(test)]
pub(crate) mod tests;
