//! Whether the domain's claim has the edges of the model's, and no others.
//!
//! Owns walking every transition of `domain::claim` from every state that they lead to. Never explores what a worker does:
//! that an edge is taken at the right moment only is shown by the product's own tests and the conversations.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use domain::claim::{Claim, ClaimId, DispatchOrder, Nonce, Reconciliation, RunRef, State, WrongState};
use domain::command::{Command, Instructions, Verb};
use domain::ids::{CommentId, IssueNumber, RepoId, RunId, UserId};
use domain::message::{CommentCommand, Commenter, RepoRef, SubjectKind};
use domain::provider::Provider;
use domain::run::{RunSnapshot, RunStatus};
use domain::run_kind::RunKind;
use domain::ticket::{Ticket, TicketOrigin};
use jiff::{SignedDuration, Timestamp};

use crate::edges::{EDGES, Needs};

/// The domain's functions that move a claim. All of them are walked by [`successors`].
const MOVERS: [&str; 12] = [
    "answered",
    "dispatched",
    "doubted",
    "dropped",
    "intend",
    "not_sent",
    "out_of_reach",
    "reconciled",
    "refused",
    "retried",
    "run_is_gone",
    "seen",
];

#[test]
fn the_domain_has_the_edges_of_the_model_and_no_others() {
    let ours: BTreeSet<_> =
        EDGES.iter().filter(|(.., needs)| *needs != Needs::Fence).map(|(from, to, _)| edge(from, to)).collect();
    assert_eq!(domains_edges(), ours, "the domain's edges, and the table's");
}

#[test]
fn every_function_that_moves_a_claim_is_walked() {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/domain/src");
    let folder = fs::read_dir(source.join("claim")).expect("the claim's folder is readable");
    let parts = folder.map(|entry| entry.expect("an entry is readable").path());
    let texts = parts.chain([source.join("claim.rs")]).map(|path| fs::read_to_string(path).expect("a readable file"));
    let movers: BTreeSet<String> = texts.flat_map(|text| movers_in(&text)).collect();
    assert_eq!(movers.iter().map(String::as_str).collect::<Vec<_>>(), MOVERS);
}

/// The functions that call `moved`, which alone writes a new state.
fn movers_in(text: &str) -> Vec<String> {
    let mut function = "";
    let mut movers = Vec::new();
    for line in text.lines() {
        if let Some((_, after)) = line.split_once("fn ") {
            function = after.split(['(', '<']).next().unwrap_or_default();
        } else if line.contains("self.moved(") {
            movers.push(function.to_owned());
        }
    }
    movers
}

/// From the receipt on, whatever can follow, until no kind of claim is new.
fn domains_edges() -> BTreeSet<String> {
    let mut met = BTreeMap::from([(kind(&received()), received())]);
    let mut left = vec![received()];
    let mut edges = BTreeSet::new();
    while let Some(claim) = left.pop() {
        for next in successors(&claim) {
            if next.state == claim.state {
                continue;
            }
            edges.insert(edge(name(&claim), name(&next)));
            if met.insert(kind(&next), next.clone()).is_none() {
                left.push(next);
            }
        }
    }
    edges
}

/// What every transition makes of a claim.
fn successors(claim: &Claim) -> Vec<Claim> {
    let (now, late) = (claim.updated_at, claim.updated_at + SignedDuration::from_hours(1));
    let asked: [Result<Claim, WrongState>; 8] = [
        claim.intend(order(), Nonce::new(1), now),
        claim.dispatched(run(), now),
        claim.doubted(now),
        claim.not_sent(now),
        claim.refused("X", String::new(), now),
        claim.answered(String::new(), now),
        claim.retried("somebody", now),
        claim.dropped("somebody", now),
    ];
    let statuses = [RunStatus::Waiting, RunStatus::InProgress, RunStatus::Completed { conclusion: None }];
    let shown = statuses.map(|status| snapshot(claim, status));
    let looked = [claim.reconciled(&[], now), claim.reconciled(&[], late)];
    let found = shown.iter().map(|run| claim.reconciled(std::slice::from_ref(run), now));
    let looks = looked.into_iter().chain(found).flatten().map(|look| match look {
        Reconciliation::Found(next) | Reconciliation::NotYet(next) | Reconciliation::GivenUp(next) => next,
    });
    let seen = shown.iter().filter_map(|run| claim.seen(run));
    let alone = [claim.overdue(late), claim.run_is_gone(now), claim.out_of_reach(late)];
    asked.into_iter().flatten().chain(looks).chain(seen).chain(alone.into_iter().flatten()).collect()
}

/// More looks than any doubt takes: from here on they change nothing.
const MANY_LOOKS: u32 = 10;

/// Claims of one kind have the same ways on.
fn kind(claim: &Claim) -> String {
    match &claim.state {
        State::Reconciling { looks, .. } => format!("reconciling after {}", looks.min(&MANY_LOOKS)),
        State::Unknown { retry_by, .. } | State::Dispatching { retry_by, .. } => {
            format!("{}, decided: {}", name(claim), retry_by.is_some())
        }
        _ => name(claim).to_owned(),
    }
}

/// The model knows one way for a run to have ended.
fn name(claim: &Claim) -> &'static str {
    if matches!(claim.state, State::Ended { .. }) { "ended" } else { claim.state.name() }
}

fn edge(from: &str, to: &str) -> String {
    format!("{from} -> {to}")
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
        max_job_minutes: None,
        pinned_at: None,
    }
}

fn run() -> RunRef {
    RunRef { id: RunId::new(31), html_url: "https://github.com/octo/hello/actions/runs/31".into() }
}

fn snapshot(claim: &Claim, status: RunStatus) -> RunSnapshot {
    let title = format!("AI-Implement ENG-42 [{}]", claim.id);
    RunSnapshot { run: run(), attempt: 1, title, status, started_at: None, updated_at: claim.updated_at }
}
