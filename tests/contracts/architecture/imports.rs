//! Who may import whom among our own crates, and what the pure ones may name.

use std::collections::BTreeSet;

use super::source::public_functions;
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
const SHARED_MAY_IMPORT: [(&str, &[&str]); 17] = [
    ("checks", &["domain", "environment", "github", "github_app"]),
    ("clock", &[]),
    ("domain", &[]),
    ("environment", &[]),
    ("failpoint", &["failpoint_macros"]),
    ("failpoint_macros", &["failpoint_syntax"]),
    ("failpoint_syntax", &[]),
    ("github", &["clock", "domain"]),
    ("aws", &["clock", "domain", "environment", "failpoint"]),
    // The one place where a secret of AWS's becomes a client of GitHub's.
    ("github_app", &["aws", "clock", "github"]),
    ("dispatch_view", &["aws", "domain"]),
    ("gather", &["aws", "domain", "failpoint", "github"]),
    ("notifier", &["domain"]),
    ("oidc", &["clock", "domain"]),
    ("records", &["aws", "domain", "web"]),
    ("web", &["domain", "environment"]),
    ("workflow_sync", &["domain", "github"]),
];

/// The function that runs all others in one process.
const RUNS_THEM_ALL: &str = "local";

const WEBHOOK_MAY_IMPORT: [&str; 5] = ["aws", "clock", "domain", "environment", "web"];
/// A queue and a secret: no table.
const WEBHOOK_MAY_TAKE_OF_AWS: [&str; 5] = ["Queue", "Sdk", "SecretSource", "SqsQueue", "WebhookSecretCell"];

/// What the admin may do with claims: read them. Whatever else the table's code offers moves or marks one.
const ADMIN_READS_CLAIMS_BY: [&str; 10] = [
    "new",
    "claim",
    "history_of",
    "open",
    "all_by_time",
    "of_repository",
    "of_repository_in",
    "tallies",
    "due",
    "count_open",
];
/// The messages that the admin may queue, each a person's word: on a claim, for another one like it, and to look at one now.
const ADMIN_QUEUES: [&str; 3] = ["Resolve", "Retry", "Due"];
/// Where the code of the claims' table is.
const CLAIMS: &str = "shared/aws/src/dispatches";

/// What a claim becomes, what is decided and what is said is the worker's.
const SWEEPER_NEVER_NAMES: [&str; 4] = ["domain::claim", "domain::decide", "domain::feedback", "domain::inputs"];

/// What the sweeper may do with claims: find out which are due, whether a command is known, and what a day came to.
const SWEEPER_USES_OF_CLAIMS: [&str; 5] = ["new", "due", "knows", "requests_of", "keep_tally"];
/// The messages that the sweeper may queue: a due claim, and a command that nobody had told us of.
const SWEEPER_QUEUES: [&str; 2] = ["Due", "Comment"];

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
        manifest.path.starts_with("shared/")
            && ours.contains(&name)
            && !allowed.contains(&name)
            // The GitHub client's own tests stand on the sandbox GitHub.
            && !(dependency.for_tests && manifest.package == "github" && name == RUNS_THEM_ALL)
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

fn admin_writes_claims(workspace: &Workspace) -> Vec<Offence> {
    let rule = "the admin reads claims, and writes none";
    other_uses_of_claims(workspace, rule, "functions/admin/", &ADMIN_READS_CLAIMS_BY)
}

fn sweeper_uses_claims(workspace: &Workspace) -> Vec<Offence> {
    let rule = "the sweeper asks which claims are due and which commands are known";
    other_uses_of_claims(workspace, rule, "functions/sweeper/", &SWEEPER_USES_OF_CLAIMS)
}

/// What a function's code names of that which the claims' table offers, beyond what it may.
fn other_uses_of_claims(workspace: &Workspace, rule: &'static str, folder: &str, allowed: &[&str]) -> Vec<Offence> {
    let is_there = |path: &str| path.starts_with(folder);
    let may_use = |name: &str| allowed.contains(&name);
    let offered = offered_for_claims(workspace);
    let mut offences = workspace.methods_where(rule, |source, method| {
        is_there(&source.path) && !may_use(method) && offered.iter().any(|offered| offered == method)
    });
    offences.extend(workspace.paths_where(rule, |source, path| {
        let function = path.segments.iter().skip_while(|segment| *segment != "Dispatches").nth(1);
        is_there(&source.path) && function.is_some_and(|function| !may_use(function))
    }));
    offences
}

/// What the code of the claims' table offers to functions.
fn offered_for_claims(workspace: &Workspace) -> Vec<String> {
    let store = workspace.sources.iter().filter(|source| source.path.starts_with(CLAIMS) && source.is_production());
    store.flat_map(public_functions).collect()
}

fn admin_queues(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("the admin queues a person's word, and nothing else", |source, path| {
        let message = path.segments.iter().skip_while(|segment| *segment != "Message").nth(1);
        source.path.starts_with("functions/admin/")
            && message.is_some_and(|message| !ADMIN_QUEUES.contains(&message.as_str()))
    })
}

fn sweeper_queues(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("the sweeper queues what is due and what was said, and nothing else", |source, path| {
        let message = path.segments.iter().skip_while(|segment| *segment != "Message").nth(1);
        source.path.starts_with("functions/sweeper/")
            && message.is_some_and(|message| !SWEEPER_QUEUES.contains(&message.as_str()))
    })
}

