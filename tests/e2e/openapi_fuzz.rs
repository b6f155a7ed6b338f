//! The dispatch API, played with by its own description: schemathesis invents requests, good ones and bad ones, and judges
//! each answer. A fault of ours and an answer that is not described are failures alike.
//!
//! Owns what is there to be found: a token of each kind, repositories, dispatches, and a run that is at work. Never names
//! what is asked: that follows from the description.

use local::sandbox::OidcRequest;
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Command;

use crate::stage::Stage;

const PATH: &str = "/v1/dispatches";
/// For each operation, besides the document's examples and the edges of each field; every time the same ones.
const INVENTED: &str = "25";
/// What each answer is judged by.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance";
/// Much less would mean that hardly anything was asked.
const AT_LEAST: usize = 500;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_gets_an_answer_that_is_not_described() {
    let stage = Stage::open().await;
    let there = what_is_there(&stage).await;
    let told = plays(&format!("{}/openapi.json", stage.system.url()), &there).await;
    let asked = told.split_once(" generated").and_then(|(before, _)| before.split_whitespace().next_back());
    let asked: usize = asked.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no numbers: {told}"));
    assert!(asked >= AT_LEAST, "only {asked} requests: {told}");
    let token = there["apiToken"].as_str().expect("a token");
    let list = stage.calls(Method::GET, &format!("{PATH}?repo=octo/anthropic"), token, None, &Value::Null).await;
    let met = list.body["dispatches"].as_array().map_or(0, Vec::len);
    assert!(met >= 10, "only {met} of them got past the door");
}

/// Lets schemathesis play; what it told of it, when it found nothing.
async fn plays(document: &str, there: &Value) -> String {
    let folder = TempDir::new().expect("a folder");
    let played = Command::new("schemathesis")
        .args(["--no-color", "run", document, "--phases", "examples,coverage,fuzzing", "--checks", CHECKS])
        .args(["--generation-deterministic", "--max-examples", INVENTED, "--continue-on-failure"])
        .args(["--suppress-health-check", "all", "--warnings", "off"])
        .current_dir(folder.path())
        .env("SCHEMATHESIS_HOOKS", "dispatch_api")
        .env("PYTHONPATH", concat!(env!("CARGO_MANIFEST_DIR"), "/tools"))
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1")
        .env("DISPATCH_API_THERE", there.to_string())
        .kill_on_drop(true)
        .output()
        .await
        .expect("schemathesis is not installed: run `make tools`, and source tests/tools/env.sh");
    let told = String::from_utf8_lossy(&played.stdout).into_owned();
    assert!(played.status.success(), "{told}{}", String::from_utf8_lossy(&played.stderr));
    told
}

/// A token of each kind, and what they are good for; `dispatch_api.py` reads it.
async fn what_is_there(stage: &Stage) -> Value {
    stage.maps("octo/anthropic", json!({"teamKey": "ENG"})).await;
    let token = stage.api_token().await;
    let worked_on = asks(stage, &token, &json!({"kind": "gap-fill", "repo": "octo/bedrock", "prNumber": 1})).await;
    let run = stage.dispatched(1).await.run_id;
    stage.run_starts(run).await;
    stage.idle().await;
    let lent = stage.run_asks(run, &worked_on, "redeem", &json!({})).await;
    assert_eq!(lent.status, 200, "{lent:?}");
    let lent = stage.run_asks(run, &worked_on, "token", &json!({"for": "report"})).await;
    let issue = json!({"id": "7f3c", "identifier": "ENG-42", "title": "Retry uploads"});
    let waits = asks(stage, &token, &json!({"kind": "implement", "repo": "octo/anthropic", "issue": issue})).await;
    let refused = asks(stage, &token, &json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": 3})).await;
    stage.idle().await;
    let repo = stage.repo_id("octo/anthropic").get();
    json!({
        "apiToken": token,
        "workflowToken": workflow_token(stage, run),
        "runProof": proof(stage, &OidcRequest::new(run, &format!("{}/v1/claims", stage.system.url()))),
        "runToken": lent.body["runToken"],
        "claim": worked_on,
        "phase": "gap-fill",
        "dispatches": [waits, refused],
        "repositories": ["octo/anthropic", "octo/bedrock"],
        "pullRequests": [1, 2, 3],
        "team": "ENG",
        "comment": stage.at_github(|world| world.add_comment(repo, 1, "writer", "/ai-implement")),
    })
}

/// Each time something else is asked, so that what is asked about can be its key.
async fn asks(stage: &Stage, token: &str, body: &Value) -> String {
    let key = format!("{}-{}", body["kind"], body["prNumber"]);
    let answer = stage.calls(Method::POST, PATH, token, Some(&key), body).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    answer.body["id"].as_str().expect("an id").to_owned()
}

/// What a job of the repository's own nightly workflow would get, and not one of a run that we dispatched.
fn workflow_token(stage: &Stage, run: u64) -> String {
    let workflow = "octo/bedrock/.github/workflows/nightly.yml@refs/heads/main";
    let request = OidcRequest::new(run, stage.system.url());
    proof(stage, &request.claiming("event_name", "schedule").claiming("workflow_ref", workflow))
}

fn proof(stage: &Stage, request: &OidcRequest) -> String {
    stage.sandbox.oidc_token(request).expect("a run of the sandbox")
}
