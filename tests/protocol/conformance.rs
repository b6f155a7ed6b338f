//! Whether the domain's claim is the model's: the same edges and no others, due where it is due, with the same strays.
//!
//! Owns the comparison, over every transition from every state that they lead to. Never explores what a worker does:
//! that an edge is taken at the right moment only is shown by the product's own tests and the conversations.

mod claims;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use domain::claim::{Claim, State};
use domain::run::{RunSnapshot, RunStatus};

use claims::{every_kind, name, other, run, snapshot, successors};

use crate::edges::{EDGES, Needs};
use crate::rules::Rules;
use crate::state::{self as model, RunId, RunSet, Stage};
use crate::step;

/// The domain's functions that move a claim. All of them are walked by [`successors`].
const MOVERS: [&str; 14] = [
    "answered",
    "cancelled",
    "dispatched",
    "doubted",
    "dropped",
    "intend",
    "not_sent",
    "out_of_reach",
    "queued",
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

#[test]
fn the_domains_claim_is_due_where_the_models_is() {
    for claim in every_kind() {
        let Some(stage) = stage(&claim) else { continue };
        for (told, strays) in [(false, false), (false, true), (true, false), (true, true)] {
            let (noted, revision) = (RunSet(u8::from(strays)), claim.revision);
            let ours = model::Claim { stage, writer: None, redeemed: None, told, strays: noted };
            let strays = strays.then(|| other().id).into_iter().collect();
            let domains = Claim { told: told.then_some(revision), strays, ..claim.clone() };
            assert_eq!(domains.due_at().is_some(), ours.is_due(), "{ours:?}");
        }
    }
}

#[test]
fn the_domains_strays_are_the_models() {
    for claim in every_kind() {
        let Some(stage) = stage(&claim) else { continue };
        for (ours, run) in [(OWN, run()), (RunId(1), other())] {
            let shown = RunSnapshot { run, ..snapshot(&claim, RunStatus::InProgress) };
            let domains = claim.is_stray(claim.request.repo().id, &shown);
            assert_eq!(domains, step::is_stray(&Rules::UNFENCED, stage, ours), "{stage:?}, {ours:?}");
        }
    }
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

fn domains_edges() -> BTreeSet<String> {
    let all = every_kind();
    let pairs = all.iter().flat_map(|claim| successors(claim).into_iter().map(move |next| (claim, next)));
    pairs
        .filter(|(claim, next)| next.state != claim.state)
        .map(|(claim, next)| edge(name(claim), name(&next)))
        .collect()
}

/// The claim's own run, where it has one.
const OWN: RunId = RunId(0);

/// Where the claim stands in the model, which leaves out those that ask for words only, wait for a slot, or were taken back.
fn stage(claim: &Claim) -> Option<Stage> {
    Some(match &claim.state {
        State::Received => Stage::Received,
        State::Authorized => Stage::Authorized,
        State::Dispatching { .. } => Stage::Dispatching,
        State::Reconciling { .. } => Stage::Reconciling { looks: 0 },
        State::Unknown { retry_by, .. } => Stage::Unknown { retry: retry_by.is_some() },
        State::Dropped { .. } => Stage::Dropped,
        State::Dispatched { .. } => Stage::Dispatched(OWN),
        State::Started { .. } => Stage::Started(OWN),
        State::Ended { .. } => Stage::Ended(OWN),
        State::Refused { .. } => Stage::Refused,
        State::Answered { .. } | State::Queued { .. } | State::Withdrawn { .. } => return None,
    })
}

fn edge(from: &str, to: &str) -> String {
    format!("{from} -> {to}")
}
