//! Seeing and steering what was started: status, cancel, retry.

use local::sandbox::Conclusion;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    the_status_shows_what_was_started_with_links,
    a_cancellation_ends_the_run_and_says_who_wanted_it,
    a_cancellation_takes_a_waiting_command_back,
    there_may_be_nothing_to_cancel,
    a_reader_cancels_nothing,
    a_retry_does_the_last_failed_run_again_with_its_instructions,
    a_retry_without_a_failed_run_is_refused,
];

const HERE: &str = "octo/anthropic#1";

async fn dispatched(stage: &Stage, command: &str) -> u64 {
    let before = stage.dispatches();
    stage.says("writer", HERE, command).await;
    let run = stage.dispatched(before + 1).await.run_id;
    stage.hears(HERE, &format!("/actions/runs/{run}")).await;
    stage.idle().await;
    run
}

async fn the_status_shows_what_was_started_with_links(stage: &Stage) {
    stage.says("maintainer", HERE, "/ai-implement status").await;
    stage.hears(HERE, "Nothing was started here yet").await;
    let first = dispatched(stage, "/ai-implement").await;
    stage.run_ends(first, Conclusion::Failure).await;
    stage.hears(HERE, "**Failed.**").await;
    let second = dispatched(stage, "/ai-implement").await;
    stage.says("maintainer", HERE, "/ai-implement status").await;
    let told = stage.hears(HERE, "| When (UTC) |").await.body;
    let (newer, older) = (told.find(&format!("runs/{second}")), told.find(&format!("runs/{first}")));
    assert!(newer.is_some() && newer < older, "{told}");
    assert!(told.contains("🚀 Dispatched") && told.contains("❌ Failed"), "{told}");
}

async fn a_cancellation_ends_the_run_and_says_who_wanted_it(stage: &Stage) {
    let run = dispatched(stage, "/ai-implement").await;
    stage.run_starts(run).await;
    stage.says("maintainer", HERE, "/ai-implement cancel").await;
    assert_eq!(stage.cancelled_runs(1).await, [run]);
    stage.hears(HERE, "GitHub is asked to cancel").await;
    let told = stage.hears(HERE, "**Cancelled.**").await.body;
    assert!(told.contains("`maintainer` cancelled it"), "{told}");
}

async fn a_cancellation_takes_a_waiting_command_back(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"maxInProgress": 1})).await;
    let run = dispatched(stage, "/ai-implement").await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "**Queued.**").await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement cancel").await;
    stage.hears("octo/anthropic#5", "is taken back").await;
    stage.hears("octo/anthropic#5", "**Cancelled.** `writer` took this command back").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.sweeps_for(2).await;
    assert_eq!(stage.dispatches(), 1);
}

async fn there_may_be_nothing_to_cancel(stage: &Stage) {
    stage.says("writer", HERE, "/ai-implement cancel").await;
    stage.hears(HERE, "There is nothing to cancel here").await;
}

async fn a_reader_cancels_nothing(stage: &Stage) {
    let run = dispatched(stage, "/ai-implement").await;
    stage.says("reader", HERE, "/ai-implement cancel").await;
    stage.hears(HERE, "`NOT_AUTHORIZED`").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears(HERE, "**Succeeded.**").await;
}

async fn a_retry_does_the_last_failed_run_again_with_its_instructions(stage: &Stage) {
    let run = dispatched(stage, "/ai-implement\nKeep it small.").await;
    stage.run_ends(run, Conclusion::Failure).await;
    stage.hears(HERE, "`/ai-implement retry` to do it again").await;
    stage.says("maintainer", HERE, "/ai-implement retry").await;
    let again = stage.dispatched(2).await;
    assert_eq!(again.inputs["instructions"], "Keep it small.");
    assert_ne!(again.run_id, run);
}

async fn a_retry_without_a_failed_run_is_refused(stage: &Stage) {
    stage.says("writer", HERE, "/ai-implement retry").await;
    stage.hears(HERE, "`NOTHING_TO_RETRY`").await;
    assert_eq!(stage.dispatches(), 0);
}
