//! What a team's channel is told, and why a run failed.

use local::sandbox::{Annotation, Conclusion, FailedJob};
use serde_json::{Value, json};

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    a_channel_is_told_that_a_run_is_dispatched_and_how_it_ended,
    a_channel_of_teams_is_told_in_its_own_way,
    a_failed_run_is_explained_with_its_remedy,
    a_failed_run_whose_cause_nobody_knows_shows_its_last_words,
    without_the_permission_a_failed_run_is_told_with_its_job_and_step,
];

const HERE: &str = "octo/anthropic#1";

/// Everything that the channel was told, as text.
pub(crate) async fn told(stage: &Stage, count: usize) -> Vec<Value> {
    stage.until("the channel is told", || stage.sandbox.notifications().len() >= count).await;
    stage.idle().await;
    stage.sandbox.notifications().into_iter().map(|told| told.body).collect()
}

pub(crate) async fn tells_slack(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"notify": format!("{}/slack/team", stage.sandbox.url())})).await;
}

async fn dispatched(stage: &Stage) -> u64 {
    stage.says("writer", HERE, "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears(HERE, "**Dispatched.**").await;
    stage.run_starts(run).await;
    stage.hears(HERE, "**Running.**").await;
    run
}

async fn fails(stage: &Stage, run: u64, step: &str, says: &str) {
    let job =
        FailedJob { job: "implement".into(), step: Some(step.into()), annotations: vec![Annotation::failure(says)] };
    stage.sandbox.fail_run(run, job).await.expect("the run is under way");
}

async fn a_channel_is_told_that_a_run_is_dispatched_and_how_it_ended(stage: &Stage) {
    tells_slack(stage).await;
    let run = dispatched(stage).await;
    stage.run_ends(run, Conclusion::Success).await;
    let told = told(stage, 2).await;
    assert_eq!(told.len(), 2, "{told:#?}");
    let text = |nth: usize| told[nth]["text"].as_str().expect("a text").to_owned();
    assert!(text(0).contains("ispatched") && text(0).contains(&format!("/actions/runs/{run}|")), "{}", text(0));
    assert!(text(1).contains("ucceeded"), "{}", text(1));
}

async fn a_channel_of_teams_is_told_in_its_own_way(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"notify": format!("{}/teams/team", stage.sandbox.url())})).await;
    dispatched(stage).await;
    let told = told(stage, 1).await;
    assert_eq!(told[0]["attachments"][0]["contentType"], "application/vnd.microsoft.card.adaptive");
}

async fn a_failed_run_is_explained_with_its_remedy(stage: &Stage) {
    let run = dispatched(stage).await;
    fails(
        stage,
        run,
        "Assume the role",
        "Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity",
    )
    .await;
    let told = stage.hears(HERE, "**Failed.**").await.body;
    assert!(told.contains("Failed in job `implement`, step `Assume the role`"), "{told}");
    assert!(told.contains("`OIDC_SUBJECT_MISMATCH`") && told.contains("trust"), "{told}");
    assert!(told.contains("`/ai-implement retry`"), "{told}");
}

async fn a_failed_run_whose_cause_nobody_knows_shows_its_last_words(stage: &Stage) {
    let run = dispatched(stage).await;
    fails(
        stage,
        run,
        "Run the agent",
        "the ``` flux capacitor is out, and ghp_0123456789abcdefghijABCDEFGHIJ012345 knows",
    )
    .await;
    let told = stage.hears(HERE, "**Failed.**").await.body;
    assert!(told.contains("flux capacitor is out") && !told.contains("ghp_"), "{told}");
}

async fn without_the_permission_a_failed_run_is_told_with_its_job_and_step(stage: &Stage) {
    stage.at_github(|world| world.installation.permissions.remove("checks"));
    let run = dispatched(stage).await;
    fails(stage, run, "Run the agent", "nobody will read this").await;
    let told = stage.hears(HERE, "**Failed.**").await.body;
    assert!(told.contains("step `Run the agent`") && !told.contains("nobody will read"), "{told}");
}
