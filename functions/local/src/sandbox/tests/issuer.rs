//! The tokens of runs, and the documents by which anybody can verify them.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::Stage;
use crate::sandbox::runs::{self, NewRun};
use crate::sandbox::{Fault, OidcRequest, Sandbox};

const AUDIENCE: &str = "https://implement.example/v1/claims";

fn add_run(sandbox: &Sandbox) -> u64 {
    sandbox.edit_world(|world| {
        let repository = world.repository("octo/anthropic").unwrap();
        let new = NewRun {
            repository_id: repository.id,
            workflow: "claude-implement.yml".to_owned(),
            name: "Claude".to_owned(),
            display_title: "ENG-42".to_owned(),
            head_branch: "main".to_owned(),
            head_sha: repository.branches["main"].head_sha.clone(),
        };
        runs::add(world, &new)
    })
}

async fn published(stage: &Stage) -> JwkSet {
    stage.get("/.well-known/jwks", "").await.json().await.unwrap()
}

/// What a token says, once the key that it names has verified it; `None` where that key isn't published.
async fn verified(stage: &Stage, token: &str) -> Option<Value> {
    let key_id = decode_header(token).unwrap().kid.unwrap();
    let keys = published(stage).await;
    let key = DecodingKey::from_jwk(keys.find(&key_id)?).unwrap();
    let mut validation = Validation::new(Algorithm::RS256);
    validation.validate_exp = false;
    validation.set_audience(&[AUDIENCE]);
    Some(decode::<Value>(token, &key, &validation).unwrap().claims)
}

#[tokio::test]
async fn a_runs_token_says_what_github_says_of_it() {
    let stage = Stage::new().await;
    let noon: Timestamp = "2026-11-01T12:00:00Z".parse().unwrap();
    stage.sandbox.set_time(Some(noon));
    let run = add_run(&stage.sandbox);
    let token = stage.sandbox.oidc_token(&OidcRequest::new(run, AUDIENCE)).unwrap();
    let mut claims = verified(&stage, &token).await.unwrap();
    let (repository, sha) = stage.sandbox.look(|world| {
        let repository = world.repository("octo/anthropic").unwrap();
        (repository.id.to_string(), repository.branches["main"].head_sha.clone())
    });
    assert_eq!(claims["jti"].take().as_str().unwrap().len(), 36);
    let workflow = "octo/anthropic/.github/workflows/claude-implement.yml@refs/heads/main";
    let expected = json!({
        "actor": "ai-implement[bot]",
        "actor_id": "710100",
        "aud": AUDIENCE,
        "base_ref": "",
        "event_name": "workflow_dispatch",
        "exp": noon.as_second() + 300,
        "head_ref": "",
        "iat": noon.as_second(),
        "iss": stage.sandbox.url(),
        "job_workflow_ref": workflow,
        "job_workflow_sha": sha,
        "jti": null,
        "nbf": noon.as_second() - 600,
        "ref": "refs/heads/main",
        "ref_protected": "false",
        "ref_type": "branch",
        "repository": "octo/anthropic",
        "repository_id": repository,
        "repository_owner": "octo",
        "repository_owner_id": "710000",
        "repository_visibility": "public",
        "run_attempt": "1",
        "run_id": run.to_string(),
        "run_number": "1",
        "runner_environment": "github-hosted",
        "sha": sha,
        "sub": "repo:octo/anthropic:ref:refs/heads/main",
        "workflow": "Claude",
        "workflow_ref": workflow,
        "workflow_sha": sha,
    });
    assert_eq!(claims, expected);
}

#[tokio::test]
async fn a_subject_follows_what_the_other_claims_say() {
    let stage = Stage::new().await;
    let run = add_run(&stage.sandbox);
    let repository = stage.sandbox.look(|world| world.repository("octo/anthropic").unwrap().id);
    let asked = OidcRequest::new(run, AUDIENCE);
    for (request, subject) in [
        (
            asked.clone().with_immutable_subject(),
            format!("repo:octo@710000/anthropic@{repository}:ref:refs/heads/main"),
        ),
        (asked.clone().claiming("event_name", "pull_request"), "repo:octo/anthropic:pull_request".to_owned()),
        (asked.clone().claiming("ref", "refs/tags/v1"), "repo:octo/anthropic:ref:refs/tags/v1".to_owned()),
        (asked.clone().claiming("environment", "a:b"), "repo:octo/anthropic:environment:a%3Ab".to_owned()),
        (asked.clone().claiming("repository", "octo/bedrock"), "repo:octo/bedrock:ref:refs/heads/main".to_owned()),
        (asked.clone().claiming("sub", "anything"), "anything".to_owned()),
    ] {
        let token = stage.sandbox.oidc_token(&request).unwrap();
        assert_eq!(verified(&stage, &token).await.unwrap()["sub"], subject, "{request:?}");
    }
    let without = stage.sandbox.oidc_token(&asked.claiming("sub", Value::Null)).unwrap();
    assert!(verified(&stage, &without).await.unwrap().get("sub").is_none());
}

