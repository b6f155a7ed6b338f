//! Scripted failures, as the product's clients meet them.

use std::collections::BTreeMap;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::json;

use super::stage::{REPOSITORY, Stage};
use crate::sandbox::Fault;

const COMMENTS: &str = "/repos/octo/anthropic/issues/1/comments";

#[tokio::test]
async fn a_fault_before_the_effect_prevents_it() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("POST", "/repos/*/comments") });
    let answer = stage.post(COMMENTS, &token, json!({ "body": "x" })).await;
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    assert_eq!(stage.sandbox.state()["comments"], json!([]));
    let answer = stage.post(COMMENTS, &token, json!({ "body": "x" })).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(stage.sandbox.fault_hits(), 1);
}

#[tokio::test]
async fn a_fault_after_the_effect_hides_only_the_answer() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let fault = Fault { after_effect: true, status: Some(504), ..Fault::on("POST", COMMENTS) };
    stage.sandbox.script_fault(fault);
    let answer = stage.post(COMMENTS, &token, json!({ "body": "x" })).await;
    assert_eq!(answer.status(), StatusCode::GATEWAY_TIMEOUT);
    assert_eq!(stage.sandbox.state()["comments"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_reset_ends_the_connection_without_an_answer() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.script_fault(Fault { reset: true, after_effect: true, ..Fault::on("POST", COMMENTS) });
    let failed = stage.try_call(Method::POST, COMMENTS, &token, Some(json!({ "body": "x" }))).await;
    assert!(failed.unwrap_err().is_request());
    assert_eq!(stage.sandbox.state()["comments"].as_array().unwrap().len(), 1);
    let logged = stage.sandbox.requests().pop().unwrap();
    assert_eq!((logged.status, logged.ended.is_some()), (None, true));
}

#[tokio::test]
async fn a_delay_alone_brings_the_true_answer_later() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.script_fault(Fault { delay_ms: Some(80), ..Fault::on("*", REPOSITORY) });
    let answer = stage.get(REPOSITORY, &token).await;
    assert_eq!(answer.status(), StatusCode::OK);
    let logged = stage.sandbox.requests().pop().unwrap();
    assert!(logged.ended.unwrap() >= logged.started + Duration::from_millis(80));
}

#[tokio::test]
async fn scripted_headers_outrank_the_standard_ones() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let headers = [("x-ratelimit-remaining", "0"), ("retry-after", "7")];
    let headers: BTreeMap<_, _> = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    stage.sandbox.script_fault(Fault { status: Some(403), headers, ..Fault::on("GET", "*") });
    let answer = stage.get(REPOSITORY, &token).await;
    assert_eq!(answer.headers()["x-ratelimit-remaining"], "0");
    assert_eq!(answer.headers()["retry-after"], "7");
}

#[tokio::test]
async fn the_control_routes_script_and_clear_but_never_fail() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    let fault = json!({ "method": "*", "path": "*", "times": 9, "after_effect": false, "status": 500 });
    let scripted = stage.post("/_sandbox/faults", "", fault).await;
    assert_eq!(scripted.status(), StatusCode::NO_CONTENT);
    assert_eq!(stage.get(REPOSITORY, &token).await.status(), StatusCode::INTERNAL_SERVER_ERROR);
    let before = stage.sandbox.requests().len();
    assert_eq!(stage.call(Method::DELETE, "/_sandbox/faults", "", None).await.status(), StatusCode::NO_CONTENT);
    assert_eq!(stage.sandbox.requests().len(), before);
    assert_eq!(stage.get(REPOSITORY, &token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_misspelt_fault_is_refused() {
    let stage = Stage::new().await;
    let fault = json!({ "method": "GET", "path": "*", "tims": 1 });
    let answer = stage.post("/_sandbox/faults", "", fault).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
}
