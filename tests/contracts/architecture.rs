//! The walls of this house: who may import whom, and what every file and folder looks like.
//!
//! Owns the rules, each with the table of what it allows and a test that shows an offence. Never compiles anything:
//! it reads manifests and source text as they lie in the repository.

mod files;
mod imports;
mod manifest;
mod source;
mod vendors;
mod workspace;

use std::fmt;

use workspace::Workspace;

/// One place that breaks a rule.
struct Offence {
    file: String,
    line: usize,
    found: String,
    rule: &'static str,
}

impl fmt::Display for Offence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { file, line, found, rule } = self;
        write!(f, "{file}:{line}: {found}: {rule}")
    }
}

/// Finds what breaks one rule.
type Rule = fn(&Workspace) -> Vec<Offence>;

/// Holds the repository to a rule.
fn keep(rule: Rule) {
    let offences = sentences(&rule(&Workspace::read()));
    assert!(offences.is_empty(), "{} offence(s)\n{}", offences.len(), offences.join("\n"));
}

/// Shows that a rule sees an offence: the one place, word for word, in a repository of these files.
fn sees<const N: usize>(rule: Rule, files: [(&str, &str); N], offence: &str) {
    let offences = sentences(&rule(&Workspace::of(files)));
    assert_eq!(offences.len(), 1, "{offences:?}");
    assert!(offences[0].starts_with(offence), "{} is not {offence}", offences[0]);
}

/// Shows that a rule lets these files pass.
fn lets_pass<const N: usize>(rule: Rule, files: [(&str, &str); N]) {
    assert_eq!(sentences(&rule(&Workspace::of(files))), Vec::<String>::new());
}

fn sentences(offences: &[Offence]) -> Vec<String> {
    offences.iter().map(ToString::to_string).collect()
}
