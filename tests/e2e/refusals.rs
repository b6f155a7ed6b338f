//! What starts no run, and what the commenter is told about it.

use local::sandbox::world::Access;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    those_who_may_not_write_are_refused,
    a_fork_is_refused,
    a_closed_pull_request_is_refused,
    an_unmapped_repository_is_answered_once,
    a_paused_repository_is_refused,
    a_missing_workflow_is_refused,
    a_workflow_without_the_trigger_is_refused,
    a_disabled_workflow_is_refused,
    a_branch_that_is_not_there_is_refused,
    a_required_input_that_nobody_knows_is_named,
    a_bedrock_repository_without_region_is_refused,
    settings_that_break_a_rule_are_named,
    overlong_instructions_are_refused,
    a_command_of_long_ago_is_not_run,
    a_second_command_is_told_of_the_run_under_way,
    the_same_refusal_is_explained_once_an_hour,
    an_app_that_lacks_a_permission_says_so,
];

/// The command is refused with a code and a remedy, and nothing is dispatched.
async fn is_refused(stage: &Stage, user: &str, at: &str, code: &str) -> String {
    let dispatched = stage.dispatches();
    let comment = stage.says(user, at, "/ai-implement").await;
    stage.sees(comment, "confused").await;
    let told = stage.hears(at, &format!("`{code}`")).await.body;
    stage.idle().await;
    assert_eq!(stage.dispatches(), dispatched, "a refusal never dispatches");
    assert_eq!(stage.reactions(comment), ["eyes", "confused"]);
    told
}

async fn those_who_may_not_write_are_refused(stage: &Stage) {
    for (user, role, at) in [
        ("reader", "read", "octo/anthropic#1"),
        ("triager", "triage", "octo/anthropic#5"),
        ("stranger", "read", "octo/bedrock#1"),
    ] {
        let told = is_refused(stage, user, at, "NOT_AUTHORIZED").await;
        assert!(told.contains(&format!("`{user}` has `{role}`")) && told.contains("Ask somebody"), "{told}");
    }
}

async fn a_fork_is_refused(stage: &Stage) {
    let told = is_refused(stage, "writer", "octo/anthropic#2", "FORK_PR").await;
    assert!(told.contains("Push the branch to this repository"), "{told}");
}

async fn a_closed_pull_request_is_refused(stage: &Stage) {
    is_refused(stage, "writer", "octo/anthropic#3", "PR_CLOSED").await;
}

async fn an_unmapped_repository_is_answered_once(stage: &Stage) {
    is_refused(stage, "writer", "octo/unmapped#1", "MAPPING_MISSING").await;
    let again = stage.says("admin", "octo/unmapped#5", "/ai-implement").await;
    stage.sees(again, "confused").await;
    stage.idle().await;
    assert_eq!(stage.said("octo/unmapped#5").len(), 0);
}

async fn a_paused_repository_is_refused(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"paused": true})).await;
    is_refused(stage, "writer", "octo/anthropic#1", "PAUSED").await;
}

async fn a_missing_workflow_is_refused(stage: &Stage) {
    stage.at_github(|world| {
        world.repository_mut("octo/anthropic").expect("a repository").set_workflow("claude-implement.yml", None);
    });
    let told = is_refused(stage, "writer", "octo/anthropic#1", "WORKFLOW_MISSING").await;
    assert!(told.contains("`.github/workflows/claude-implement.yml` on `main`"), "{told}");
}

async fn a_workflow_without_the_trigger_is_refused(stage: &Stage) {
    stage.at_github(|world| {
        let repository = world.repository_mut("octo/anthropic").expect("a repository");
        repository.set_workflow("claude-implement.yml", Some("on: push\njobs: {}\n"));
    });
    is_refused(stage, "writer", "octo/anthropic#1", "WORKFLOW_NOT_DISPATCHABLE").await;
}

