//! Programs and runs on the deployed stack: they prove who they are through API Gateway, and get what is theirs.
//!
//! Owns their requests. Each scene has a conversation of its own, and leaves no run behind.

use local::sandbox::world::{Dispatch, Run, RunStatus};
use local::sandbox::{Conclusion, OidcRequest, RunStep};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::mappings::{ask, sign_in};
use crate::stage::{PATIENCE, Stage};
use crate::wait::until;

const DISPATCHES: &str = "/v1/dispatches";
/// A claim that nobody has.
const NO_CLAIM: &str = "01ARZ3NDEKTSV4RRFFQ69G5FAV";

/// API Gateway leads every address to the function, and the function asks everybody who they are.
pub(crate) async fn are_asked_who_they_are(stage: &Stage<'_>) {
    let (claim, dispatch) = (format!("/v1/claims/{NO_CLAIM}"), format!("{DISPATCHES}/{NO_CLAIM}"));
    for (method, path) in [
        (Method::GET, DISPATCHES.to_owned()),
        (Method::POST, DISPATCHES.to_owned()),
        (Method::GET, dispatch.clone()),
        (Method::POST, format!("{dispatch}/cancel")),
        (Method::POST, format!("{dispatch}/retry")),
        (Method::POST, format!("{claim}/redeem")),
        (Method::POST, format!("{claim}/token")),
        (Method::POST, "/runner/result".to_owned()),
        (Method::POST, "/runner/progress".to_owned()),
        (Method::POST, "/trigger/gap-fill".to_owned()),
    ] {
        let (status, refused) = ask(stage, method.clone(), &path, Some("aii_nobody"), Some(&json!({}))).await;
        let says_how = refused["detail"].as_str().is_some_and(|detail| !detail.is_empty());
        assert!(status == 401 && says_how, "{method} {path}: {status} {refused}");
    }
}

/// Before anybody has said who they are.
pub(crate) async fn read_the_description(stage: &Stage<'_>) {
    let (status, description) = ask(stage, Method::GET, "/openapi.json", None, None).await;
    assert_eq!(status, 200, "{description}");
    assert!(description["paths"][DISPATCHES]["post"].is_object(), "{description}");
}

/// An operator mints a token; a program has the gaps of a pull request filled with it, sees what becomes of it, and takes
/// it back.
pub(crate) async fn start_runs_with_a_token(stage: &Stage<'_>) {
    let (at, program) = ("octo/anthropic#1", mint(stage).await);
    let wish = json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": 1});
    let (status, taken) = dispatches(stage, &program, "stack-1", &wish).await;
    assert_eq!(status, 202, "{taken}");
    let dispatch = dispatched_for(stage, id(&taken)).await;
    assert_eq!(dispatch.inputs["pr_number"], "1");
    is_told(stage, at, dispatch.run_id, "**Dispatched.**").await;
    let (status, again) = dispatches(stage, &program, "stack-1", &wish).await;
    assert_eq!((status, &again["id"]), (200, &taken["id"]), "{again}");
    sees_what_became_of(stage, &program, id(&taken)).await;
    let cancel = format!("{DISPATCHES}/{}/cancel", id(&taken));
    let (status, cancelled) = ask(stage, Method::POST, &cancel, Some(&program), Some(&json!({}))).await;
    assert_eq!(status, 202, "{cancelled}");
    is_told(stage, at, dispatch.run_id, "`stack` cancelled it").await;
}

/// By the claim's id, and in the repository's list.
async fn sees_what_became_of(stage: &Stage<'_>, program: &str, claim: &str) {
    let (status, shown) = ask(stage, Method::GET, &format!("{DISPATCHES}/{claim}"), Some(program), None).await;
    assert_eq!((status, &shown["state"], &shown["askedBy"]), (200, &json!("dispatched"), &json!("stack")), "{shown}");
    let history = shown["history"].as_array().expect("a history");
    let ends = [history.first(), history.last()].map(|event| event.expect("an event")["state"].as_str());
    assert_eq!(ends, [Some("received"), Some("dispatched")], "{shown}");
    let list = format!("{DISPATCHES}?repo=octo/anthropic");
    let (status, listed) = ask(stage, Method::GET, &list, Some(program), None).await;
    assert_eq!((status, &listed["dispatches"][0]["id"]), (200, &json!(claim)), "{listed}");
}

