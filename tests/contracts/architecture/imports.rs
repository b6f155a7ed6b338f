//! Who may import whom among our own crates, and what the pure ones may name.

use std::collections::BTreeSet;

use super::{Offence, Workspace, keep, lets_pass, sees};

/// Nothing here waits, or knows where it runs.
const DOMAIN_MAY_DEPEND_ON: [&str; 11] = [
    "base64",
    "form_urlencoded",
    "hmac",
    "jiff",
    "serde",
    "serde-saphyr",
    "serde_json",
    "sha2",
    "strsim",
    "thiserror",
    "ulid",
];

/// The domain's answers come from its arguments alone.
const DOMAIN_NEVER_NAMES: [&str; 13] = [
    "async",
    "await",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Timestamp::now",
    "Zoned::now",
];

const TIME_OF_DAY: [&str; 3] = ["SystemTime::now", "Timestamp::now", "Zoned::now"];
/// The clock, and a GitHub that lives in its own time.
const TELLS_TIME: [&str; 2] = ["shared/clock/", SANDBOX];

/// Each shared crate, with the crates of ours that it may import.
const SHARED_MAY_IMPORT: [(&str, &[&str]); 7] = [
    ("clock", &[]),
    ("domain", &[]),
    ("environment", &[]),
    ("github", &["clock", "domain"]),
    ("aws", &["clock", "domain", "environment"]),
    // The one place where a secret of AWS's becomes a client of GitHub's.
    ("github_app", &["aws", "clock", "github"]),
    ("web", &["domain", "environment"]),
];

/// The function that runs all others in one process.
const RUNS_THEM_ALL: &str = "local";

const WEBHOOK_MAY_IMPORT: [&str; 5] = ["aws", "clock", "domain", "environment", "web"];
/// A queue and a secret: no table.
const WEBHOOK_MAY_TAKE_OF_AWS: [&str; 5] = ["Queue", "Sdk", "SecretSource", "SqsQueue", "WebhookSecretCell"];

/// Neither claims nor a queue: it starts nothing.
const ADMIN_NEVER_TAKES_OF_AWS: [&str; 5] = ["*", "Dispatches", "InProcessQueue", "Queue", "SqsQueue"];

const SANDBOX: &str = "functions/local/src/sandbox/";

fn domain_dependencies(workspace: &Workspace) -> Vec<Offence> {
    workspace.dependencies_where("the domain depends on nothing that waits", |manifest, dependency| {
        manifest.package == "domain"
            && !dependency.for_tests
            && !DOMAIN_MAY_DEPEND_ON.contains(&dependency.name.as_str())
    })
}

fn domain_names(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("the domain reads no clock, no disk, no network and no environment", |source, path| {
        source.path.starts_with("shared/domain/") && DOMAIN_NEVER_NAMES.iter().any(|name| path.names(name))
    })
}

fn time_of_day(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("only the clock reads the time of day", |source, path| {
        !TELLS_TIME.iter().any(|folder| source.path.starts_with(folder))
            && TIME_OF_DAY.iter().any(|name| path.names(name))
    })
}

fn shared_imports(workspace: &Workspace) -> Vec<Offence> {
    let ours = workspace.crates_in("");
    let rule = "a shared crate imports only what its row of SHARED_MAY_IMPORT says";
    workspace.dependencies_where(rule, |manifest, dependency| {
        let row = SHARED_MAY_IMPORT.iter().find(|(name, _)| *name == manifest.package);
        let allowed = row.map_or([].as_slice(), |(_, allowed)| allowed);
        let name = dependency.name.as_str();
        manifest.path.starts_with("shared/") && ours.contains(&name) && !allowed.contains(&name)
    })
}

