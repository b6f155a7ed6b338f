//! What owners do at GitHub: a mapping follows its repository and shows where the App is, a closed pull request's run ends
//! by itself.

use local::sandbox::Conclusion;
use reqwest::Method;
use serde_json::{Value, json};

use crate::admin::Operator;
use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    a_renamed_repository_keeps_its_mapping,
    a_mapping_shows_that_its_repository_was_taken_from_the_app,
    a_mapping_shows_that_the_app_is_suspended_or_gone,
    a_run_goes_on_when_its_pull_request_is_closed,
];

async fn a_renamed_repository_keeps_its_mapping(stage: &Stage) {
    let operator = Operator::of(stage).await;
    stage.sandbox.rename_repository("octo/bedrock", "renamed").await.expect("it is there");
    stage.idle().await;
    let (status, shown) = operator.does(Method::GET, "mappings/octo/renamed", None).await;
    assert_eq!(
        (status, &shown["mapping"]["version"], &shown["updatedBy"]),
        (200, &json!(2), &json!("github")),
        "{shown}"
    );
    assert_eq!(operator.does(Method::GET, "mappings/octo/bedrock", None).await.0, 404);
    for repo in ["renamed", "bedrock"] {
        let (_, history) = operator.does(Method::GET, &format!("mappings/octo/{repo}/history"), None).await;
        let line = &history["changes"][0];
        assert_eq!((&line["action"], &line["renamedFrom"]), (&json!("renamed"), &json!("octo/bedrock")), "{repo}");
    }
    stage.says("writer", "octo/renamed#1", "/ai-implement").await;
    assert_eq!(stage.dispatched(1).await.inputs["aws_region"], "us-west-2");
    stage.hears("octo/renamed#1", "**Dispatched.**").await;
}

/// What the mapping of `octo/anthropic` shows of the App, in the list as by itself.
async fn shown(stage: &Stage, operator: &Operator<'_>) -> Value {
    stage.idle().await;
    let (_, alone) = operator.does(Method::GET, "mappings/octo/anthropic", None).await;
    let (_, list) = operator.does(Method::GET, "mappings", None).await;
    assert_eq!(list["mappings"][0], alone);
    alone["installation"]["detail"].clone()
}

async fn a_mapping_shows_that_its_repository_was_taken_from_the_app(stage: &Stage) {
    let operator = Operator::of(stage).await;
    assert_eq!(shown(stage, &operator).await, Value::Null);
    stage.sandbox.remove_from_installation("octo/anthropic").await.expect("it is there");
    assert_eq!(shown(stage, &operator).await, "App not installed");
    let (_, other) = operator.does(Method::GET, "mappings/octo/bedrock", None).await;
    assert_eq!(other["installation"], Value::Null, "the other repository still has it");
    stage.sandbox.add_to_installation("octo/anthropic").await.expect("it is there");
    assert_eq!(shown(stage, &operator).await, Value::Null);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
}

async fn a_mapping_shows_that_the_app_is_suspended_or_gone(stage: &Stage) {
    let operator = Operator::of(stage).await;
    stage.sandbox.suspend().await;
    assert_eq!(shown(stage, &operator).await, "App suspended");
    stage.sandbox.unsuspend().await;
    assert_eq!(shown(stage, &operator).await, Value::Null);
    stage.sandbox.uninstall().await;
    assert_eq!(shown(stage, &operator).await, "App not installed");
    stage.sandbox.install().await;
    assert_eq!(shown(stage, &operator).await, Value::Null);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
}

async fn a_run_goes_on_when_its_pull_request_is_closed(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    stage.sandbox.close("octo/anthropic", 1, "maintainer").await.expect("it is there");
    stage.idle().await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
}
