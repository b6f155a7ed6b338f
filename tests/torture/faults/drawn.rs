//! The drawing of calls and requests that fail.
//!
//! Owns which, how and how often. Never lets them happen.

use std::collections::BTreeMap;

use local::sandbox::Fault;
use serde_json::json;

use crate::dice::Dice;
use crate::engine_proxy::{Among, EngineFault, Scripted};

/// Longer than any caller's patience.
const FOR_EVER_MS: u64 = 600_000;
const SECONDARY_LIMIT: &str = "You have exceeded a secondary rate limit. Please wait a few minutes.";

const RUN: &str = "/repos/*/actions/runs/*";

/// The calls that carrying out a command takes, the most interesting one often.
const CALLS: [(u32, (&str, &str)); 13] = [
    (10, ("POST", "/repos/*/dispatches")),
    (4, ("POST", "/repos/*/issues/*/comments")),
    (3, ("PATCH", "/repos/*/issues/comments/*")),
    (2, ("GET", "/repos/*/issues/*/comments")),
    (2, ("GET", "*/permission")),
    (2, ("GET", "/repos/*/pulls/*")),
    (2, ("GET", "/repos/*/contents/*")),
    (2, ("POST", "*/access_tokens")),
    (2, ("POST", "/repos/*/cancel")),
    (2, ("GET", "/repos/*/actions/runs")),
    (2, ("GET", RUN)),
    (5, ("GET", "/repos/*/issues/comments")),
    (3, ("*", "*")),
];

const THROTTLED: [&str; 3] = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];

pub(super) fn call_that_fails(dice: &mut Dice) -> Fault {
    let (method, path) = dice.weighed(&CALLS);
    let times = dice.weighed(&[(70, 1), (20, 2), (10, 4)]);
    let fault = Fault { times, ..Fault::on(method, path) };
    match dice.within(0..13) {
        0 => Fault { status: Some(dice.of_these(&[500, 502, 503, 504])), ..fault },
        1 => Fault { status: Some(502), after_effect: true, ..fault },
        2 => Fault { status: Some(429), headers: retry_after(dice.within(1..90)), ..fault },
        // A secondary limit, which names no time.
        3 => Fault { status: Some(403), body: Some(json!({"message": SECONDARY_LIMIT})), ..fault },
        4 => Fault { status: Some(403), headers: emptied(), ..fault },
        5 => Fault { delay_ms: Some(FOR_EVER_MS), ..fault },
        6 | 7 => Fault { delay_ms: Some(FOR_EVER_MS), after_effect: true, ..fault },
        8 => Fault { reset: true, ..fault },
        9 | 10 => Fault { reset: true, after_effect: true, ..fault },
        11 => Fault { status: Some(401), body: Some(json!({"message": "Bad credentials"})), ..fault },
        _ => Fault { status: Some(200), body: Some(json!({"odd": true})), after_effect: true, ..fault },
    }
}

/// A dispatch is answered by an error, with an effect or without: what people see is a doubt.
pub(super) fn unhelpful_dispatch(dice: &mut Dice) -> Fault {
    let after_effect = dice.percent(40);
    Fault { status: Some(502), after_effect, ..Fault::on("POST", "/repos/*/dispatches") }
}

/// A pull request is not shown once.
pub(super) fn look_that_fails() -> Fault {
    Fault { status: Some(502), ..Fault::on("GET", "/repos/*/pulls/*") }
}

/// GitHub limits us when a run is to be started.
pub(super) fn limited_dispatch() -> Fault {
    Fault { status: Some(429), headers: retry_after(30), ..Fault::on("POST", "/repos/*/dispatches") }
}

/// No comment of ours can be changed for a while.
pub(super) fn edits_that_fail() -> Fault {
    Fault { status: Some(502), times: 6, ..Fault::on("PATCH", "/repos/*/issues/comments/*") }
}

/// For long, GitHub lets nobody do anything: it limits us, or doesn't accept who we are.
pub(super) fn calls_that_are_refused(dice: &mut Dice) -> Fault {
    let fault = Fault { times: dice.within(3..40), ..Fault::on("*", "*") };
    match dice.within(0..4) {
        0 => Fault { status: Some(401), body: Some(json!({"message": "Bad credentials"})), ..fault },
        1 => Fault { status: Some(429), headers: retry_after(dice.within(60..4_000)), ..fault },
        2 => Fault { status: Some(403), headers: emptied(), ..fault },
        _ => Fault { status: Some(403), body: Some(json!({"message": SECONDARY_LIMIT})), ..fault },
    }
}

/// The account did not grant what the App asks for. Where it may not speak either, nobody can be told: not so here.
pub(super) fn permission_that_is_missing(dice: &mut Dice) -> Fault {
    let path = dice.of_these(&["/repos/*/pulls/*", "/repos/*/actions/runs", RUN]);
    Fault { times: dice.within(1..4), ..forbidden(path) }
}

/// No run can be read, until everything heals.
pub(super) fn runs_that_are_forbidden() -> Fault {
    Fault { times: u32::MAX, ..forbidden(RUN) }
}

fn forbidden(path: &str) -> Fault {
    let body = Some(json!({"message": "Resource not accessible by integration"}));
    Fault { status: Some(403), body, ..Fault::on("GET", path) }
}

/// Nothing can be read, until everything heals.
pub(super) fn outage() -> Fault {
    Fault { status: Some(502), times: u32::MAX, ..Fault::on("GET", "/repos/*") }
}

/// No word is taken, until everything heals.
pub(super) fn silence() -> Fault {
    Fault { status: Some(502), times: u32::MAX, ..Fault::on("*", "/repos/*/issues/*comments*") }
}

fn retry_after(seconds: u32) -> BTreeMap<String, String> {
    [("retry-after".to_owned(), seconds.to_string())].into()
}

/// An emptied budget, whose reset lies behind us by GitHub's clock.
fn emptied() -> BTreeMap<String, String> {
    [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

/// Long enough to reach our own code, in the middle of an invocation too.
pub(super) fn table_that_is_out(dice: &mut Dice) -> Scripted {
    let among = dice.weighed(&[(50, Among::All), (50, Among::Mappings)]);
    let fault = dice.of_these(&[EngineFault::ServerError, EngineFault::CutBefore, EngineFault::Says(THROTTLED[0])]);
    // A message asks the mappings once.
    let after = if among == Among::Mappings { 0 } else { dice.within(0..4) };
    Scripted { fault, after, times: dice.weighed(&[(25, 3), (25, 6), (25, 12), (25, 40)]), among }
}

/// A run's question takes three requests: the claim, its admission, the mapping.
pub(super) fn request_amid_few(dice: &mut Dice) -> Scripted {
    Scripted { after: dice.within(0..3), among: Among::All, ..request_that_fails(dice) }
}

pub(super) fn request_that_fails(dice: &mut Dice) -> Scripted {
    let among = dice.weighed(&[(45, Among::All), (45, Among::Transactions), (10, Among::Mappings)]);
    let fault = match dice.within(0..8) {
        0 => EngineFault::Says(dice.of_these(&THROTTLED)),
        1 => EngineFault::ServerError,
        2 => EngineFault::CutBefore,
        3 | 4 => EngineFault::CutAfter,
        5 => EngineFault::HangsBefore,
        _ => EngineFault::HangsAfter,
    };
    let after = dice.within(0..if among == Among::All { 12 } else { 5 });
    // The SDK tries three times; what fails longer reaches our own code.
    Scripted { fault, after, times: dice.weighed(&[(40, 1), (40, 3), (15, 6), (5, 15)]), among }
}