fn function_imports(workspace: &Workspace) -> Vec<Offence> {
    let functions = workspace.crates_in("functions/");
    workspace.dependencies_where("a function never imports another function", |manifest, dependency| {
        manifest.path.starts_with("functions/")
            && manifest.package != RUNS_THEM_ALL
            && functions.contains(&dependency.name.as_str())
            // A function's own tests may stand on the sandbox GitHub.
            && !(dependency.for_tests && dependency.name == RUNS_THEM_ALL)
    })
}

fn webhook_imports(workspace: &Workspace) -> Vec<Offence> {
    let ours = workspace.crates_in("");
    workspace.dependencies_where("the webhook knows no GitHub client", |manifest, dependency| {
        let name = dependency.name.as_str();
        manifest.package == "webhook"
            && !dependency.for_tests
            && ours.contains(&name)
            && !WEBHOOK_MAY_IMPORT.contains(&name)
    })
}

fn webhook_takes(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("the webhook holds a queue and a secret, and no table", |source, path| {
        let taken = path.segments.get(1).map_or("", String::as_str);
        source.path.starts_with("functions/webhook/")
            && path.root() == "aws"
            && !WEBHOOK_MAY_TAKE_OF_AWS.contains(&taken)
    })
}

fn admin_takes(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("the admin holds no claims and no queue", |source, path| {
        let taken = path.segments.get(1).map_or("", String::as_str);
        source.path.starts_with("functions/admin/")
            && path.root() == "aws"
            && (taken.is_empty() || ADMIN_NEVER_TAKES_OF_AWS.contains(&taken))
    })
}

fn sandbox_imports(workspace: &Workspace) -> Vec<Offence> {
    let ours = workspace.crates_in("");
    workspace.paths_where("the sandbox is GitHub, and knows nothing of this product", |source, path| {
        let above = path.root() == "crate" && !path.is_in("crate::sandbox");
        source.path.starts_with(SANDBOX) && (above || ours.contains(&path.root()))
    })
}

#[test]
fn what_the_rules_speak_of_exists() {
    let workspace = Workspace::read();
    let functions = workspace.crates_in("functions/");
    assert!(functions.contains(&"webhook") && functions.contains(&RUNS_THEM_ALL), "{functions:?}");
    assert!(workspace.sources.iter().any(|source| source.path.starts_with(SANDBOX)), "{SANDBOX} is empty");
}

#[test]
fn the_domain_depends_on_nothing_that_waits() {
    keep(domain_dependencies);
    let manifest = "[package]\nname = \"domain\"\n\n[dependencies]\nserde.workspace = true\ntokio.workspace = true\n";
    sees(
        domain_dependencies,
        [("shared/domain/Cargo.toml", manifest)],
        "shared/domain/Cargo.toml:6: tokio: the domain",
    );
}

#[test]
fn the_domain_reads_no_clock_no_disk_and_no_environment() {
    keep(domain_names);
    for (text, offence) in [
        ("fn f() {\n    std::env::var(\"A\");\n}", "2: std::env::var"),
        ("use std::{fmt, fs};", "1: std::fs"),
        ("use std::time::{Duration, Instant};", "1: std::time::Instant"),
        ("fn f() { jiff::Timestamp::now() }", "1: jiff::Timestamp::now"),
        ("async fn f() {}", "1: async"),
    ] {
        let path = "shared/domain/src/claim.rs";
        sees(domain_names, [(path, text)], &format!("{path}:{offence}: the domain reads no clock"));
    }
}

#[test]
fn only_the_clock_reads_the_time_of_day() {
    keep(time_of_day);
    let text = "fn now() -> jiff::Timestamp {\n    jiff::Timestamp::now()\n}";
    sees(
        time_of_day,
        [("functions/worker/src/state.rs", text)],
        "functions/worker/src/state.rs:2: jiff::Timestamp::now",
    );
    lets_pass(time_of_day, [("shared/clock/src/lib.rs", text)]);
}

