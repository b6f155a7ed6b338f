//! Playing schedules: one, a share of them, or thousands on every core.
//!
//! Owns the limits that the numbers are held to. Never plays two schedules in one house at a time.

use std::ops::Range;
use std::time::Instant;

use crate::dice::Dice;
use crate::judge::{self, Verdict, judge};
use crate::report::Report;
use crate::schedule::{Lack, Plot, Schedule};
use crate::stage::{House, Workflows};
use crate::time::StillRuntime;
use crate::trace::Trace;

const SHORT_RUN: u64 = 204;
const LONG_RUN: u64 = 10_000;
/// A progress line comes after so many schedules.
const PROGRESS_AFTER: u64 = 500;
/// So many failures are shown before a long run is given up.
const MOST_FAILURES: usize = 5;
/// At least so many of a hundred schedules have a fault that fired.
const WITH_A_FAULT_PERCENT: u32 = 95;
/// So many of fewer than a hundred may come without.
const WITHOUT_A_FAULT_OF_FEW: u32 = 2;
const A_HUNDRED: u32 = 100;

/// In so many of a hundred schedules the runs of one repository ask before they act.
const FENCED_PERCENT: u32 = 50;
/// In so many the runs of the other one can't, and are told where to report instead; and in so many a program asks for one.
const REPORTING_PERCENT: u32 = 25;
const PROGRAM_PERCENT: u32 = 20;
/// What is drawn by dice of its own leaves the others' throws as they are.
const GUESTS: u64 = 0x5eed_0f00_9e57;

/// One of several parts of all schedules.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    pub(crate) nth: u64,
    pub(crate) of: u64,
}

/// What one schedule was and came to.
struct Played {
    verdict: Verdict,
    trace: Trace,
}

impl Share {
    fn seeds(self, all: u64) -> impl Iterator<Item = u64> {
        (1..=all).filter(move |seed| seed % self.of == self.nth)
    }
}

/// Plays a share of a short run.
pub(crate) fn play_share(share: Share) {
    if let Some(seed) = number("TORTURE_SEED") {
        // The one schedule is in one share.
        if seed % share.of == share.nth {
            show(seed);
        }
        return;
    }
    let mut report = Report::new();
    let failures = play_all(share, number("TORTURE_SCHEDULES").unwrap_or(SHORT_RUN), &mut report);
    say(&report.to_string());
    hold(&report, &failures);
}

/// Plays thousands, on two threads, and shows every point.
pub(crate) fn long_run() {
    if let Some(seed) = number("TORTURE_SEED") {
        return show(seed);
    }
    let all = number("TORTURE_SCHEDULES").unwrap_or(LONG_RUN);
    let threads = std::thread::available_parallelism().map_or(1, |threads| threads.get() as u64);
    let shares = (0..threads).map(|nth| Share { nth, of: threads });
    let playing: Vec<_> = shares
        .map(|share| {
            std::thread::spawn(move || {
                let mut report = Report::new();
                let failures = play_all(share, all, &mut report);
                (report, failures)
            })
        })
        .collect();
    let (mut report, mut failures) = (Report::new(), Vec::new());
    for share in playing {
        let (numbers, sentences) = share.join().expect("no schedule panics");
        report.join(numbers);
        failures.extend(sentences);
    }
    say(&format!("{}\n{report}", report.points_in_full()));
    hold(&report, &failures);
    assert_eq!(report.unreached(), Vec::<&str>::new(), "points that nobody reaches prove nothing");
}

/// The first seed with a double, without a rule.
pub(crate) fn first_double(lack: Lack, most: u64) -> Option<u64> {
    let runtime = StillRuntime::new();
    runtime.block_on(async {
        let house = House::build().await;
        let mut report = Report::default();
        for seed in 1..=most {
            let played = play(&house, seed, Some(lack), &mut report).await;
            if let Some(double) = played.verdict.doubles.first() {
                say(&format!("without {lack:?}, seed {seed}: {double}\n{}", played.trace));
                return Some(seed);
            }
        }
        None
    })
}

