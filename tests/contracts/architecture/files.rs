//! What every file and folder of the repository looks like.

use super::{Offence, Workspace, keep, lets_pass, sees};
use crate::place;

const MAIN_LINES: usize = 20;

/// The customer's layout, and what the tools want at the top. What begins with a dot is free.
const AT_THE_TOP: [&str; 17] = [
    "ARCHITECTURE.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "Makefile",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "functions",
    "infra",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "samconfig.toml",
    "shared",
    // What cargo builds; never committed.
    "target",
    "template.yaml",
    "tests",
];

fn openings(workspace: &Workspace) -> Vec<Offence> {
    let silent = workspace.sources.iter().filter(|source| !source.text.starts_with("//!"));
    let opening = |text: &str| text.lines().next().unwrap_or("an empty file").to_owned();
    silent
        .map(|source| Offence {
            file: source.path.clone(),
            line: 1,
            found: opening(&source.text),
            rule: "a file opens with `//!`: what it owns, what it never does",
        })
        .collect()
}

fn mains(workspace: &Workspace) -> Vec<Offence> {
    let is_code = |line: &&str| !line.trim().is_empty() && !line.trim().starts_with("//");
    let mains = workspace
        .sources
        .iter()
        .filter(|source| source.path.starts_with("functions/") && source.path.ends_with("/src/main.rs"));
    mains
        .map(|source| (source, source.text.lines().filter(is_code).count()))
        .filter(|(_, lines)| *lines > MAIN_LINES)
        .map(|(source, lines)| Offence {
            file: source.path.clone(),
            line: source.text.lines().count(),
            found: format!("{lines} lines of code"),
            rule: "a main only wires, in at most 20 lines",
        })
        .collect()
}

fn strangers<'a>(names: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
    names.into_iter().filter(|name| !name.starts_with('.') && !AT_THE_TOP.contains(name)).collect()
}

#[test]
fn every_file_opens_with_what_it_owns() {
    keep(openings);
    let path = "shared/domain/src/claim.rs";
    sees(openings, [(path, "use std::fmt;\n")], &format!("{path}:1: use std::fmt;: a file opens with `//!`"));
}

#[test]
fn a_main_only_wires() {
    keep(mains);
    let path = "functions/worker/src/main.rs";
    let main = |lines: usize| format!("//! Wires.\n\n// Why.\n{}", "f();\n".repeat(lines));
    sees(mains, [(path, &main(21))], &format!("{path}:24: 21 lines of code: a main only wires"));
    lets_pass(mains, [(path, &main(20))]);
}

#[test]
fn the_top_of_the_repository_is_the_customers() {
    let entries = place::repository().read_dir().expect("the repository is readable");
    let names: Vec<String> =
        entries.map(|entry| entry.expect("an entry is readable").file_name().to_string_lossy().into_owned()).collect();
    assert_eq!(strangers(names.iter().map(String::as_str)), Vec::<&str>::new(), "not in AT_THE_TOP");
    assert_eq!(strangers(["shared", ".github", "scripts"]), ["scripts"]);
}
