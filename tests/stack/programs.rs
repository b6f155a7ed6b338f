//! Programs and runs on the deployed stack: they prove who they are through API Gateway, and get what is theirs.
//!
//! Owns the requests. Each scene has a conversation of its own.

use local::sandbox::OidcRequest;
use local::sandbox::world::Run;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::mappings::{ask, sign_in};
use crate::stage::Stage;

const PATH: &str = "/v1/dispatches";

/// An operator mints a token; a program has the gaps of a pull request filled with it, and sees what became of it.
pub(crate) async fn start_runs_with_a_token(stage: &Stage<'_>) {
    let token = mint(stage).await;
    let before = stage.dispatches();
    let wish = json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": 1});
    let (status, nobody) = asks(stage, "aii_nobody", "stack-1", &wish).await;
    assert_eq!((status, &nobody["code"]), (401, &json!("UNAUTHORIZED")), "{nobody}");
    let (status, answered) = asks(stage, &token, "stack-1", &wish).await;
    assert_eq!(status, 202, "{answered}");
    let dispatch = stage.dispatched("octo/anthropic#1", before).await;
    assert_eq!(dispatch.inputs["claim_id"], answered["id"].as_str().expect("an id"));
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    let (status, again) = asks(stage, &token, "stack-1", &wish).await;
    assert_eq!((status, &again["id"]), (200, &answered["id"]), "{again}");
    let (status, shown) = ask(stage, Method::GET, &format!("{PATH}/{}", id(&answered)), Some(&token), None).await;
    assert_eq!((status, &shown["state"], &shown["askedBy"]), (200, &json!("dispatched"), &json!("stack")), "{shown}");
    let list = format!("{PATH}?repo=octo/anthropic");
    let (status, listed) = ask(stage, Method::GET, &list, Some(&token), None).await;
    assert_eq!((status, &listed["dispatches"][0]["id"]), (200, &answered["id"]), "{listed}");
    let (status, cancelled) =
        ask(stage, Method::POST, &format!("{PATH}/{}/cancel", id(&answered)), Some(&token), Some(&json!({}))).await;
    assert_eq!(status, 202, "{cancelled}");
    stage.hears("octo/anthropic#1", "`stack` cancelled it").await;
}

/// No secret is involved: GitHub vouches for the run of a workflow.
pub(crate) async fn are_workflows_of_their_own_repository(stage: &Stage<'_>) {
    let run = ci_run(stage, "octo/bedrock");
    let audience = stage.output("ApiUrl").to_owned();
    let proof = stage.sandbox.oidc_token(&OidcRequest::new(run, &audience)).expect("a run of the sandbox");
    let issue = json!({"id": "stack-2", "identifier": "ENG-7", "title": "Retry uploads"});
    let wish = |repo: &str| json!({"kind": "implement", "repo": repo, "issue": issue});
    let (status, elsewhere) = asks(stage, &proof, "stack-2", &wish("octo/anthropic")).await;
    assert_eq!((status, &elsewhere["code"]), (404, &json!("MAPPING_MISSING")), "{elsewhere}");
    let mut dry = wish("octo/bedrock");
    dry["kind"] = json!("implement");
    let (status, judged) = ask(stage, Method::POST, &format!("{PATH}?dryRun=true"), Some(&proof), Some(&dry)).await;
    assert_eq!((status, &judged["inputs"]["aws_region"]), (200, &json!("us-west-2")), "{judged}");
    let (status, answered) = asks(stage, &proof, "stack-2", &wish("octo/bedrock")).await;
    assert_eq!(status, 202, "{answered}");
}