#[test]
fn every_shared_crate_has_a_row_of_what_it_may_import() {
    let rows = BTreeSet::from(SHARED_MAY_IMPORT.map(|(name, _)| name));
    let workspace = Workspace::read();
    assert_eq!(
        rows,
        workspace.crates_in("shared/").into_iter().collect(),
        "SHARED_MAY_IMPORT and the crates in shared/"
    );
}

#[test]
fn shared_crates_import_only_what_stands_below_them() {
    keep(shared_imports);
    let aws = ("shared/aws/Cargo.toml", "[package]\nname = \"aws\"\n");
    let github = ("shared/github/Cargo.toml", "[package]\nname = \"github\"\n[dependencies]\naws.workspace = true\n");
    sees(shared_imports, [aws, github], "shared/github/Cargo.toml:4: aws: a shared crate imports only");
}

#[test]
fn no_function_but_local_imports_another() {
    keep(function_imports);
    let worker = ("functions/worker/Cargo.toml", "[package]\nname = \"worker\"\n");
    let using = |name: &str| format!("[package]\nname = \"{name}\"\n[dependencies]\nworker.workspace = true\n");
    let webhook = using("webhook");
    let offence = "functions/webhook/Cargo.toml:4: worker: a function never imports another function";
    sees(function_imports, [worker, ("functions/webhook/Cargo.toml", &webhook)], offence);
    lets_pass(function_imports, [worker, ("functions/local/Cargo.toml", &using("local"))]);
    let local = ("functions/local/Cargo.toml", "[package]\nname = \"local\"\n");
    let tests = |section: &str| format!("[package]\nname = \"worker\"\n[{section}]\nlocal.workspace = true\n");
    lets_pass(function_imports, [local, ("functions/worker/Cargo.toml", &tests("dev-dependencies"))]);
    let offence = "functions/worker/Cargo.toml:4: local: a function never imports another function";
    sees(function_imports, [local, ("functions/worker/Cargo.toml", &tests("dependencies"))], offence);
}

#[test]
fn the_webhook_knows_no_github_client() {
    keep(webhook_imports);
    let github = ("shared/github/Cargo.toml", "[package]\nname = \"github\"\n");
    let text = "[package]\nname = \"webhook\"\n[dependencies]\ngithub.workspace = true\n";
    let webhook = ("functions/webhook/Cargo.toml", text);
    sees(webhook_imports, [github, webhook], "functions/webhook/Cargo.toml:4: github: the webhook knows no GitHub");
}

#[test]
fn the_webhook_holds_a_queue_and_a_secret_and_no_table() {
    keep(webhook_takes);
    let path = "functions/webhook/src/state.rs";
    for (text, found) in [
        ("use aws::{Dispatches, Queue};", "aws::Dispatches"),
        ("struct State {\n    tables: aws::Mappings }", "aws::Mappings"),
        ("use aws::*;", "aws::*"),
        ("use aws as everything;", "aws"),
    ] {
        let line = text.lines().count();
        sees(webhook_takes, [(path, text)], &format!("{path}:{line}: {found}: the webhook holds a queue"));
    }
}

#[test]
fn the_admin_holds_no_claims_and_no_queue() {
    keep(admin_takes);
    let path = "functions/admin/src/state.rs";
    for (text, found) in [("use aws::{Dispatches, Mappings};", "aws::Dispatches"), ("use aws as everything;", "aws")] {
        sees(admin_takes, [(path, text)], &format!("{path}:1: {found}: the admin holds no claims"));
    }
}

#[test]
fn the_sandbox_knows_nothing_of_the_product() {
    keep(sandbox_imports);
    let domain = ("shared/domain/Cargo.toml", "[package]\nname = \"domain\"\n");
    let path = "functions/local/src/sandbox/state.rs";
    for text in ["use domain::claim::Claim;", "use crate::system::Run;"] {
        sees(sandbox_imports, [domain, (path, text)], &format!("{path}:1: "));
    }
    lets_pass(sandbox_imports, [domain, (path, "use crate::sandbox::world::World;\nuse super::domain_of;")]);
}
