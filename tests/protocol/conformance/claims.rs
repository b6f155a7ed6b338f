//! The domain's claims, one of every kind, and what can follow each.
//!
//! Owns calling every transition of `domain::claim`. Never compares.

use std::collections::BTreeMap;

use domain::claim::{Cancelled, Claim, ClaimId, DispatchOrder, Line, Nonce, Reconciliation, RunRef, State, WrongState};
use domain::command::{Command, Instructions, Verb};
use domain::ids::{CommentId, IssueNumber, RepoId, RunId, UserId};
use domain::message::{CommentCommand, Commenter, RepoRef, SubjectKind};
use domain::planning_context::PlanningContext;
use domain::provider::Provider;
use domain::run::{RunSnapshot, RunStatus};
use domain::run_kind::RunKind;
use domain::ticket::{Ticket, TicketOrigin};
use jiff::{SignedDuration, Timestamp};

/// From the receipt on, whatever can follow, until no kind of claim is new.
pub(super) fn every_kind() -> Vec<Claim> {
    let mut met = BTreeMap::from([(kind(&received()), received())]);
    let mut left = vec![received()];
    while let Some(claim) = left.pop() {
        for next in successors(&claim) {
            if met.insert(kind(&next), next.clone()).is_none() {
                left.push(next);
            }
        }
    }
    met.into_values().collect()
}

/// What every transition makes of a claim.
pub(super) fn successors(claim: &Claim) -> Vec<Claim> {
    let (now, late) = (claim.updated_at, claim.updated_at + SignedDuration::from_hours(1));
    let asked: [Result<Claim, WrongState>; 9] = [
        claim.intend(order(), Nonce::new(1), now),
        claim.dispatched(run(), now),
        claim.doubted(now),
        claim.not_sent(now),
        claim.refused("X", String::new(), now),
        claim.answered(String::new(), now),
        claim.retried("somebody", now),
        claim.dropped("somebody", now),
        claim.queued(&Line::default(), 1, now),
    ];
    let cancelled = match claim.cancelled("somebody", now) {
        Cancelled::Withdrawn(next) | Cancelled::Asked(next) => Some(next),
        Cancelled::Already | Cancelled::Over => None,
    };
    let statuses = [RunStatus::Waiting, RunStatus::InProgress, RunStatus::Completed { conclusion: None }];
    let shown = statuses.map(|status| snapshot(claim, status));
    let looked = [claim.reconciled(&[], now), claim.reconciled(&[], late)];
    let found = shown.iter().map(|run| claim.reconciled(std::slice::from_ref(run), now));
    let looks = looked.into_iter().chain(found).flatten().map(|look| match look {
        Reconciliation::Found(next) | Reconciliation::NotYet(next) | Reconciliation::GivenUp(next) => next,
    });
    let seen = shown.iter().filter_map(|run| claim.seen(run));
    let alone = [claim.overdue(late), claim.run_is_gone(now), claim.out_of_reach(late)];
    asked.into_iter().flatten().chain(cancelled).chain(looks).chain(seen).chain(alone.into_iter().flatten()).collect()
}

/// More looks than any doubt takes: from here on they change nothing.
const MANY_LOOKS: u32 = 10;

/// Claims of one kind have the same ways on.
fn kind(claim: &Claim) -> String {
    let (is_retry, is_cancelled) = (claim.state.retry_by().is_some(), claim.cancel_by.is_some());
    let stands = format!("{}, retry: {is_retry}, cancelled: {is_cancelled}", name(claim));
    match &claim.state {
        State::Reconciling { looks, .. } => format!("{stands}, looks: {}", looks.min(&MANY_LOOKS)),
        _ => stands,
    }
}

/// The model knows one way for a run to have ended.
pub(super) fn name(claim: &Claim) -> &'static str {
    if matches!(claim.state, State::Ended { .. }) { "ended" } else { claim.state.name() }
}

fn received() -> Claim {
    let now = Timestamp::UNIX_EPOCH;
    let name = "octo/hello".parse().expect("a name");
    let request = CommentCommand {
        repo: RepoRef { id: RepoId::new(7), name, default_branch: "main".into() },
        installation: None,
        subject: SubjectKind::PullRequest,
        number: IssueNumber::new(5),
        comment: CommentId::new(900),
        commenter: Commenter { id: UserId::new(4), login: "writer".into() },
        commented_at: now,
        after: None,
        command: Command { verb: Verb::Implement, instructions: Instructions::None },
    };
    Claim::receive(ClaimId::from_parts(1_800_000_000_000, 42), request, now)
}

fn order() -> DispatchOrder {
    DispatchOrder {
        kind: RunKind::GapFill,
        workflow_file: serde_json::from_str("\"implement.yml\"").expect("a file name"),
        git_ref: "main".into(),
        head: None,
        provider: Provider::Anthropic,
        ticket: Ticket {
            id: "1".into(),
            identifier: "ENG-42".into(),
            title: "Retry uploads".into(),
            description: String::new(),
            origin: TicketOrigin::MetadataBlock,
        },
        instructions: Instructions::None,
        planning: PlanningContext::default(),
        goes_on: false,
        is_announced: false,
        is_budgeted: false,
        is_fenced: false,
        max_job_minutes: None,
        pinned_at: None,
    }
}

pub(super) fn run() -> RunRef {
    RunRef::first(RunId::new(31), "https://github.com/octo/hello/actions/runs/31".into())
}

pub(super) fn other() -> RunRef {
    RunRef::first(RunId::new(32), "https://github.com/octo/hello/actions/runs/32".into())
}

pub(super) fn snapshot(claim: &Claim, status: RunStatus) -> RunSnapshot {
    let title = format!("AI-Implement ENG-42 [{}]", claim.id);
    RunSnapshot { run: run(), title, status, started_at: None, updated_at: claim.updated_at }
}
