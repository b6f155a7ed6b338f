//! Commands that start no run by their nature.

use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    help_lists_the_commands,
    a_misspelt_command_is_answered_with_the_nearest_one,
    planning_is_for_issues,
    a_look_at_the_set_up_shows_what_is_there_and_what_is_not,
    answers_are_for_those_who_may_write,
];

async fn answered(stage: &Stage, at: &str, command: &str, words: &str) -> String {
    let comment = stage.says("writer", at, command).await;
    let told = stage.hears(at, words).await.body;
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.reactions(comment)), (0, vec!["eyes".to_owned()]));
    told
}

async fn help_lists_the_commands(stage: &Stage) {
    let told = answered(stage, "octo/unmapped#1", "/ai-implement help", "- `/ai-implement plan`").await;
    assert!(told.contains("not from reviews or edits"), "{told}");
}

async fn a_misspelt_command_is_answered_with_the_nearest_one(stage: &Stage) {
    answered(stage, "octo/anthropic#1", "/ai-implement Staus", "Did you mean `/ai-implement status`?").await;
}

async fn planning_is_for_issues(stage: &Stage) {
    answered(stage, "octo/anthropic#1", "/ai-implement plan", "Planning is for issues").await;
}

async fn a_look_at_the_set_up_shows_what_is_there_and_what_is_not(stage: &Stage) {
    let good = answered(stage, "octo/bedrock#1", "/ai-implement doctor", "| ✅ | Mapping |").await;
    for seen in ["AWS Bedrock in `us-west-2`", "| ✅ | `claude-implement.yml` |", "| ✅ | `claude-plan.yml` |"] {
        assert!(good.contains(seen), "{seen}: {good}");
    }
    answered(stage, "octo/unmapped#1", "/ai-implement doctor", "| ❌ | Mapping |").await;
    stage.maps("octo/anthropic", json!({"workflowFile": "elsewhere.yml"})).await;
    let bad = answered(stage, "octo/anthropic#2", "/ai-implement doctor", "| ❌ | `elsewhere.yml` |").await;
    assert!(bad.contains("Add the file") && bad.contains("| ⚠️ | This pull request |"), "{bad}");
}

async fn answers_are_for_those_who_may_write(stage: &Stage) {
    stage.says("reader", "octo/anthropic#1", "/ai-implement help").await;
    stage.hears("octo/anthropic#1", "`NOT_AUTHORIZED`").await;
}
