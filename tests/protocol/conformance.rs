//! Whether the domain's claim is the model's: the same edges and no others, due where it is due, with the same strays.
//!
//! Owns the comparison, over every transition from every state that they lead to. Never explores what a worker does:
//! that an edge is taken at the right moment only is shown by the product's own tests and the conversations.

mod claims;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use domain::claim::{Admitted, Claim, NotAdmitted, RunRef, State};
use jiff::SignedDuration;

use claims::{at_work, every_kind, name, own_and_other, successors};

use crate::edges::EDGES;
use crate::rules::Rules;
use crate::state::{self as model, RunId, RunSet, Stage};
use crate::step;

/// The domain's functions that move a claim. All of them are walked by [`successors`].
const MOVERS: [&str; 17] = [
    "admit",
    "answered",
    "cancelled",
    "dispatched",
    "doubted",
    "dropped",
    "intend",
    "not_sent",
    "out_of_reach",
    "progressed",
    "queued",
    "reconciled",
    "refused",
    "reported",
    "retried",
    "run_is_gone",
    "seen",
];

#[test]
fn the_domain_has_the_edges_of_the_model_and_no_others() {
    let ours: BTreeSet<_> = EDGES.iter().map(|(from, to, _)| edge(from, to)).collect();
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
            let strays = strays.then(|| own_and_other(&claim)[1].id).into_iter().collect();
            let domains = Claim { told: told.then_some(revision), strays, ..claim.clone() };
            assert_eq!(domains.due_at().is_some(), ours.is_due(), "{ours:?}");
        }
    }
}

#[test]
fn the_domains_strays_are_the_models() {
    for claim in every_kind() {
        let Some(stage) = stage(&claim) else { continue };
        for (ours, run) in [OWN, OTHER].into_iter().zip(own_and_other(&claim)) {
            let domains = claim.is_stray(claim.request.repo().id, &at_work(&claim, run));
            assert_eq!(domains, step::is_stray(&Rules::UNFENCED, stage, ours), "{stage:?}, {ours:?}");
        }
    }
}

#[test]
fn the_domain_admits_whom_the_model_does_and_nobody_once_a_person_wants_it_cancelled() {
    for claim in every_kind() {
        let Some(stage) = stage(&claim) else { continue };
        for (ours, run) in [OWN, OTHER].into_iter().zip(own_and_other(&claim)) {
            let redeemed = claim.is_redeemed().then_some(OWN);
            let model = model::Claim { stage, writer: None, redeemed, told: false, strays: RunSet::NONE };
            let may = claim.cancel_by.is_none() && step::admits(&Rules::FENCED, model, ours);
            let domains = asked(&claim, &run);
            assert_eq!(matches!(domains, Ok(Admitted::Now(_))), may, "{model:?}, {ours:?}: {domains:?}");
            let acts = matches!(stage, Stage::Started(_)) && redeemed == Some(ours) && claim.cancel_by.is_none();
            assert_eq!(domains == Ok(Admitted::Before), acts, "{model:?}, {ours:?}: {domains:?}");
        }
    }
}

#[test]
fn a_run_that_is_run_again_is_admitted_after_its_end_and_no_other_is() {
    for claim in every_kind() {
        let Some(own) = claim.state.run().filter(|own| own.attempt == 1) else { continue };
        let again = RunRef { attempt: 2, ..own.clone() };
        let refusal = match &claim.state {
            State::Ended { .. } => None,
            _ if claim.cancel_by.is_some() => Some(NotAdmitted::Over),
            _ => Some(NotAdmitted::EarlierAttempt),
        };
        assert_eq!(asked(&claim, &again).err(), refusal, "{}", claim.state.name());
        let [_, other] = own_and_other(&claim);
        assert!(asked(&claim, &RunRef { attempt: 2, ..other }).is_err(), "{}", claim.state.name());
    }
}

#[test]
fn a_run_that_was_admitted_stays_its_claims_whatever_follows() {
    for claim in every_kind() {
        let Some(admitted) = claim.redeemed else { continue };
        assert_eq!(claim.state.run().map(|own| own.id), Some(admitted.run), "{}", claim.state.name());
        for next in successors(&claim) {
            assert_eq!(next.redeemed.map(|it| it.run), Some(admitted.run), "{}", next.state.name());
        }
    }
}

#[test]
fn a_report_is_on_record_until_another_run_is_ordered_or_the_same_is_run_again_or_admitted_anew() {
    for claim in every_kind().into_iter().filter(|claim| claim.report.is_some()) {
        for next in successors(&claim) {
            let is_another_attempt = claim.state.run().is_some_and(|own| Some(own) != next.state.run());
            let is_admitted_now = claim.redeemed != next.redeemed;
            let is_ordered_anew = claim.epoch != next.epoch;
            let is_kept = next.report == claim.report;
            let may_go = is_another_attempt || is_admitted_now || is_ordered_anew;
            assert!(is_kept || may_go, "{} -> {}", name(&claim), name(&next));
        }
    }
}

/// What the domain says to a run that asks.
fn asked(claim: &Claim, run: &RunRef) -> Result<Admitted, NotAdmitted> {
    claim.redeem(run, claim.updated_at + SignedDuration::from_secs(1))
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
/// Another that carries the claim.
const OTHER: RunId = RunId(1);

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