#[tokio::test]
async fn a_job_is_given_its_token_through_the_control_route_too() {
    let stage = Stage::new().await;
    let run = add_run(&stage.sandbox);
    let asked = json!({ "run_id": run, "audience": AUDIENCE, "immutable_subject": true, "event_name": "push" });
    let answer: Value = stage.post("/_sandbox/oidc", "", asked).await.json().await.unwrap();
    let claims = verified(&stage, answer["value"].as_str().unwrap()).await.unwrap();
    assert_eq!((&claims["run_id"], &claims["event_name"]), (&json!(run.to_string()), &json!("push")));
    assert!(claims["sub"].as_str().unwrap().starts_with("repo:octo@710000/"), "{claims}");

    let nowhere = stage.post("/_sandbox/oidc", "", json!({ "run_id": 7, "audience": AUDIENCE })).await;
    assert_eq!(nowhere.status(), StatusCode::NOT_FOUND);
    let misspelt = json!({ "run_id": run, "audience": AUDIENCE, "event": "push" });
    let misspelt = stage.post("/_sandbox/oidc", "", misspelt).await;
    assert_eq!(misspelt.status(), StatusCode::BAD_REQUEST);
    assert_eq!(misspelt.json::<Value>().await.unwrap()["detail"], "A run's token has no claim event.");
}

#[tokio::test]
async fn no_two_tokens_have_the_same_id() {
    let stage = Stage::new().await;
    let asked = OidcRequest::new(add_run(&stage.sandbox), AUDIENCE);
    let mut ids = BTreeSet::new();
    for _ in 0..3 {
        let token = stage.sandbox.oidc_token(&asked).unwrap();
        ids.insert(verified(&stage, &token).await.unwrap()["jti"].to_string());
    }
    assert_eq!(ids.len(), 3);
}

#[tokio::test]
async fn the_key_before_stays_published_and_the_one_before_that_does_not() {
    let stage = Stage::new().await;
    let asked = OidcRequest::new(add_run(&stage.sandbox), AUDIENCE);
    let first = stage.sandbox.oidc_token(&asked).unwrap();
    stage.sandbox.rotate_oidc_key().unwrap();
    let second = stage.sandbox.oidc_token(&asked).unwrap();
    assert_ne!(decode_header(&first).unwrap().kid, decode_header(&second).unwrap().kid);
    assert!(verified(&stage, &first).await.is_some() && verified(&stage, &second).await.is_some());

    let rotated = stage.post("/_sandbox/oidc/rotate", "", Value::Null).await;
    assert_eq!(rotated.status(), StatusCode::NO_CONTENT);
    assert_eq!(verified(&stage, &first).await, None);
    assert!(verified(&stage, &second).await.is_some());
    assert_eq!(published(&stage).await.keys.len(), 2);
}

#[tokio::test]
async fn the_issuers_documents_are_public_fail_as_scripted_and_are_no_requests_to_the_api() {
    let stage = Stage::new().await;
    let document: Value = stage.get("/.well-known/openid-configuration", "").await.json().await.unwrap();
    assert_eq!(document["issuer"], stage.sandbox.url());
    assert_eq!(document["jwks_uri"], format!("{}/.well-known/jwks", stage.sandbox.url()));
    stage.sandbox.script_fault(Fault { status: Some(503), ..Fault::on("GET", "/.well-known/jwks") });
    assert_eq!(stage.get("/.well-known/jwks", "").await.status(), StatusCode::SERVICE_UNAVAILABLE);
    let keys: Value = stage.get("/.well-known/jwks", "").await.json().await.unwrap();
    let key = &keys["keys"][0];
    assert_eq!((&key["kty"], &key["alg"], &key["use"]), (&json!("RSA"), &json!("RS256"), &json!("sig")));
    assert_eq!(key.as_object().unwrap().len(), 6, "nothing private: {key}");
    assert!(stage.sandbox.requests().is_empty());
}