fn readers_hide(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("what admin and sweeper take of AWS is named, one by one", |source, path| {
        let taken = path.segments.get(1).map_or("", String::as_str);
        let is_there = ["functions/admin/", "functions/sweeper/"].iter().any(|folder| source.path.starts_with(folder));
        is_there && path.root() == "aws" && ["", "*"].contains(&taken)
    })
}

fn sweeper_names(workspace: &Workspace) -> Vec<Offence> {
    workspace.paths_where("the sweeper finds, and the worker acts", |source, path| {
        source.path.starts_with("functions/sweeper/") && SWEEPER_NEVER_NAMES.iter().any(|name| path.is_in(name))
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
    let offered = offered_for_claims(&workspace);
    let used = ADMIN_READS_CLAIMS_BY.into_iter().chain(SWEEPER_USES_OF_CLAIMS);
    for read in used.chain(["take", "begin", "advance", "keep", "note_told", "set_aside"]) {
        assert!(offered.iter().any(|offered| offered == read), "{CLAIMS} offers no {read}");
    }
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
    let local = ("functions/local/Cargo.toml", "[package]\nname = \"local\"\n");
    let standing =
        |package: &str| format!("[package]\nname = \"{package}\"\n[dev-dependencies]\nlocal.workspace = true\n");
    lets_pass(shared_imports, [local, ("shared/github/Cargo.toml", &standing("github"))]);
    let offence = "shared/web/Cargo.toml:4: local: a shared crate imports only";
    sees(shared_imports, [local, ("shared/web/Cargo.toml", &standing("web"))], offence);
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
fn the_admin_reads_claims_and_writes_none() {
    keep(admin_writes_claims);
    let text =
        "impl Dispatches {\n    pub async fn take(&self) {}\n    pub async fn claim(&self) {}\n    fn get(&self) {}\n}";
    let store = ("shared/aws/src/dispatches/taking.rs", text);
    let path = "functions/admin/src/dispatches.rs";
    for text in
        ["fn f() {\n    state.dispatches.take(claim).await;\n}", "fn f() {}\nconst F: X = aws::Dispatches::take;"]
    {
        sees(admin_writes_claims, [store, (path, text)], &format!("{path}:2: "));
    }
    lets_pass(admin_writes_claims, [store, (path, "fn f() { state.dispatches.claim(id); text.get(..take) }")]);
    lets_pass(admin_writes_claims, [store, ("functions/worker/src/comment.rs", "fn f() { dispatches.take(claim) }")]);
}

#[test]
fn the_admin_queues_a_persons_word_and_nothing_else() {
    keep(admin_queues);
    let path = "functions/admin/src/dispatches.rs";
    for text in ["fn f() { Message::Run(event) }", "use domain::message::Message::*;"] {
        let found = if text.starts_with("use") { "domain::message::Message::*" } else { "Message::Run" };
        sees(admin_queues, [(path, text)], &format!("{path}:1: {found}: the admin queues"));
    }
    lets_pass(admin_queues, [(path, "use domain::message::Message;\nfn f() { Message::Resolve(word) }")]);
}

#[test]
fn what_admin_and_sweeper_take_of_aws_is_named() {
    keep(readers_hide);
    for path in ["functions/admin/src/state.rs", "functions/sweeper/src/state.rs"] {
        for (text, found) in [("use aws::*;", "aws::*"), ("use aws as everything;", "aws")] {
            sees(readers_hide, [(path, text)], &format!("{path}:1: {found}: what admin and sweeper take"));
        }
    }
}

#[test]
fn the_sweeper_asks_which_claims_are_due_and_which_commands_are_known() {
    keep(sweeper_uses_claims);
    let text = "impl Dispatches {\n    pub async fn advance(&self) {}\n    pub async fn claim(&self) {}\n    pub async fn due(&self) {}\n}";
    let store = ("shared/aws/src/dispatches/taking.rs", text);
    let path = "functions/sweeper/src/due.rs";
    for used in ["state.dispatches.advance(from, to)", "state.dispatches.claim(id)", "aws::Dispatches::claim"] {
        let text = format!("fn f() {{\n    {used} }}");
        sees(sweeper_uses_claims, [store, (path, &text)], &format!("{path}:2: "));
    }
    lets_pass(sweeper_uses_claims, [store, (path, "fn f() { state.dispatches.due(now, LIMIT) }")]);
}

#[test]
fn the_sweeper_queues_what_is_due_and_what_was_said() {
    keep(sweeper_queues);
    let path = "functions/sweeper/src/due.rs";
    for (text, found) in [
        ("fn f() { Message::Resolve(word) }", "Message::Resolve"),
        ("use domain::message::Message::*;", "domain::message::Message::*"),
    ] {
        sees(sweeper_queues, [(path, text)], &format!("{path}:1: {found}: the sweeper queues"));
    }
    lets_pass(sweeper_queues, [(path, "fn f() { (Message::Due(due), Message::Comment(command)) }")]);
}

#[test]
fn the_sweeper_knows_no_transition_and_no_decision() {
    keep(sweeper_names);
    let path = "functions/sweeper/src/due.rs";
    for (text, found) in
        [("use domain::claim::Claim;", "domain::claim::Claim"), ("use domain::decide;", "domain::decide")]
    {
        sees(sweeper_names, [(path, text)], &format!("{path}:1: {found}: the sweeper finds"));
    }
    lets_pass(sweeper_names, [(path, "use domain::message::{DueClaim, Message};")]);
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