async fn a_disabled_workflow_is_refused(stage: &Stage) {
    stage.at_github(|world| {
        let repository = world.repository_mut("octo/anthropic").expect("a repository");
        repository.disabled_workflows.insert("claude-implement.yml".into());
    });
    is_refused(stage, "writer", "octo/anthropic#1", "WORKFLOW_DISABLED").await;
    // What GitHub refuses gives the conversation back at once.
    stage.at_github(|world| world.repository_mut("octo/anthropic").expect("a repository").disabled_workflows.clear());
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(1).await;
}

async fn a_branch_that_is_not_there_is_refused(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"defaultBranch": "nowhere"})).await;
    let told = is_refused(stage, "writer", "octo/anthropic#1", "WORKFLOW_MISSING").await;
    assert!(told.contains("on `nowhere`"), "{told}");
}

async fn a_required_input_that_nobody_knows_is_named(stage: &Stage) {
    let yaml = "on: {workflow_dispatch: {inputs: {pr_number: {}, deploy_key: {required: true}}}}\n";
    stage.at_github(|world| {
        world.repository_mut("octo/anthropic").expect("a repository").set_workflow("claude-implement.yml", Some(yaml));
    });
    let told = is_refused(stage, "writer", "octo/anthropic#1", "INPUT_SCHEMA_MISMATCH").await;
    assert!(told.contains("`deploy_key`"), "{told}");
}

async fn a_bedrock_repository_without_region_is_refused(stage: &Stage) {
    stage.maps("octo/bedrock", json!({"provider": "bedrock"})).await;
    let told = is_refused(stage, "writer", "octo/bedrock#1", "REGION_MISSING").await;
    assert!(told.contains("`awsRegion`"), "{told}");
}

async fn settings_that_break_a_rule_are_named(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"maxTurns": 0})).await;
    let told = is_refused(stage, "writer", "octo/anthropic#1", "MAPPING_INVALID").await;
    assert!(told.contains("maxTurns"), "{told}");
}

async fn overlong_instructions_are_refused(stage: &Stage) {
    let comment = stage.says("writer", "octo/anthropic#1", &format!("/ai-implement\n{}", "x".repeat(4_001))).await;
    stage.sees(comment, "confused").await;
    stage.hears("octo/anthropic#1", "`BAD_REQUEST`").await;
    assert_eq!(stage.dispatches(), 0);
}

async fn a_command_of_long_ago_is_not_run(stage: &Stage) {
    stage.hand.advance(jiff::SignedDuration::from_hours(7));
    is_refused(stage, "writer", "octo/anthropic#1", "STALE").await;
}

async fn a_second_command_is_told_of_the_run_under_way(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    let told = is_refused(stage, "maintainer", "octo/anthropic#1", "IN_FLIGHT").await;
    assert!(told.contains(&format!("/actions/runs/{run}")), "{told}");
}

async fn the_same_refusal_is_explained_once_an_hour(stage: &Stage) {
    is_refused(stage, "reader", "octo/anthropic#1", "NOT_AUTHORIZED").await;
    let again = stage.says("reader", "octo/anthropic#1", "/ai-implement").await;
    stage.sees(again, "confused").await;
    stage.idle().await;
    assert_eq!(stage.said("octo/anthropic#1").len(), 1, "a repeat gets its reaction only");
    stage.hand.advance(jiff::SignedDuration::from_mins(61));
    let later = stage.says("reader", "octo/anthropic#1", "/ai-implement").await;
    stage.sees(later, "confused").await;
    stage.idle().await;
    assert_eq!(stage.said("octo/anthropic#1").len(), 2);
}

async fn an_app_that_lacks_a_permission_says_so(stage: &Stage) {
    stage.at_github(|world| world.installation.permissions.insert("actions".into(), Access::Read));
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let told = stage.hears("octo/anthropic#1", "`APP_PERMISSION_MISSING`").await.body;
    assert!(told.contains("Ask an owner"), "{told}");
    assert_eq!(stage.dispatches(), 0);
}