/// The claim's run gets the pinned facts, and a token to report with; a run that GitHub started beside it gets neither.
pub(crate) async fn runs_redeem_their_claim(stage: &Stage<'_>) {
    let before = stage.dispatches();
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    let dispatch = stage.dispatched("octo/anthropic#5", before).await;
    stage.hears("octo/anthropic#5", "**Dispatched.**").await;
    let (run, claim) = (dispatch.run_id, &dispatch.inputs["claim_id"]);
    let twin = stage.sandbox.edit_world(|world| {
        let mut twin = world.run(run).expect("the run").clone();
        twin.id = world.next_id();
        world.runs.push(twin.clone());
        twin.id
    });
    let (status, facts) = run_asks(stage, run, claim, "redeem", &json!({})).await;
    assert_eq!((status, &facts["prNumber"], &facts["phase"]), (200, &json!(5), &json!("gap-fill")), "{facts}");
    let (status, refused) = run_asks(stage, twin, claim, "redeem", &json!({})).await;
    assert_eq!((status, &refused["code"]), (StatusCode::CONFLICT.as_u16(), &json!("ANOTHER_RUN")), "{refused}");
    stage.hears("octo/anthropic#5", "**Running.**").await;
    let (status, lent) = run_asks(stage, run, claim, "token", &json!({"for": "push"})).await;
    assert!(status == 200 && lent["token"].is_string(), "{status}");
    let (status, report) = run_asks(stage, run, claim, "token", &json!({"for": "report"})).await;
    assert_eq!(status, 200, "{}", report["code"]);
    let token = report["runToken"].as_str().expect("a token");
    let words =
        json!({"phase": "gap-fill", "outcome": "success", "usage": {"turns": 12, "model": "claude-sonnet-4-6"}});
    let (status, answered) = ask(stage, Method::POST, "/runner/result", Some(token), Some(&words)).await;
    assert_eq!((status, &answered["acknowledged"]), (200, &json!(true)), "{answered}");
    stage.hears("octo/anthropic#5", "`claude-sonnet-4-6`").await;
    let (status, replayed) = ask(stage, Method::POST, "/runner/result", Some(token), Some(&words)).await;
    assert_eq!((status, &replayed["code"]), (409, &json!("already_consumed")), "{replayed}");
    let lent = lent["token"].as_str().expect("a token");
    let answer = stage.http.get(format!("{}/repos/octo/anthropic", stage.sandbox.url())).bearer_auth(lent).send().await;
    assert_eq!(answer.expect("the sandbox answers").status(), StatusCode::UNAUTHORIZED, "it was answered back");
}

async fn mint(stage: &Stage<'_>) -> String {
    let session = sign_in(stage).await;
    let wish = json!({"name": "stack", "repositories": ["octo/anthropic"], "kinds": ["gap-fill"]});
    let (status, minted) = ask(stage, Method::POST, "/api/tokens", Some(&session), Some(&wish)).await;
    assert_eq!(status, 201, "{}", minted["code"]);
    minted["token"].as_str().expect("a token").to_owned()
}

async fn asks(stage: &Stage<'_>, token: &str, key: &str, wish: &Value) -> (u16, Value) {
    let request = stage.http.post(format!("{}{PATH}", stage.output("ApiUrl"))).bearer_auth(token);
    let answer = request.header("idempotency-key", key).json(wish).send().await.expect("API Gateway answers");
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

async fn run_asks(stage: &Stage<'_>, run: u64, claim: &str, what: &str, body: &Value) -> (u16, Value) {
    let audience = format!("{}/v1/claims", stage.output("ApiUrl"));
    let proof = stage.sandbox.oidc_token(&OidcRequest::new(run, &audience)).expect("a run of the sandbox");
    ask(stage, Method::POST, &format!("/v1/claims/{claim}/{what}"), Some(&proof), Some(body)).await
}

/// A run of a repository's own workflow, made like any other that is there.
fn ci_run(stage: &Stage<'_>, repo: &str) -> u64 {
    let repository_id = stage.repo_id(repo);
    stage.sandbox.edit_world(|world| {
        let like = world.runs.first().expect("an earlier scene had a run").clone();
        let id = world.next_id();
        world.runs.push(Run { id, repository_id, workflow: "ci.yml".into(), event: "push".into(), ..like });
        id
    })
}

fn id(claim: &Value) -> &str {
    claim["id"].as_str().expect("an id")
}
