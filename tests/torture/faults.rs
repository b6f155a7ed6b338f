//! What can go wrong, and the drawing of it.
//!
//! Owns the catalogue. Each fault is one that GitHub, AWS or a process is known for; never one that no product could
//! survive.

use jiff::SignedDuration;
use local::sandbox::Fault;
use local::sandbox::world::RunDetails;
use serde_json::json;

use crate::dice::Dice;
use crate::engine_proxy::{EngineFault, Scripted};
use crate::stage::Stage;

/// Longer than any caller's patience.
const FOR_EVER_MS: u64 = 600_000;

/// Longer than the first looks at a doubt, shorter than the last.
const LISTING_LAG_SECONDS: u32 = 300;

/// Something that will go wrong.
#[derive(Debug, Clone)]
pub(crate) enum Trouble {
    /// A call to GitHub fails.
    GitHub(Fault),
    /// Requests to the tables fail.
    Engine(Scripted),
    /// GitHub starts runs in one of its odd ways.
    Dispatch(Oddity),
    /// GitHub forgets the tokens that it minted.
    TokensEnd,
    /// The App's key is replaced, and its secret follows only later.
    KeyRotates,
}

/// How GitHub may take a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// It answers 204.
    NamesNoRun,
    /// It starts two runs.
    StartsTwo,
    /// It doesn't know the field for the run's details.
    RefusesTheField,
    /// It names no run, and shows it in the list only minutes later.
    ListsLate,
}

/// The calls that carrying out a command takes, the most interesting one often.
const CALLS: [(u32, (&str, &str)); 9] = [
    (10, ("POST", "/repos/*/dispatches")),
    (4, ("POST", "/repos/*/issues/*/comments")),
    (3, ("PATCH", "/repos/*/issues/comments/*")),
    (2, ("GET", "/repos/*/issues/*/comments")),
    (2, ("GET", "*/permission")),
    (2, ("GET", "/repos/*/pulls/*")),
    (2, ("GET", "/repos/*/contents/*")),
    (2, ("POST", "*/access_tokens")),
    (3, ("*", "*")),
];

const THROTTLED: [&str; 3] = ["ThrottlingException", "ProvisionedThroughputExceededException", "RequestLimitExceeded"];

impl Trouble {
    pub(crate) fn draw(dice: &mut Dice) -> Self {
        match dice.within(0..100) {
            0..45 => Self::GitHub(call_that_fails(dice)),
            45..80 => Self::Engine(request_that_fails(dice)),
            80..92 => Self::Dispatch(dice.of_these(&[
                Oddity::NamesNoRun,
                Oddity::StartsTwo,
                Oddity::StartsTwo,
                Oddity::RefusesTheField,
                Oddity::ListsLate,
            ])),
            92..96 => Self::TokensEnd,
            _ => Self::KeyRotates,
        }
    }

    /// Its name, where it happens at once and nothing else counts it.
    pub(crate) const fn name(&self) -> Option<&'static str> {
        match self {
            Self::GitHub(_) | Self::Engine(_) | Self::Dispatch(_) => None,
            Self::TokensEnd => Some("ended tokens"),
            Self::KeyRotates => Some("rotated key"),
        }
    }

    /// Lets it happen from now on.
    pub(crate) fn begins(&self, stage: &Stage<'_>) {
        match self {
            Self::GitHub(fault) => stage.sandbox.script_fault(fault.clone()),
            Self::Engine(scripted) => stage.proxy.script(*scripted),
            Self::Dispatch(oddity) => stage.sandbox.edit_world(|world| {
                let behaviour = &mut world.dispatch_behaviour;
                match oddity {
                    Oddity::NamesNoRun => behaviour.run_details = RunDetails::Ignored,
                    Oddity::StartsTwo => behaviour.runs_per_call = 2,
                    Oddity::ListsLate => {
                        behaviour.run_details = RunDetails::Ignored;
                        behaviour.listing_lag_seconds = LISTING_LAG_SECONDS;
                    }
                    Oddity::RefusesTheField => behaviour.run_details = RunDetails::Rejected { status: 422 },
                }
            }),
            Self::TokensEnd => stage.sandbox.edit_world(|world| world.tokens.clear()),
            Self::KeyRotates => stage.rotate_key(false),
        }
    }
}

/// Everything works from now on.
pub(crate) fn heal(stage: &Stage<'_>) {
    stage.proxy.heal();
    stage.post_box.heal();
    stage.sandbox.clear_faults();
    stage.sandbox.edit_world(|world| world.dispatch_behaviour = local::sandbox::world::DispatchBehaviour::default());
    stage.rotate_key(true);
}

fn call_that_fails(dice: &mut Dice) -> Fault {
    let (method, path) = dice.weighed(&CALLS);
    let times = dice.weighed(&[(70, 1), (20, 2), (10, 4)]);
    let fault = Fault { times, ..Fault::on(method, path) };
    let seconds = |seconds: i64| [("retry-after".to_owned(), seconds.to_string())].into();
    match dice.within(0..13) {
        0 => Fault { status: Some(dice.of_these(&[500, 502, 503, 504])), ..fault },
        1 => Fault { status: Some(502), after_effect: true, ..fault },
        2 => Fault { status: Some(429), headers: seconds(i64::from(dice.within(1..90))), ..fault },
        // A secondary limit, which names no time.
        3 => Fault {
            status: Some(403),
            body: Some(json!({"message": "You have exceeded a secondary rate limit. Please wait a few minutes."})),
            ..fault
        },
        4 => Fault { status: Some(403), headers: emptied(), ..fault },
        5 => Fault { delay_ms: Some(FOR_EVER_MS), ..fault },
        6 | 7 => Fault { delay_ms: Some(FOR_EVER_MS), after_effect: true, ..fault },
        8 => Fault { reset: true, ..fault },
        9 | 10 => Fault { reset: true, after_effect: true, ..fault },
        11 => Fault { status: Some(401), body: Some(json!({"message": "Bad credentials"})), ..fault },
        _ => Fault { status: Some(200), body: Some(json!({"odd": true})), after_effect: true, ..fault },
    }
}

/// An emptied budget, whose reset lies behind us by GitHub's clock.
fn emptied() -> std::collections::BTreeMap<String, String> {
    [("x-ratelimit-remaining", "0"), ("x-ratelimit-reset", "1")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn request_that_fails(dice: &mut Dice) -> Scripted {
    let of_transactions = dice.percent(50);
    let fault = match dice.within(0..8) {
        0 => EngineFault::Says(dice.of_these(&THROTTLED)),
        1 => EngineFault::ServerError,
        2 => EngineFault::CutBefore,
        3 | 4 => EngineFault::CutAfter,
        5 => EngineFault::HangsBefore,
        _ => EngineFault::HangsAfter,
    };
    let after = dice.within(0..if of_transactions { 5 } else { 12 });
    // The SDK tries three times; what fails longer reaches our own code.
    Scripted { fault, after, times: dice.weighed(&[(40, 1), (40, 3), (15, 6), (5, 15)]), of_transactions }
}

/// A step of the clock.
pub(crate) fn step(dice: &mut Dice) -> SignedDuration {
    let seconds = dice.weighed(&[(50, 2), (20, 15), (15, 70), (8, 200), (5, 400), (2, 4_000)]);
    SignedDuration::from_secs(i64::from(dice.within(1..seconds + 1)))
}
