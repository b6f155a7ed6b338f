//! A queue or a table that can't be reached, as far as a function can tell: its role is denied all of the service.
//!
//! Owns the denial, which ends with the scene. What is acknowledged is kept; what can't be kept is not acknowledged.

use local::sandbox::{Conclusion, RunStep};
use serde_json::json;

use crate::mappings::{ask, sign_in};
use crate::stage::{PATIENCE, Stage};
use crate::wait::until;

/// Without the queue the webhook answers 503; delivered again later, the command runs.
pub(crate) async fn without_the_queue_nothing_is_acknowledged(stage: &Stage<'_>) {
    let before = stage.dispatches();
    deny(stage, "webhook", "sqs:*").await;
    let (comment, delivery) = stage.delivers("writer", "octo/bedrock#1", "/ai-implement").await;
    assert_eq!(delivery.status_code, 503, "{}", delivery.response_payload);
    assert!(stage.reactions(comment).is_empty() && stage.dispatches() == before);
    allow_again(stage, "webhook").await;
    let again = stage.sandbox.redeliver(delivery.id).await.expect("a kept delivery");
    assert_eq!(again.status_code, 202, "{}", again.response_payload);
    end_of_its_run(stage, "octo/bedrock#1", before).await;
}

/// Without the tables the API answers 5xx, and a command waits in the queue until they are back.
pub(crate) async fn without_the_tables_nothing_is_lost(stage: &Stage<'_>) {
    let token = sign_in(stage).await;
    let before = stage.dispatches();
    for function in ["worker", "admin"] {
        deny(stage, function, "dynamodb:*").await;
    }
    let (status, problem) = ask(stage, reqwest::Method::GET, "/api/mappings", Some(&token), None).await;
    assert!((500..600).contains(&status), "{status} {problem}");
    assert!(!problem.to_string().contains("AccessDenied"), "{problem}");
    stage.says("writer", "octo/bedrock#1", "/ai-implement").await;
    until(PATIENCE, "the worker has tried", async || {
        stage.log_of("worker").await.contains("AccessDeniedException").then_some(())
    })
    .await;
    assert_eq!(stage.dispatches(), before);
    for function in ["worker", "admin"] {
        allow_again(stage, function).await;
    }
    end_of_its_run(stage, "octo/bedrock#1", before).await;
}

async fn end_of_its_run(stage: &Stage<'_>, at: &str, before: usize) {
    let run = stage.dispatched(at, before).await.run_id;
    stage.hears(at, &format!("/actions/runs/{run}")).await;
    let ended = RunStep::Completed(Conclusion::Success);
    stage.sandbox.advance_run(run, ended).await.expect("the run can end");
    let find = |text: &String| text.contains(&format!("/actions/runs/{run}")) && text.contains("**Succeeded.**");
    until(PATIENCE, "the run's end is told", async || stage.said(at).iter().any(find).then_some(())).await;
}

async fn deny(stage: &Stage<'_>, function: &str, actions: &str) {
    let policy =
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": actions, "Resource": "*"}]});
    let role = stage.role_of(function).await;
    let words = ["iam", "put-role-policy", "--role-name", &role, "--policy-name", "outage", "--policy-document"];
    stage.aws.call(&[words.as_slice(), &[&policy.to_string()]].concat()).await;
}

async fn allow_again(stage: &Stage<'_>, function: &str) {
    let role = stage.role_of(function).await;
    stage.aws.call(&["iam", "delete-role-policy", "--role-name", &role, "--policy-name", "outage"]).await;
}
