//! A run's life, as its one status comment shows it.

use local::sandbox::{Conclusion, RunStep};

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    one_comment_follows_the_run_to_its_end,
    each_ending_has_its_words,
    after_the_end_the_conversation_is_free_again,
    a_late_event_moves_nothing_back,
    another_run_that_carries_the_claim_is_cancelled_and_moves_nothing,
    a_run_that_nobody_dispatched_is_none_of_ours,
    a_run_that_somebody_runs_again_is_followed_once_more,
    a_run_that_is_run_again_beside_another_moves_nothing,
];

async fn dispatched(stage: &Stage, at: &str) -> u64 {
    let before = stage.dispatches();
    stage.says("writer", at, "/ai-implement").await;
    let run = stage.dispatched(before + 1).await.run_id;
    stage.hears(at, &format!("/actions/runs/{run}")).await;
    run
}

async fn one_comment_follows_the_run_to_its_end(stage: &Stage) {
    let run = dispatched(stage, "octo/anthropic#1").await;
    let first = stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    stage.run_starts(run).await;
    let second = stage.hears("octo/anthropic#1", "**Running.**").await;
    stage.run_ends(run, Conclusion::Success).await;
    let last = stage.hears("octo/anthropic#1", "**Succeeded.**").await;
    assert_eq!((first.id, second.id), (last.id, last.id));
    assert_eq!(stage.said("octo/anthropic#1").len(), 1);
}

async fn each_ending_has_its_words(stage: &Stage) {
    for (conclusion, words) in [
        (Conclusion::Failure, "**Failed.**"),
        (Conclusion::Cancelled, "**Cancelled.**"),
        (Conclusion::TimedOut, "**Timed out.**"),
    ] {
        let run = dispatched(stage, "octo/anthropic#1").await;
        stage.run_starts(run).await;
        stage.run_ends(run, conclusion).await;
        let told = stage.hears("octo/anthropic#1", words).await.body;
        assert!(told.contains("Comment `/ai-implement"), "{told}");
        stage.idle().await;
    }
}

async fn after_the_end_the_conversation_is_free_again(stage: &Stage) {
    let run = dispatched(stage, "octo/anthropic#1").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
    let next = dispatched(stage, "octo/anthropic#1").await;
    assert_ne!(run, next);
    assert_eq!(stage.said("octo/anthropic#1").len(), 2);
}

async fn a_late_event_moves_nothing_back(stage: &Stage) {
    let run = dispatched(stage, "octo/anthropic#1").await;
    stage.run_starts(run).await;
    stage.run_ends(run, Conclusion::Success).await;
    let told = stage.hears("octo/anthropic#1", "**Succeeded.**").await.body;
    let runs_events: Vec<u64> =
        stage.sandbox.deliveries().iter().filter(|it| it.event == "workflow_run").map(|it| it.id).collect();
    assert!(runs_events.len() >= 2);
    for delivery in runs_events {
        stage.sandbox.redeliver(delivery).await.expect("a kept delivery");
    }
    stage.idle().await;
    assert_eq!(stage.said("octo/anthropic#1"), [told]);
}

/// GitHub has been seen to start two runs for one call; both carry the claim in their title.
async fn another_run_that_carries_the_claim_is_cancelled_and_moves_nothing(stage: &Stage) {
    let run = dispatched(stage, "octo/anthropic#1").await;
    let twin = stage.at_github(|world| {
        let mut twin = world.run(run).expect("a run").clone();
        twin.id = world.next_id();
        world.runs.push(twin.clone());
        twin.id
    });
    stage.run_starts(twin).await;
    assert_eq!(stage.cancelled_runs(1).await, [twin]);
    stage.idle().await;
    assert!(stage.said("octo/anthropic#1")[0].contains("**Dispatched.**"));
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
}

async fn a_run_that_nobody_dispatched_is_none_of_ours(stage: &Stage) {
    let run = dispatched(stage, "octo/anthropic#1").await;
    stage.at_github(|world| world.run_mut(run).expect("a run").event = "push".into());
    stage.run_ends(run, Conclusion::Success).await;
    stage.idle().await;
    assert!(stage.said("octo/anthropic#1")[0].contains("**Dispatched.**"));
}

async fn a_run_that_somebody_runs_again_is_followed_once_more(stage: &Stage) {
    let run = dispatched(stage, "octo/anthropic#1").await;
    stage.run_ends(run, Conclusion::Failure).await;
    stage.hears("octo/anthropic#1", "**Failed.**").await;
    stage.sandbox.advance_run(run, RunStep::Rerun).await.expect("it has ended");
    stage.hears("octo/anthropic#1", "attempt 2").await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "`IN_FLIGHT`").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 2));
}

async fn a_run_that_is_run_again_beside_another_moves_nothing(stage: &Stage) {
    let run = dispatched(stage, "octo/anthropic#1").await;
    stage.run_ends(run, Conclusion::Failure).await;
    let ended = stage.hears("octo/anthropic#1", "**Failed.**").await;
    dispatched(stage, "octo/anthropic#1").await;
    stage.sandbox.advance_run(run, RunStep::Rerun).await.expect("it has ended");
    stage.idle().await;
    assert!(stage.said("octo/anthropic#1").contains(&ended.body));
}
