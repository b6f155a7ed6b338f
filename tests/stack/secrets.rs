//! The stack's secrets: what is said while they are missing or wrong, and that they are taken without a restart.

use domain::message::Message;
use serde_json::{Value, json};

use crate::commands::unheard;
use crate::stage::{PATIENCE, Stage, WEBHOOK_SECRET};
use crate::wait::until;

/// What an operator chooses.
pub(crate) const ACCESS_CODE: &str = "the-access-code-of-the-stack-test";
/// Signs sessions.
pub(crate) const SESSION_KEY: &str = "the-session-key-of-the-stack-test-is-long-enough";

/// Before anybody has put a secret: each is named, nothing is acknowledged, nothing falls over.
pub(crate) async fn without_them_each_is_named(stage: &Stage<'_>) {
    let health = health(stage).await;
    for (name, status) in [
        ("webhook secret", "missing"),
        ("github-app secret", "missing"),
        ("mappings table", "ok"),
        ("dispatches table", "ok"),
    ] {
        assert_eq!(of(&health, name), status, "{health}");
    }
    is_not_acknowledged(stage).await;
    let log = stage.log_of("webhook").await;
    assert!(log.contains("no webhook secret") && log.contains("WebhookSecret"), "the log says which one");
}

/// Secrets of another shape than theirs.
pub(crate) async fn malformed_ones_are_named(stage: &Stage<'_>) {
    put(stage, "WebhookSecret", &json!({"secret": WEBHOOK_SECRET})).await;
    put(stage, "GitHubAppSecret", &json!({"app_id": 1, "private_key": "no key"})).await;
    put(stage, "AdminSecret", &json!({"access_code": ACCESS_CODE, "session_key": "short"})).await;
    until(PATIENCE, "/healthz calls all three malformed", async || {
        let health = health(stage).await;
        let malformed = |name: &str| of(&health, name) == "malformed";
        ["webhook secret", "github-app secret", "admin secret"].into_iter().all(malformed).then_some(())
    })
    .await;
    until(PATIENCE, "the webhook's log calls its secret malformed", async || {
        is_not_acknowledged(stage).await;
        stage.log_of("webhook").await.contains("is not of the shape").then_some(())
    })
    .await;
    // A command that was queued before the App's secret broke: the worker names the fault, and tries again.
    let command = unheard(stage, "writer", "octo/anthropic", 5, "/ai-implement help");
    let body = Message::Comment(command.clone()).to_json();
    stage.queues(&body, &format!("{}#5", command.repo.id), &format!("{}", command.comment)).await;
    until(PATIENCE, "the worker's log names the key", async || {
        stage.log_of("worker").await.contains("`private_key` is not an RSA private key").then_some(())
    })
    .await;
}

/// The right ones, put as README says; the key as people paste it, with its line ends escaped.
pub(crate) async fn are_put_as_the_readme_says(stage: &Stage<'_>) {
    let app = stage.sandbox.app();
    let key = app.private_key_pem.replace('\n', "\\n");
    put(stage, "WebhookSecret", &json!({"secrets": [WEBHOOK_SECRET]})).await;
    put(stage, "GitHubAppSecret", &json!({"app_id": app.app_id, "private_key": key})).await;
    put(stage, "AdminSecret", &json!({"access_code": ACCESS_CODE, "session_key": SESSION_KEY})).await;
}

/// Nothing is restarted: the functions read again by themselves.
pub(crate) async fn are_taken_without_a_restart(stage: &Stage<'_>) {
    until(PATIENCE, "/healthz is content", async || {
        let health = health(stage).await;
        (health["status"] == "ok").then_some(())
    })
    .await;
    let body = r#"{"zen": "…", "hook_id": 1}"#;
    until(PATIENCE, "the webhook answers GitHub's ping", async || {
        let (status, _) = stage.posts("/webhooks/github", "ping", body, WEBHOOK_SECRET).await;
        (status == 200).then_some(())
    })
    .await;
    stage.hears("octo/anthropic#5", "- `/ai-implement plan`").await;
}

async fn put(stage: &Stage<'_>, secret: &str, value: &Value) {
    let words = ["secretsmanager", "put-secret-value", "--secret-id", stage.output(secret)];
    let words = [words.as_slice(), &["--secret-string", "file:///dev/stdin"]].concat();
    stage.aws.call_with_input(&words, &value.to_string()).await;
}

/// A comment that comes now gets 503, so that GitHub's list of deliveries shows it red.
async fn is_not_acknowledged(stage: &Stage<'_>) {
    let (_, delivery) = stage.delivers("writer", "octo/bedrock#1", "/ai-implement").await;
    assert_eq!(delivery.status_code, 503, "{}", delivery.response_payload);
    assert!(delivery.response_payload.contains("NO_SECRET"), "{}", delivery.response_payload);
}

async fn health(stage: &Stage<'_>) -> Value {
    let answer = stage.http.get(stage.output("HealthUrl")).send().await.expect("API Gateway answers");
    let status = answer.status().as_u16();
    let health: Value = answer.json().await.expect("JSON");
    assert_eq!(status, if health["status"] == "ok" { 200 } else { 503 }, "{health}");
    health
}

fn of<'h>(health: &'h Value, name: &str) -> &'h str {
    let checks = health["checks"].as_array().expect("checks");
    let check = checks.iter().find(|check| check["name"] == name);
    check.unwrap_or_else(|| panic!("no check of the {name}: {health}"))["status"].as_str().expect("a status")
}