/// The steps of some schedules, played twice, each time in a house of its own.
pub(crate) fn traces_of(seeds: Range<u64>) -> [Vec<String>; 2] {
    [seeds.clone(), seeds].map(|seeds| {
        StillRuntime::new().block_on(async {
            let house = House::build().await;
            let mut steps = Vec::new();
            for seed in seeds {
                steps.extend(play(&house, seed, None, &mut Report::default()).await.trace.without_ids());
            }
            steps
        })
    })
}

fn play_all(share: Share, all: u64, report: &mut Report) -> Vec<String> {
    let began = Instant::now();
    let mut failures = Vec::new();
    StillRuntime::new().block_on(async {
        let house = House::build().await;
        for seed in share.seeds(all) {
            let played = play(&house, seed, None, report).await;
            if played.verdict.is_bad() {
                let failure = format!("TORTURE_SEED={seed}: {:#?}\n{}", played.verdict, played.trace);
                say(&failure);
                failures.push(failure);
            }
            if u64::from(report.schedules) % PROGRESS_AFTER == 0 {
                say(&format!(
                    "{} schedules in {} s, {} failed",
                    report.schedules,
                    began.elapsed().as_secs(),
                    failures.len()
                ));
            }
            if failures.len() >= MOST_FAILURES {
                break;
            }
        }
    });
    failures
}

fn show(seed: u64) {
    StillRuntime::new().block_on(async {
        let house = House::build().await;
        let mut report = Report::default();
        let played = play(&house, seed, None, &mut report).await;
        say(&format!("seed {seed}\n{}\n{:#?}\n{report}", played.trace, played.verdict));
        assert!(!played.verdict.is_bad(), "seed {seed} fails");
    });
}

async fn play(house: &House, seed: u64, lack: Option<Lack>, report: &mut Report) -> Played {
    // The SDK's pauses between two tries are thrown with these.
    fastrand::seed(seed);
    let mut dice = Dice::of(seed);
    let plot = Plot::draw(lack, &mut dice);
    let is_fenced = plot == Plot::Fence || dice.percent(FENCED_PERCENT);
    let mut guests = Dice::of(seed ^ GUESTS);
    let workflows = Workflows { are_fenced: is_fenced, report: guests.percent(REPORTING_PERCENT) };
    let stage = house.open(plot.slots(&mut dice), workflows, dice.fork()).await;
    let mut schedule = Schedule::new(stage, plot, dice, lack);
    if lack.is_none() && guests.percent(PROGRAM_PERCENT) {
        schedule.invite_a_program(guests).await;
    }
    schedule.play().await;
    report.fired(schedule.fired());
    let healed = schedule.heal().await;
    let mut verdict = judge(&judge::Played {
        stage: &schedule.stage,
        comments: &schedule.comments,
        deleted: &schedule.deleted,
        words: &schedule.words,
        retries: &schedule.retries,
        wish: schedule.wish,
        runners: &schedule.runners,
        was_silenced: schedule.was_silenced,
    })
    .await;
    verdict.losses.extend(healed.err());
    report.add(&verdict);
    for point in &schedule.points {
        report.reached(point.to_string());
    }
    Played { verdict, trace: schedule.trace }
}

fn hold(report: &Report, failures: &[String]) {
    assert!(failures.is_empty(), "{} schedule(s) failed; the first:\n{}", failures.len(), failures[0]);
    // A share of the short part is too small for a percentage.
    let needed = match report.schedules {
        few @ ..A_HUNDRED => few.saturating_sub(WITHOUT_A_FAULT_OF_FEW),
        many => many * WITH_A_FAULT_PERCENT / 100,
    };
    assert!(report.with_a_fault >= needed, "only {} of {} had a fault", report.with_a_fault, report.schedules);
}

fn number(name: &str) -> Option<u64> {
    std::env::var(name).ok().map(|text| text.parse().unwrap_or_else(|_| panic!("{name} is no number: {text}")))
}

#[expect(clippy::print_stdout, reason = "the report is for whoever runs it")]
fn say(text: &str) {
    println!("{text}");
}