/// No secret is involved: GitHub vouches for the run of a workflow, and for its repository.
pub(crate) async fn are_workflows_of_their_own_repository(stage: &Stage<'_>) {
    let run = ci_run(stage, "octo/bedrock");
    let proof = proof(stage, run, stage.output("ApiUrl"));
    let issue = json!({"id": "stack-2", "identifier": "ENG-7", "title": "Retry uploads"});
    let wish = |repo: &str| json!({"kind": "implement", "repo": repo, "issue": issue});
    let (status, elsewhere) = dispatches(stage, &proof, "stack-2", &wish("octo/anthropic")).await;
    assert_eq!((status, &elsewhere["code"]), (404, &json!("MAPPING_MISSING")), "{elsewhere}");
    let dry = format!("{DISPATCHES}?dryRun=true");
    let (status, judged) = ask(stage, Method::POST, &dry, Some(&proof), Some(&wish("octo/bedrock"))).await;
    assert_eq!((status, &judged["inputs"]["aws_region"]), (200, &json!("us-west-2")), "{judged}");

    let (status, taken) = dispatches(stage, &proof, "stack-2", &wish("octo/bedrock")).await;
    assert_eq!(status, 202, "{taken}");
    let dispatch = dispatched_for(stage, id(&taken)).await;
    assert_eq!(dispatch.inputs["issue_id"], "stack-2");
    ends_well(stage, dispatch.run_id).await;
    ends_well(stage, run).await;
    let its_own = format!("{DISPATCHES}/{}", id(&taken));
    until(PATIENCE, "the workflow sees the end of its run", async || {
        let (status, shown) = ask(stage, Method::GET, &its_own, Some(&proof), None).await;
        (status == 200 && shown["state"] == "succeeded").then_some(())
    })
    .await;
}

/// The claim's run gets the pinned facts, and a run that GitHub started beside it gets nothing. What the first one is lent
/// is taken back with its report.
pub(crate) async fn are_runs_that_redeem_their_claim(stage: &Stage<'_>) {
    let (at, before) = ("octo/anthropic#5", stage.dispatches());
    stage.says("writer", at, "/ai-implement").await;
    let Dispatch { run_id: run, inputs, .. } = stage.dispatched(at, before).await;
    let claim = inputs["claim_id"].as_str();
    is_told(stage, at, run, "**Dispatched.**").await;
    let twin = doubled(stage, run);
    let (status, facts) = run_asks(stage, run, claim, "redeem", &json!({})).await;
    assert_eq!((status, &facts["prNumber"], &facts["phase"]), (200, &json!(5), &json!("gap-fill")), "{facts}");
    let (status, refused) = run_asks(stage, twin, claim, "redeem", &json!({})).await;
    assert_eq!((status, &refused["code"]), (409, &json!("ANOTHER_RUN")), "{refused}");
    is_told(stage, at, run, "**Running.**").await;

    let (status, lent) = run_asks(stage, run, claim, "token", &json!({"for": "push"})).await;
    let lent = lent["token"].as_str().unwrap_or_else(|| panic!("{status} {}", lent["code"]));
    assert!(is_taken_at_github(stage, lent).await, "it is a token of GitHub's");
    let (status, report) = run_asks(stage, run, claim, "token", &json!({"for": "report"})).await;
    let token = report["runToken"].as_str().unwrap_or_else(|| panic!("{status} {}", report["code"]));
    reports(stage, token).await;
    assert!(!is_taken_at_github(stage, lent).await, "it is taken back");
    ends_well(stage, run).await;
    is_told(stage, at, run, "| Model | `claude-sonnet-4-6` |").await;
    ends_well(stage, twin).await;
}

