//! Commands that start no run by their nature.

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    help_lists_the_commands,
    a_misspelt_command_is_answered_with_the_nearest_one,
    what_is_not_built_yet_says_so,
    planning_says_so_too,
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

async fn what_is_not_built_yet_says_so(stage: &Stage) {
    for verb in ["status", "cancel", "retry", "doctor"] {
        let command = format!("/ai-implement {verb}");
        answered(stage, "octo/anthropic#1", &command, &format!("`{command}` is not built yet")).await;
    }
}

async fn planning_says_so_too(stage: &Stage) {
    answered(stage, "octo/anthropic#4", "/ai-implement", "`planningEnabled` off").await;
    answered(stage, "octo/anthropic#4", "/ai-implement plan", "`/ai-implement plan` is not built yet").await;
    answered(stage, "octo/anthropic#1", "/ai-implement plan", "Planning is for issues").await;
}

async fn answers_are_for_those_who_may_write(stage: &Stage) {
    stage.says("reader", "octo/anthropic#1", "/ai-implement help").await;
    stage.hears("octo/anthropic#1", "`NOT_AUTHORIZED`").await;
}
