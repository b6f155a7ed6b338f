//! Thousands of schedules of faults, each from its seed: nothing is lost, and nothing runs twice.
//!
//! Worker and sweeper run as they are, with the real adapters, against the sandbox GitHub and the embedded DynamoDB. A
//! schedule decides what happens next: which invocation moves on to its next point or dies there, which call fails in
//! which way, what GitHub delivers and when, how much time passes. Then everything heals, and what came of it is judged
//! from outside.
//!
//! `TORTURE_SEED=7 make torture` plays that one schedule and shows it; `make torture` plays `TORTURE_SCHEDULES` of them.

mod comments;
mod delivery;
mod dice;
mod engine_proxy;
mod faults;
mod judge;
mod play;
mod player;
mod post_box;
mod report;
mod runners;
mod schedule;
mod stage;
mod time;
mod trace;

use failpoint::Safeguard;

use crate::play::{Share, first_double, long_run, play_share, traces_of};
use crate::schedule::Lack;

/// How many tests share the schedules of a short run.
const SHARES: u64 = 12;
/// A removed safeguard shows itself within so many schedules.
const MOST_SEEDS: u64 = 500;

/// A test for each share: they run side by side, and none is long.
macro_rules! shares {
    ($($name:ident: $nth:literal),* $(,)?) => {$(
        #[test]
        fn $name() {
            play_share(Share { nth: $nth, of: SHARES });
        }
    )*};
}

shares! {
    nothing_is_lost_and_nothing_runs_twice_in_the_first_share: 0,
    nothing_is_lost_and_nothing_runs_twice_in_the_second_share: 1,
    nothing_is_lost_and_nothing_runs_twice_in_the_third_share: 2,
    nothing_is_lost_and_nothing_runs_twice_in_the_fourth_share: 3,
    nothing_is_lost_and_nothing_runs_twice_in_the_fifth_share: 4,
    nothing_is_lost_and_nothing_runs_twice_in_the_sixth_share: 5,
    nothing_is_lost_and_nothing_runs_twice_in_the_seventh_share: 6,
    nothing_is_lost_and_nothing_runs_twice_in_the_eighth_share: 7,
    nothing_is_lost_and_nothing_runs_twice_in_the_ninth_share: 8,
    nothing_is_lost_and_nothing_runs_twice_in_the_tenth_share: 9,
    nothing_is_lost_and_nothing_runs_twice_in_the_eleventh_share: 10,
    nothing_is_lost_and_nothing_runs_twice_in_the_twelfth_share: 11,
}

#[test]
fn without_the_epoch_check_a_double_appears() {
    let seed = first_double(Lack::Of(Safeguard::EpochCheck), MOST_SEEDS);
    assert!(seed.is_some(), "no double within {MOST_SEEDS} schedules");
}

#[test]
fn without_the_intent_before_the_call_a_double_appears() {
    let seed = first_double(Lack::Of(Safeguard::IntentBeforePost), MOST_SEEDS);
    assert!(seed.is_some(), "no double within {MOST_SEEDS} schedules");
}

#[test]
fn without_the_fence_two_runs_act() {
    let seed = first_double(Lack::Fence, MOST_SEEDS);
    assert!(seed.is_some(), "no double within {MOST_SEEDS} schedules");
}

#[test]
fn the_same_seed_plays_the_same() {
    let [first, second] = traces_of(1..6);
    assert_eq!(first, second);
}

/// Takes minutes: run by name, by `make torture`.
#[test]
#[ignore = "long: `make torture` runs it"]
fn thousands_of_schedules() {
    long_run();
}
