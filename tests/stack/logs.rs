//! What the functions write to their logs: something useful, and nothing that is nobody's business.

use serde_json::Value;

use crate::folder::RunFolder;
use crate::mappings::sign_in;
use crate::sam::STACK;
use crate::secrets::{ACCESS_CODE, SESSION_KEY};
use crate::stage::{FUNCTIONS, Stage, WEBHOOK_SECRET};

/// A comment's words, which belong to its author.
pub(crate) const MARKER: &str = "Words-that-no-log-may-hold";

/// How API tokens begin, and how the tokens of runs do, GitHub's as ours.
const TOKENS_BEGIN: [&str; 2] = ["aii_", "eyJ"];

/// Each group is there before its function writes, and doesn't grow for ever.
pub(crate) async fn are_kept_for_a_while(stage: &Stage<'_>) {
    let answer = stage.aws.call(&["logs", "describe-log-groups"]).await;
    let groups = answer["logGroups"].as_array().expect("groups");
    let functions = FUNCTIONS.map(|function| format!("/aws/lambda/{STACK}-{}", function.name));
    for name in functions.iter().chain([&format!("/aws/apigateway/{STACK}")]) {
        let group = groups.iter().find(|group| group["logGroupName"] == name.as_str());
        let group = group.unwrap_or_else(|| panic!("there is no log group {name}"));
        assert_eq!(group["retentionInDays"], 30, "{name}");
    }
    let foreign = groups
        .iter()
        .filter_map(|group| group["logGroupName"].as_str())
        .filter(|name| name.starts_with("/aws/lambda/") && !functions.iter().any(|ours| ours == name));
    assert_eq!(foreign.count(), 0, "a function logs elsewhere");
}

/// At their most talkative, after everything that this test did.
pub(crate) async fn hold_no_secret_and_no_comment(stage: &Stage<'_>) {
    let session = sign_in(stage).await;
    let key = stage.sandbox.app().private_key_pem;
    let key_line = key.lines().nth(1).expect("a key has lines").to_owned();
    let tokens: Vec<String> = stage.sandbox.look(|world| world.tokens.iter().map(|it| it.token.clone()).collect());
    assert!(!tokens.is_empty(), "the App never asked for a token");
    let run_key = run_token_key(stage).await;
    let secrets = [WEBHOOK_SECRET, ACCESS_CODE, SESSION_KEY, MARKER, &key_line, &session, &run_key];
    let secrets = [secrets.as_slice(), &TOKENS_BEGIN].concat();
    let proofs: [&str; FUNCTIONS.len()] =
        ["delivery answered", "claim", "mapping", "swept", "a program asks for a run"];
    for (function, proof) in FUNCTIONS.iter().zip(proofs) {
        let log = stage.log_of(function.name).await;
        assert!(log.contains(proof), "the {} logs nothing of its work", function.name);
        for secret in secrets.iter().copied().chain(tokens.iter().map(String::as_str)) {
            assert!(!log.contains(secret), "the {} logs {secret}", function.name);
        }
    }
}

/// The key that the stack was made with: nobody has put one.
async fn run_token_key(stage: &Stage<'_>) -> String {
    let words = ["secretsmanager", "get-secret-value", "--secret-id", stage.output("RunSecret")];
    let secret = stage.aws.call(&words).await;
    let secret: Value = serde_json::from_str(secret["SecretString"].as_str().expect("a value")).expect("JSON");
    let key = secret["run_token_key"].as_str().expect("a key").to_owned();
    assert!(key.len() >= 32, "{} characters sign nothing", key.len());
    key
}

/// Puts what the functions wrote into the run's folder, before it ends with the local AWS.
pub(crate) async fn are_kept(folder: &RunFolder, stage: &Stage<'_>) {
    for function in FUNCTIONS {
        let log = stage.tries_log_of(function.name).await.unwrap_or_else(|error| error);
        folder.write(&format!("logs/{}.log", function.name), &log);
    }
}

impl Stage<'_> {
    /// Everything that a function wrote so far.
    pub(crate) async fn log_of(&self, function: &str) -> String {
        self.tries_log_of(function).await.unwrap_or_else(|error| panic!("no log of the {function}: {error}"))
    }

    async fn tries_log_of(&self, function: &str) -> Result<String, String> {
        let group = format!("/aws/lambda/{STACK}-{function}");
        let answer = self.aws.attempt(&["logs", "filter-log-events", "--log-group-name", &group]).await?;
        let events = answer["events"].as_array().map_or([].as_slice(), Vec::as_slice);
        let lines: Vec<&str> = events.iter().filter_map(|event| event["message"].as_str()).collect();
        Ok(lines.join("\n"))
    }
}