/// A word on the way, and one result.
async fn reports(stage: &Stage<'_>, token: &str) {
    let word = json!({"phase": "gap-fill", "message": "Reads the tests"});
    let result =
        json!({"phase": "gap-fill", "outcome": "success", "usage": {"turns": 12, "model": "claude-sonnet-4-6"}});
    for (path, body, expected) in
        [("/runner/progress", &word, 200), ("/runner/result", &result, 200), ("/runner/result", &result, 409)]
    {
        let (status, answer) = ask(stage, Method::POST, path, Some(token), Some(body)).await;
        assert_eq!(status, expected, "{path}: {answer}");
    }
}

async fn mint(stage: &Stage<'_>) -> String {
    let session = sign_in(stage).await;
    let wish = json!({"name": "stack", "repositories": ["octo/anthropic"], "kinds": ["gap-fill"]});
    let (status, minted) = ask(stage, Method::POST, "/api/tokens", Some(&session), Some(&wish)).await;
    assert_eq!(status, 201, "{}", minted["code"]);
    minted["token"].as_str().expect("a token").to_owned()
}

async fn dispatches(stage: &Stage<'_>, token: &str, key: &str, wish: &Value) -> (u16, Value) {
    let request = stage.http.post(format!("{}{DISPATCHES}", stage.output("ApiUrl"))).bearer_auth(token);
    let answer = request.header("idempotency-key", key).json(wish).send().await.expect("API Gateway answers");
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

async fn run_asks(stage: &Stage<'_>, run: u64, claim: &str, what: &str, body: &Value) -> (u16, Value) {
    let proof = proof(stage, run, &format!("{}/v1/claims", stage.output("ApiUrl")));
    ask(stage, Method::POST, &format!("/v1/claims/{claim}/{what}"), Some(&proof), Some(body)).await
}

/// What GitHub gives a job of that run.
fn proof(stage: &Stage<'_>, run: u64, audience: &str) -> String {
    stage.sandbox.oidc_token(&OidcRequest::new(run, audience)).expect("a run of the sandbox")
}

/// A run of a repository's own workflow, made like any other that is there.
fn ci_run(stage: &Stage<'_>, repo: &str) -> u64 {
    let repository_id = stage.repo_id(repo);
    stage.sandbox.edit_world(|world| {
        let like = world.runs.first().expect("an earlier scene had a run").clone();
        let (id, title) = (world.next_id(), "CI".to_owned());
        let (workflow, event) = ("ci.yml".to_owned(), "push".to_owned());
        let (status, conclusion) = (RunStatus::InProgress, None);
        let own = Run { id, repository_id, workflow, event, display_title: title, status, conclusion, ..like };
        world.runs.push(own);
        id
    })
}

/// GitHub has been seen to start two runs for one call.
fn doubled(stage: &Stage<'_>, run: u64) -> u64 {
    stage.sandbox.edit_world(|world| {
        let id = world.next_id();
        let twin = Run { id, ..world.run(run).expect("a run").clone() };
        world.runs.push(twin);
        id
    })
}

async fn dispatched_for(stage: &Stage<'_>, claim: &str) -> Dispatch {
    let of_claim = |it: &&Dispatch| it.inputs.get("claim_id").map(String::as_str) == Some(claim);
    let found = stage.sandbox.wait_for(PATIENCE, |world| world.dispatches.iter().find(of_claim).cloned()).await;
    found.unwrap_or_else(|| panic!("no dispatch for {claim}"))
}

/// Waits for the comment that tells of a run to have these words.
pub(crate) async fn is_told(stage: &Stage<'_>, at: &str, run: u64, words: &str) {
    let page = format!("/actions/runs/{run}");
    let is_it = |text: &String| text.contains(&page) && text.contains(words);
    until(PATIENCE, &format!("{at} is told {words:?}"), async || stage.said(at).iter().any(is_it).then_some(())).await;
}

async fn ends_well(stage: &Stage<'_>, run: u64) {
    stage.sandbox.advance_run(run, RunStep::Completed(Conclusion::Success)).await.expect("the run can end");
}

async fn is_taken_at_github(stage: &Stage<'_>, token: &str) -> bool {
    let request = stage.http.get(format!("{}/repos/octo/anthropic", stage.sandbox.url())).bearer_auth(token);
    request.send().await.expect("the sandbox answers").status() != StatusCode::UNAUTHORIZED
}

fn id(claim: &Value) -> &str {
    claim["id"].as_str().expect("an id")
}
