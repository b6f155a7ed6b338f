//! Where the failpoints are: at every await of those who act, and in nothing that ships.

use std::fs;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::place;

/// Where death at any await must do no harm: the two functions that act, and what the worker asks through.
const FUNCTIONS: [&str; 3] = ["functions/worker", "functions/sweeper", "shared/gather"];
/// Runs once when a process begins, before any invocation.
const BEFORE_ANY_INVOCATION: &str = "from_env";
/// The only one who may switch them on.
const TESTS: &str = "tests/Cargo.toml";

/// The functions of a file that wait and have no points.
fn without_points(text: &str) -> Vec<String> {
    let functions = failpoint_syntax::functions(text).unwrap_or_else(|error| panic!("{error}"));
    let bare = functions.into_iter().filter(|function| !function.has_points);
    bare.map(|function| function.name).filter(|name| !name.ends_with(BEFORE_ANY_INVOCATION)).collect()
}

/// Whether a manifest switches the points on for what it builds.
fn switches_on(manifest: &Table) -> bool {
    let is_on = |declared: &Value| {
        let features = declared.get("features").and_then(Value::as_array);
        features.is_some_and(|features| features.iter().any(|feature| feature.as_str() == Some("enabled")))
    };
    let root = manifest.get("workspace").and_then(Value::as_table);
    let tables = [Some(manifest), root].into_iter().flatten();
    let sections = tables
        .flat_map(|table| ["dependencies", "build-dependencies", "dev-dependencies"].map(|section| table.get(section)));
    sections.flatten().filter_map(|section| section.get("failpoint")).any(is_on)
}

fn found(folder: &Path, is_wanted: &dyn Fn(&Path) -> bool) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in folder.read_dir().into_iter().flatten() {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target" && name != "node_modules") {
            files.extend(found(&path, is_wanted));
        } else if is_wanted(&path) {
            files.push(path);
        }
    }
    files
}

#[test]
fn every_await_of_worker_and_sweeper_has_its_points() {
    let is_source =
        |path: &Path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("src/main.rs");
    for function in FUNCTIONS {
        for file in found(&place::repository().join(function).join("src"), &is_source) {
            let bare = without_points(&fs::read_to_string(&file).expect("a readable source"));
            assert!(bare.is_empty(), "{}: {bare:?} lack #[failpoint::everywhere]", file.display());
        }
    }
    let bare = "async fn f() { g().await }\nasync fn from_env() { g().await }\nasync fn still() {}";
    assert_eq!(without_points(bare), ["f"]);
    assert_eq!(without_points("#[failpoint::everywhere]\nasync fn f() { g().await }"), Vec::<String>::new());
}

#[test]
fn nothing_but_the_tests_switches_the_points_on() {
    let root = place::repository();
    let manifests =
        ["Cargo.toml"].map(|name| root.join(name)).into_iter().chain(["functions", "shared", "tests"].iter().flat_map(
            |folder| found(&root.join(folder), &|path| path.file_name().is_some_and(|name| name == "Cargo.toml")),
        ));
    let on: Vec<PathBuf> = manifests
        .filter(|path| switches_on(&fs::read_to_string(path).expect("readable").parse().expect("TOML")))
        .collect();
    assert_eq!(on, [root.join(TESTS)]);
}

#[test]
fn the_points_are_off_by_default() {
    let manifest = fs::read_to_string(place::repository().join("shared/failpoint/Cargo.toml")).expect("readable");
    let manifest: Table = manifest.parse().expect("TOML");
    let features = manifest["features"].as_table().expect("features");
    assert!(!features.contains_key("default"), "a Lambda would carry them");
}
