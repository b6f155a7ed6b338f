//! Issues: planned first, then implemented, by themselves or at a person's word.

use local::sandbox::Conclusion;
use local::sandbox::world::Issue;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    an_implementation_follows_its_plan_by_itself,
    an_implementation_waits_for_a_persons_word_where_the_mapping_says_so,
    a_plan_that_was_asked_for_alone_stays_alone,
    a_plan_that_failed_is_followed_by_nothing,
    whoever_lost_the_permission_meanwhile_starts_nothing,
    an_issue_is_implemented_at_once_where_planning_is_off,
    the_pull_request_that_an_implementation_opened_is_shown,
];

const HERE: &str = "octo/bedrock#4";

async fn planned(stage: &Stage, command: &str) -> u64 {
    stage.says("writer", HERE, command).await;
    let plan = stage.dispatched(1).await;
    assert_eq!(plan.workflow, "claude-plan.yml");
    assert_eq!((plan.inputs["provider"].as_str(), plan.inputs["aws_region"].as_str()), ("bedrock", "us-west-2"));
    stage.hears(HERE, "| Task | Plan this issue |").await;
    plan.run_id
}

async fn an_implementation_follows_its_plan_by_itself(stage: &Stage) {
    let plan = planned(stage, "/ai-implement\nMind the tests.").await;
    stage.run_ends(plan, Conclusion::Success).await;
    let implementation = stage.dispatched(2).await;
    assert_eq!(implementation.workflow, "claude-implement.yml");
    assert_eq!(
        (implementation.inputs["pr_number"].as_str(), implementation.inputs["provider"].as_str()),
        ("", "bedrock")
    );
    assert_eq!(implementation.inputs["instructions"], "Mind the tests.");
    stage.hears(HERE, "The implementation follows by itself").await;
    stage.hears(HERE, "| Task | Implement this issue |").await;
    stage.sweeps_for(15).await;
    assert_eq!(stage.dispatches(), 2);
}

async fn an_implementation_waits_for_a_persons_word_where_the_mapping_says_so(stage: &Stage) {
    let settings = json!({"provider": "bedrock", "awsRegion": "us-west-2", "autoApprovePlans": false});
    stage.maps("octo/bedrock", settings).await;
    let plan = planned(stage, "/ai-implement").await;
    stage.run_ends(plan, Conclusion::Success).await;
    stage.hears(HERE, "Comment `/ai-implement` to have it implemented").await;
    stage.sweeps_for(2).await;
    assert_eq!(stage.dispatches(), 1);
    stage.says("maintainer", HERE, "/ai-implement").await;
    assert_eq!(stage.dispatched(2).await.workflow, "claude-implement.yml");
}

async fn a_plan_that_was_asked_for_alone_stays_alone(stage: &Stage) {
    let plan = planned(stage, "/ai-implement plan").await;
    stage.run_ends(plan, Conclusion::Success).await;
    stage.hears(HERE, "Comment `/ai-implement` to have it implemented").await;
    stage.sweeps_for(2).await;
    assert_eq!(stage.dispatches(), 1);
}

async fn a_plan_that_failed_is_followed_by_nothing(stage: &Stage) {
    let plan = planned(stage, "/ai-implement").await;
    stage.run_ends(plan, Conclusion::Failure).await;
    stage.hears(HERE, "**Failed.**").await;
    stage.sweeps_for(2).await;
    assert_eq!(stage.dispatches(), 1);
    stage.says("writer", HERE, "/ai-implement retry").await;
    assert_eq!(stage.dispatched(2).await.workflow, "claude-plan.yml");
}

async fn whoever_lost_the_permission_meanwhile_starts_nothing(stage: &Stage) {
    let plan = planned(stage, "/ai-implement").await;
    stage.at_github(|world| {
        for repository in &mut world.repositories {
            repository.collaborators.remove("writer");
        }
    });
    stage.run_ends(plan, Conclusion::Success).await;
    stage.hears(HERE, "`NOT_AUTHORIZED`").await;
    assert_eq!(stage.dispatches(), 1);
}

async fn an_issue_is_implemented_at_once_where_planning_is_off(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"planningEnabled": false})).await;
    stage.says("writer", "octo/anthropic#4", "/ai-implement").await;
    let dispatch = stage.dispatched(1).await;
    assert_eq!((dispatch.workflow.as_str(), dispatch.inputs["pr_number"].as_str()), ("claude-implement.yml", ""));
}

async fn the_pull_request_that_an_implementation_opened_is_shown(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"planningEnabled": false})).await;
    stage.says("writer", "octo/anthropic#4", "/ai-implement").await;
    let dispatch = stage.dispatched(1).await;
    stage.hears("octo/anthropic#4", "**Dispatched.**").await;
    opens_a_pull_request(stage, 9, &dispatch.inputs["issue_id"]);
    opens_a_pull_request(stage, 10, "another ticket");
    stage.run_ends(dispatch.run_id, Conclusion::Success).await;
    let told = stage.hears("octo/anthropic#4", "**Succeeded.**").await.body;
    assert!(told.contains("| Pull request | [#9](") && told.contains("/octo/anthropic/pull/9)"), "{told}");
}

/// As a run does, with its ticket in the metadata block.
fn opens_a_pull_request(stage: &Stage, number: u64, ticket: &str) {
    let block = format!("<!-- ai-implement-meta\nissue_id: {ticket}\nissue_identifier: x\nissue_title: x\n-->");
    stage.at_github(|world| {
        let now = world.now();
        let repository = world.repositories.iter_mut().find(|it| it.name == "anthropic").expect("it is there");
        let like = repository.issue(1).expect("a pull request").clone();
        repository.issues.push(Issue { number, id: like.id + number, body: Some(block), created_at: now, ..like });
    });
}
