//! The main job: a command becomes the right run.

use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    a_writers_command_becomes_a_run,
    a_bedrock_repository_runs_on_bedrock_in_its_region,
    maintainers_and_admins_may_command_too,
    instructions_reach_the_run,
    a_pull_request_without_a_metadata_block_is_its_own_ticket,
    a_metadata_block_that_was_removed_is_remembered_from_the_last_run,
    the_mapping_chooses_file_branch_and_limits,
    a_workflow_gets_only_what_it_declares,
    an_issue_is_implemented_where_planning_is_off,
    a_repository_hook_without_installation_works_too,
    a_description_over_githubs_limit_is_cut,
];

async fn a_writers_command_becomes_a_run(stage: &Stage) {
    let comment = stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let dispatch = stage.dispatched(1).await;
    assert_eq!((dispatch.workflow.as_str(), dispatch.reference.as_str()), ("claude-implement.yml", "main"));
    let head = stage.at_github(|world| {
        let pull = world.issue_mut("octo/anthropic", 1).and_then(|issue| issue.pull_request.clone());
        pull.expect("a pull request").head_sha
    });
    for (name, value) in
        [("provider", "anthropic"), ("pr_number", "1"), ("head_sha", head.as_str()), ("issue_identifier", "ENG-42")]
    {
        assert_eq!(dispatch.inputs.get(name).map(String::as_str), Some(value), "{name}");
    }
    assert_eq!(dispatch.inputs.get("aws_region"), None);

    stage.sees(comment, "rocket").await;
    let status = stage.hears("octo/anthropic#1", "Dispatched").await;
    assert!(status.body.contains(&format!("/actions/runs/{}", dispatch.run_id)), "{}", status.body);
    assert!(status.body.contains(&dispatch.inputs["claim_id"]), "{}", status.body);
    stage.idle().await;
    assert_eq!(stage.reactions(comment), ["eyes", "rocket"]);
    assert_eq!((stage.said("octo/anthropic#1").len(), stage.dispatches()), (1, 1));
}

async fn a_bedrock_repository_runs_on_bedrock_in_its_region(stage: &Stage) {
    stage.says("writer", "octo/bedrock#1", "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    assert_eq!((inputs["provider"].as_str(), inputs["aws_region"].as_str()), ("bedrock", "us-west-2"));
    stage.hears("octo/bedrock#1", "AWS Bedrock in `us-west-2`").await;
}

async fn maintainers_and_admins_may_command_too(stage: &Stage) {
    stage.says("maintainer", "octo/anthropic#1", "/ai-implement").await;
    stage.says("admin", "octo/anthropic#5", "/ai-implement").await;
    stage.dispatched(2).await;
}

async fn instructions_reach_the_run(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement\r\n\r\nOnly the `Clock`.\r\nNo $(new) crates.").await;
    let inputs = stage.dispatched(1).await.inputs;
    assert_eq!(inputs["instructions"], "Only the `Clock`.\nNo $(new) crates.");
}

async fn a_pull_request_without_a_metadata_block_is_its_own_ticket(stage: &Stage) {
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    assert_eq!(inputs["issue_identifier"], "octo/anthropic#5");
    assert_eq!(inputs["issue_id"], format!("{}#5", stage.repo_id("octo/anthropic")));
}

async fn a_metadata_block_that_was_removed_is_remembered_from_the_last_run(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let first = stage.dispatched(1).await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.run_ends(first.run_id, local::sandbox::Conclusion::Failure).await;
    stage.hears("octo/anthropic#1", "Failed").await;
    stage.idle().await;
    stage.at_github(|world| world.issue_mut("octo/anthropic", 1).expect("a pull request").body = None);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    assert_eq!(stage.dispatched(2).await.inputs["issue_identifier"], "ENG-42");
}

async fn the_mapping_chooses_file_branch_and_limits(stage: &Stage) {
    stage.at_github(|world| {
        let repository = world.repository_mut("octo/anthropic").expect("a repository");
        let mut trunk = repository.branches["main"].clone();
        let text = repository.workflow_text("claude-implement.yml").expect("the template").to_owned();
        trunk.files.insert(".github/workflows/ours.yaml".into(), text.clone());
        repository.branches.insert("trunk".into(), trunk);
        repository.set_workflow("ours.yaml", Some(&text));
    });
    let settings = json!({"workflowFile": "ours.yaml", "defaultBranch": "trunk", "maxTurns": 7, "maxJobMinutes": 30,
        "runnerImage": "big-runner"});
    stage.maps("octo/anthropic", settings).await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let dispatch = stage.dispatched(1).await;
    assert_eq!((dispatch.workflow.as_str(), dispatch.reference.as_str()), ("ours.yaml", "trunk"));
    for (name, value) in
        [("max_turns", "7"), ("max_iterations", "3"), ("max_job_minutes", "30"), ("runner_image", "big-runner")]
    {
        assert_eq!(dispatch.inputs.get(name).map(String::as_str), Some(value), "{name}");
    }
}

async fn a_workflow_gets_only_what_it_declares(stage: &Stage) {
    let yaml = "on:\n  workflow_dispatch:\n    inputs:\n      pr_number: {required: true}\n      issue_title: {}\n";
    stage.at_github(|world| {
        world.repository_mut("octo/anthropic").expect("a repository").set_workflow("claude-implement.yml", Some(yaml));
    });
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    assert_eq!(inputs.keys().collect::<Vec<_>>(), ["issue_title", "pr_number"]);
}

async fn an_issue_is_implemented_where_planning_is_off(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"planningEnabled": false})).await;
    stage.says("writer", "octo/anthropic#4", "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    assert_eq!((inputs["pr_number"].as_str(), inputs["issue_identifier"].as_str()), ("", "octo/anthropic#4"));
    assert_eq!(inputs.get("head_sha"), None);
    stage.hears("octo/anthropic#4", "Implement this issue").await;
}

async fn a_repository_hook_without_installation_works_too(stage: &Stage) {
    stage.at_github(|world| world.installation.named_in_payloads = false);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.run_ends(run, local::sandbox::Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "Succeeded").await;
}

async fn a_description_over_githubs_limit_is_cut(stage: &Stage) {
    stage.at_github(|world| {
        world.issue_mut("octo/anthropic", 5).expect("a pull request").body = Some("ü".repeat(70_000));
    });
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    let inputs = stage.dispatched(1).await.inputs;
    let total: usize = inputs.iter().map(|(name, value)| name.chars().count() + value.chars().count()).sum();
    assert!(total <= 65_535 && inputs["issue_description"].contains("left out the last"), "{total}");
}
