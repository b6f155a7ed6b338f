//! Where the crates of AWS, of GitHub and of Lambda may be named: each behind one wall of ours.

use super::manifest::Dependency;
use super::{Offence, Workspace, keep, lets_pass, sees};

/// How the names of the AWS SDK's crates begin.
const AWS_SDK: [&str; 5] = ["aws_config", "aws_sdk_", "aws_smithy_", "aws_types", "serde_dynamo"];
const GITHUB_CLIENT: [&str; 1] = ["octocrab"];
const LAMBDA: [&str; 3] = ["aws_lambda_events", "lambda_http", "lambda_runtime"];

/// The files of a function that may name Lambda's crates, and what each of them may name.
const LAMBDA_IS_NAMED_IN: [(&str, &[&str]); 4] = [
    ("main.rs", &LAMBDA),
    // `State::from_env` fails as the main that calls it does.
    ("state.rs", &["lambda_http::Error", "lambda_runtime::Error"]),
    // The handler takes the event type, and returns its answer.
    ("batch.rs", &["aws_lambda_events::event::sqs"]),
    // The local system hands the worker its batch, as SQS does.
    ("consumer.rs", &["aws_lambda_events::event::sqs"]),
];

fn is_one_of(vendors: &[&str], name: &str) -> bool {
    let name = name.replace('-', "_");
    vendors.iter().any(|vendor| if vendor.ends_with('_') { name.starts_with(vendor) } else { name == *vendor })
}

/// Both ways to reach a vendor's crate from outside a folder: to declare it, and to name it.
fn outside(workspace: &Workspace, folder: &str, vendors: &[&str], rule: &'static str) -> Vec<Offence> {
    let ships = |dependency: &Dependency| !dependency.for_tests && is_one_of(vendors, &dependency.name);
    let mut offences = workspace.dependencies_where(rule, |manifest, dependency| {
        manifest.package != "tests" && !manifest.path.starts_with(folder) && ships(dependency)
    });
    offences.extend(
        workspace.paths_where(rule, |source, path| !source.path.starts_with(folder) && is_one_of(vendors, path.root())),
    );
    offences
}

fn aws_sdk(workspace: &Workspace) -> Vec<Offence> {
    outside(workspace, "shared/aws/", &AWS_SDK, "only shared/aws speaks to AWS")
}

fn github_client(workspace: &Workspace) -> Vec<Offence> {
    outside(workspace, "shared/github/", &GITHUB_CLIENT, "only shared/github speaks to GitHub")
}

fn lambda_crates(workspace: &Workspace) -> Vec<Offence> {
    outside(workspace, "functions/", &LAMBDA, "only functions know that they run on Lambda")
}

fn lambda_files(workspace: &Workspace) -> Vec<Offence> {
    let rule = "Lambda is named in a function's main, in the error of its State and where its handler takes the event";
    workspace.paths_where(rule, |source, path| {
        let file = source.path.split_once("/src/").map_or("", |(_, file)| file);
        let row = LAMBDA_IS_NAMED_IN.iter().find(|(name, _)| *name == file);
        let allowed = row.is_some_and(|(_, allowed)| allowed.iter().any(|allowed| path.is_in(allowed)));
        source.path.starts_with("functions/") && is_one_of(&LAMBDA, path.root()) && !allowed
    })
}

#[test]
fn every_vendor_is_named_behind_its_wall() {
    let workspace = Workspace::read();
    for (folder, vendors) in
        [("shared/aws/", AWS_SDK.as_slice()), ("shared/github/", &GITHUB_CLIENT), ("functions/", &LAMBDA)]
    {
        let named = workspace
            .paths_where("", |source, path| source.path.starts_with(folder) && is_one_of(vendors, path.root()));
        assert!(!named.is_empty(), "{folder} names none of {vendors:?}");
    }
}

#[test]
fn only_one_crate_speaks_to_aws() {
    keep(aws_sdk);
    let path = "functions/worker/src/gather.rs";
    for text in ["use aws_sdk_dynamodb::Client;", "use aws_config as sdk;", "fn f(_: aws_sdk_sqs::Client) {}"] {
        sees(aws_sdk, [(path, text)], &format!("{path}:1: aws_"));
    }
    let manifest = "[package]\nname = \"worker\"\n[dependencies]\naws-sdk-sqs.workspace = true\n";
    sees(aws_sdk, [("functions/worker/Cargo.toml", manifest)], "functions/worker/Cargo.toml:4: aws-sdk-sqs: only");
    lets_pass(aws_sdk, [("shared/aws/src/table.rs", "use aws_sdk_dynamodb::Client;")]);
}

#[test]
fn only_one_crate_speaks_to_github() {
    keep(github_client);
    let path = "functions/worker/src/tell.rs";
    sees(github_client, [(path, "\nuse octocrab::Octocrab;")], &format!("{path}:2: octocrab::Octocrab: only"));
    lets_pass(github_client, [("shared/github/src/app.rs", "use octocrab::Octocrab;")]);
}

#[test]
fn only_functions_know_that_they_run_on_lambda() {
    keep(lambda_crates);
    let path = "shared/aws/src/secrets.rs";
    sees(lambda_crates, [(path, "fn f() -> lambda_http::Error {}")], &format!("{path}:1: lambda_http::Error: only"));
}

#[test]
fn a_function_names_lambda_where_it_meets_it() {
    keep(lambda_files);
    for (path, text, found) in [
        ("functions/worker/src/gather.rs", "use lambda_runtime::Error;", "lambda_runtime::Error"),
        ("functions/worker/src/state.rs", "use lambda_runtime::LambdaEvent;", "lambda_runtime::LambdaEvent"),
        ("functions/worker/src/deep/main.rs", "use lambda_http::Error;", "lambda_http::Error"),
    ] {
        sees(lambda_files, [(path, text)], &format!("{path}:1: {found}: Lambda is named"));
    }
    lets_pass(lambda_files, [("functions/worker/src/main.rs", "use lambda_runtime::LambdaEvent;")]);
}
