//! The domain's claims, one of every kind, and what can follow each.
//!
//! Owns calling every transition of `domain::claim`. Never compares.

use std::collections::BTreeMap;

use domain::claim::{
    Admitted, Cancelled, Claim, ClaimId, DispatchOrder, Line, Nonce, Progressed, Reconciliation, RunRef, State,
    WrongState,
};
use domain::command::{Command, Instructions, Verb};
use domain::ids::{CommentId, IssueNumber, RepoId, RunId, UserId};
use domain::message::{CommentCommand, Commenter, RepoRef, SubjectKind};
use domain::planning_context::PlanningContext;
use domain::provider::Provider;
use domain::report::{Phase, ReportedOutcome, RunReport};
use domain::run::{RunSnapshot, RunStatus};
use domain::run_kind::RunKind;
use domain::ticket::{Ticket, TicketOrigin};
use jiff::{SignedDuration, Timestamp};

/// From the receipt on, whatever can follow, until no kind of claim is new. The order is of a fenced workflow, and of one
/// without the fence.
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
    let now = claim.updated_at;
    let asked: [Result<Claim, WrongState>; 10] = [
        claim.intend(order(), Nonce::new(1), now),
        claim.intend(DispatchOrder { is_fenced: true, ..order() }, Nonce::new(1), now),
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
    let alone = [claim.overdue(late(claim)), claim.run_is_gone(now), claim.out_of_reach(late(claim))];
    let by_itself = asked.into_iter().flatten().chain(cancelled).chain(alone.into_iter().flatten());
    by_itself.chain(looked_for(claim)).chain(heard_of(claim)).chain(asks(claim)).chain(says(claim)).collect()
}

fn late(claim: &Claim) -> Timestamp {
    claim.updated_at + SignedDuration::from_hours(1)
}

/// What a list of runs makes of it.
fn looked_for(claim: &Claim) -> Vec<Claim> {
    let empty = [claim.reconciled(&[], claim.updated_at), claim.reconciled(&[], late(claim))];
    let shown = every_sight(claim);
    let found = shown.iter().map(|run| claim.reconciled(std::slice::from_ref(run), claim.updated_at));
    let looks = empty.into_iter().chain(found).flatten().map(|look| match look {
        Reconciliation::Found(next) | Reconciliation::NotYet(next) | Reconciliation::GivenUp(next) => next,
    });
    looks.collect()
}

/// What a run's event, or a look at it, makes of it.
fn heard_of(claim: &Claim) -> Vec<Claim> {
    every_sight(claim).iter().filter_map(|run| claim.seen(run)).collect()
}

/// What a run makes of it that asks whether it may act.
fn asks(claim: &Claim) -> Vec<Claim> {
    let verdicts = every_run().map(|run| claim.redeem(&run, late(claim)));
    let admitted = verdicts.into_iter().flatten().filter_map(|verdict| match verdict {
        Admitted::Now(next) => Some(*next),
        Admitted::Before => None,
    });
    admitted.collect()
}

/// What its run's words make of it: the last ones, and those on the way, shown and noted.
fn says(claim: &Claim) -> Vec<Claim> {
    let outcomes = [ReportedOutcome::Success, ReportedOutcome::Failure];
    let reported = outcomes.into_iter().filter_map(|outcome| claim.reported(report(outcome), claim.updated_at).ok());
    let words = [claim.updated_at, late(claim)].map(|at| claim.progressed("…".into(), at));
    let progressed = words.into_iter().flatten().map(|words| match words {
        Progressed::Shown(next) | Progressed::Noted(next) => next,
    });
    reported.chain(progressed).collect()
}

/// Each run and attempt that may carry the claim.
fn every_run() -> [RunRef; 4] {
    [run(), other()].map(|run| [run.clone(), RunRef { attempt: 2, ..run }]).concat().try_into().expect("two of each")
}

fn every_sight(claim: &Claim) -> Vec<RunSnapshot> {
    let green = RunStatus::Completed { conclusion: Some("success".into()) };
    let statuses = [RunStatus::Waiting, RunStatus::InProgress, RunStatus::Completed { conclusion: None }, green];
    let of = |run: RunRef| statuses.clone().map(|status| RunSnapshot { run: run.clone(), ..snapshot(claim, status) });
    every_run().into_iter().flat_map(of).collect()
}

/// More looks than any doubt takes: from here on they change nothing.
const MANY_LOOKS: u32 = 10;

/// Claims of one kind have the same ways on.
fn kind(claim: &Claim) -> String {
    let looks = match &claim.state {
        State::Reconciling { looks, .. } => looks.min(&MANY_LOOKS),
        _ => &0,
    };
    let own = claim.state.run().map(|run| (run.id, run.attempt));
    let flags = [
        claim.state.retry_by().is_some(),
        claim.cancel_by.is_some(),
        claim.is_fenced(),
        claim.is_redeemed(),
        claim.progress.is_some(),
    ];
    let redeemed = claim.redeemed.map(|it| (it.run, it.attempt));
    let reported = claim.report.as_ref().map(|report| report.outcome);
    format!("{}, {own:?}, {redeemed:?}, {flags:?}, {reported:?}, looks: {looks}", claim.state.name())
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

fn report(outcome: ReportedOutcome) -> RunReport {
    RunReport {
        phase: Phase::GapFill,
        outcome,
        comments: Vec::new(),
        failure_reason: None,
        pr_url: None,
        no_work: false,
        usage: None,
    }
}

fn run() -> RunRef {
    RunRef::first(RunId::new(31), "https://github.com/octo/hello/actions/runs/31".into())
}

fn other() -> RunRef {
    RunRef::first(RunId::new(32), "https://github.com/octo/hello/actions/runs/32".into())
}

/// The claim's own run, and another one. Where the claim names none, either may be it.
pub(super) fn own_and_other(claim: &Claim) -> [RunRef; 2] {
    let own = claim.state.run().cloned().unwrap_or_else(run);
    let another = if own.id == run().id { other() } else { run() };
    [own, another]
}

/// A run at work, as GitHub shows it.
pub(super) fn at_work(claim: &Claim, run: RunRef) -> RunSnapshot {
    RunSnapshot { run, ..snapshot(claim, RunStatus::InProgress) }
}

fn snapshot(claim: &Claim, status: RunStatus) -> RunSnapshot {
    let title = format!("AI-Implement ENG-42 [{}]", claim.id);
    RunSnapshot { run: run(), title, status, started_at: None, updated_at: claim.updated_at }
}
