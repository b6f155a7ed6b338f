//! Running the checker, and printing what it counted: the counts are the evidence that nothing was left out.
//!
//! Owns the words of the report. Never decides what has to hold.

#![expect(clippy::print_stdout, reason = "the counts and the broken courses are what these tests are run for")]

use std::collections::BTreeSet;
use std::time::Instant;

use stateright::{Checker, Expectation, HasDiscoveries, Model};

use crate::rules::Rules;
use crate::step::Action;

/// A promise that isn't broken on a course of this length is taken to hold.
const LONGEST_COURSE: usize = 40;

/// Explores everything, and holds it to every promise and every sight.
pub(crate) fn explore(name: &str, rules: Rules) {
    let begun = Instant::now();
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let checker = rules.checker().threads(threads).spawn_bfs().join();
    println!(
        "protocol: {name}: {} states, {} steps between them, depth {}, {:.1} s",
        grouped(checker.unique_state_count()),
        grouped(checker.state_count()),
        checker.max_depth(),
        begun.elapsed().as_secs_f64(),
    );
    let sights = rules.properties().iter().filter(|it| it.expectation == Expectation::Sometimes).count();
    println!("  sometimes: {sights} sights, each to be met");
    for property in rules.properties() {
        let found = checker.discovery(property.name).is_some();
        if property.expectation == Expectation::Sometimes {
            assert!(found, "never met: {}", property.name);
        } else if found {
            breaks(name, rules, property.name);
            panic!("broken: {}", property.name);
        } else {
            println!("  always: {}", property.name);
        }
    }
}

/// Finds the shortest course that breaks a promise, and prints it.
pub(crate) fn breaks(name: &str, rules: Rules, promise: &'static str) {
    let course = shortest(Rules { workers_are_alike: false, ..rules }, promise);
    let course = course.unwrap_or_else(|| panic!("{name}: still holds: {promise}"));
    println!("protocol: {name}: broken in {} steps: {promise}", course.len());
    for (number, step) in (1..).zip(&course) {
        println!("  {number:>2}. {step}");
    }
}

/// The checker looks at blocks of states, so the shortest course is the one that a lesser depth doesn't have. How long it
/// is doesn't hang on the workers' names; how it reads does.
fn shortest(rules: Rules, promise: &'static str) -> Option<Vec<Action>> {
    let within = |rules: Rules, depth| {
        let found = HasDiscoveries::AnyOf(BTreeSet::from([promise]));
        let checker = rules.checker().target_max_depth(depth).finish_when(found).spawn_bfs().join();
        checker.discovery(promise).map(stateright::Path::into_actions)
    };
    let alike = Rules { workers_are_alike: true, ..rules };
    let depth = (1..=LONGEST_COURSE).find(|depth| within(alike, *depth).is_some())?;
    within(rules, depth)
}

/// 1234567 is 1,234,567.
fn grouped(count: usize) -> String {
    let digits = count.to_string();
    let groups = digits.as_bytes().rchunks(3).rev();
    groups.map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(",")
}

#[test]
fn large_numbers_are_readable() {
    assert_eq!([0, 999, 1_000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
}
