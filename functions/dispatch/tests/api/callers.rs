//! Who may ask: every way to be nobody, and what somebody may not do.

use domain::run_kind::RunKind;
use http::Method;
use jiff::SignedDuration;

use crate::desk::{Desk, implement};

const PATH: &str = "/v1/dispatches";

#[tokio::test]
async fn whoever_proves_nothing_gets_the_same_words() {
    let desk = Desk::open().await;
    let run = desk.ci_run("octo/anthropic");
    let elsewhere =
        desk.sandbox.oidc_token(&local::sandbox::OidcRequest::new(run, "https://elsewhere.example")).expect("a run");
    let good = desk.proof(run, |it| it);
    let tampered = format!("{}x", &good[..good.len() - 1]);
    let unknown = format!("aii_{}", "A".repeat(43));
    let mut words = Vec::new();
    for bearer in ["", "x", "aii_short", &unknown, &elsewhere, &tampered] {
        // Each from an address of its own: what is counted is told in other words.
        let source = format!("203.0.113.{}", words.len() + 1);
        let headers = [
            ("authorization", format!("Bearer {bearer}")),
            ("x-forwarded-for", source),
            ("idempotency-key", "k".to_owned()),
            ("content-type", "application/json".to_owned()),
        ];
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let answer = desk.send(Method::POST, PATH, &headers, &implement("octo/anthropic").to_string()).await;
        assert_eq!(answer.code(), (401, "UNAUTHORIZED"), "{bearer}");
        words.push(answer.body["detail"].clone());
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
    assert!(desk.queued().await.is_empty());
}

#[tokio::test]
async fn guesses_from_one_address_are_counted_and_others_are_not_held_up() {
    let desk = Desk::open().await;
    let master = desk.master().await;
    let mut last = desk.get(PATH, "aii_guess").await;
    for _ in 0..200 {
        if last.status == 429 {
            break;
        }
        last = desk.get(PATH, "aii_guess").await;
    }
    assert_eq!(last.code(), (429, "RATE_LIMITED"));
    assert!(last.headers.contains_key("retry-after"));
    let path = format!("{PATH}?repo=octo/anthropic");
    assert_eq!(desk.get(&path, &master).await.status, 200, "whoever has a token is let in");
}

#[tokio::test]
async fn a_revoked_or_expired_token_is_none() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let path = format!("{PATH}?repo=octo/anthropic");
    assert_eq!(desk.get(&path, &token).await.status, 200);
    let id = domain::api_token::ApiTokenId::from_parts(1_800_000_000_000, 1);
    desk.tokens.revoke(id, "ops", desk.time()).await.expect("a working table");
    assert_eq!(desk.get(&path, &token).await.code(), (401, "UNAUTHORIZED"));
}

#[tokio::test]
async fn a_token_is_good_for_its_repositories_and_kinds_only() {
    let desk = Desk::open().await;
    let token = desk.token(2, &["octo/bedrock"], &[RunKind::GapFill]).await;
    let elsewhere = desk.post(PATH, &token, "1", &implement("octo/anthropic")).await;
    assert_eq!(elsewhere.code(), (404, "MAPPING_MISSING"), "as if there were none");
    let other_kind = desk.post(PATH, &token, "2", &implement("octo/bedrock")).await;
    assert_eq!(other_kind.code(), (403, "SCOPE"));
    let claim = desk.post(PATH, &desk.master().await, "3", &implement("octo/anthropic")).await;
    let path = format!("{PATH}/{}", claim.id());
    assert_eq!(desk.get(&path, &token).await.code(), (404, "NOT_FOUND"));
    assert_eq!(
        desk.post(&format!("{path}/cancel"), &token, "4", &serde_json::json!({})).await.code(),
        (404, "NOT_FOUND")
    );
}

#[tokio::test]
async fn a_repository_asks_for_itself_in_both_forms_of_subject() {
    let desk = Desk::open().await;
    let run = desk.ci_run("octo/anthropic");
    for (key, immutable) in [("1", false), ("2", true)] {
        let token = desk.proof(run, |it| if immutable { it.with_immutable_subject() } else { it });
        let elsewhere = desk.post(PATH, &token, key, &implement("octo/bedrock")).await;
        assert_eq!(elsewhere.code(), (404, "MAPPING_MISSING"));
        let mut body = implement("octo/anthropic");
        body["issue"]["id"] = key.into();
        let here = desk.post(PATH, &token, key, &body).await;
        assert_eq!(here.status, 202, "{here:?}");
        assert!(here.body["askedBy"].as_str().is_some_and(|by| by.starts_with("octo/anthropic (")), "{here:?}");
    }
    let listed = desk.get(PATH, &desk.proof(run, |it| it)).await;
    assert_eq!(listed.body["dispatches"].as_array().map(Vec::len), Some(2));
}

#[tokio::test]
async fn neither_a_pull_requests_code_nor_a_run_of_ours_asks_for_runs() {
    let desk = Desk::open().await;
    let run = desk.ci_run("octo/anthropic");
    let body = implement("octo/anthropic");
    for event in ["pull_request", "pull_request_target", "pull_request_review"] {
        let token = desk.proof(run, |it| it.claiming("event_name", event));
        assert_eq!(desk.post(PATH, &token, event, &body).await.code(), (403, "PULL_REQUEST_EVENT"), "{event}");
    }
    let claim = desk.post(PATH, &desk.master().await, "claim", &body).await;
    let token = desk.proof(run, |it| it.claiming("event_name", "pull_request"));
    let cancel = format!("{PATH}/{}/cancel", claim.id());
    assert_eq!(desk.post(&cancel, &token, "x", &serde_json::json!({})).await.code(), (403, "PULL_REQUEST_EVENT"));
    desk.queued().await;
    for file in ["claude-implement.yml", "claude-plan.yml"] {
        let workflow = format!("octo/anthropic/.github/workflows/{file}@refs/heads/main");
        let token = desk.proof(run, |it| it.claiming("workflow_ref", workflow));
        assert_eq!(desk.post(PATH, &token, file, &body).await.code(), (403, "OWN_WORKFLOW"), "{file}");
    }
    assert!(desk.queued().await.is_empty());
}

#[tokio::test]
async fn a_proof_is_over_after_minutes_and_survives_a_new_key() {
    let desk = Desk::open().await;
    let run = desk.ci_run("octo/anthropic");
    let token = desk.proof(run, |it| it);
    assert_eq!(desk.get(PATH, &token).await.status, 200);
    desk.sandbox.rotate_oidc_key().expect("a new key");
    assert_eq!(desk.get(PATH, &token).await.status, 200, "the key before is still published");
    desk.hand.advance(SignedDuration::from_mins(10));
    assert_eq!(desk.get(PATH, &token).await.status, 401);
}
