//! A repository at its limits: commands that wait for their turn, and days that are over.

use aws::{Begun, Taken};
use domain::claim::{Claim, ClaimId, Line};
use domain::ids::RepoId;
use domain::request::Request;
use jiff::SignedDuration;
use local::sandbox::Conclusion;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    a_command_at_the_cap_waits_and_starts_by_itself,
    those_who_wait_start_in_their_order_and_see_how_they_move_up,
    a_second_command_behind_a_waiting_one_is_told_so,
    a_waiting_command_whose_call_was_lost_starts_when_it_is_due,
    a_waiting_command_is_pinned_when_its_turn_comes,
    a_waiting_command_ends_with_its_pull_request,
    nobody_waits_behind_a_claim_that_is_not_there,
    nobody_waits_for_hours_behind_a_claim_that_was_set_aside,
    a_waiting_command_does_not_wait_for_ever,
    a_day_has_so_many_runs,
];

/// One run at once, and one is under way on pull request 1.
async fn one_is_under_way(stage: &Stage) -> u64 {
    stage.maps("octo/anthropic", json!({"maxInProgress": 1, "planningEnabled": false})).await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
    run
}

async fn a_command_at_the_cap_waits_and_starts_by_itself(stage: &Stage) {
    let run = one_is_under_way(stage).await;
    let comment = stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    let told = stage.hears("octo/anthropic#5", "**Queued.**").await;
    assert!(told.body.contains("1 of 1 runs") && told.body.contains("is next"), "{}", told.body);
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
    stage.run_ends(run, Conclusion::Success).await;
    stage.dispatched(2).await;
    let then = stage.hears("octo/anthropic#5", "**Dispatched.**").await;
    assert_eq!(told.id, then.id, "the one comment follows it");
    stage.sees(comment, "rocket").await;
}

async fn those_who_wait_start_in_their_order_and_see_how_they_move_up(stage: &Stage) {
    let first = one_is_under_way(stage).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "is next").await;
    stage.passes(0);
    stage.hand.advance(SignedDuration::from_secs(1));
    stage.says("writer", "octo/anthropic#4", "/ai-implement").await;
    stage.hears("octo/anthropic#4", "One other command is before this one").await;
    stage.run_ends(first, Conclusion::Success).await;
    let second = stage.dispatched(2).await;
    assert_eq!(second.inputs["pr_number"], "5");
    stage.sweeps_for(1).await;
    stage.hears("octo/anthropic#4", "is next").await;
    stage.run_ends(second.run_id, Conclusion::Failure).await;
    assert_eq!(stage.dispatched(3).await.inputs["pr_number"], "");
}

async fn a_second_command_behind_a_waiting_one_is_told_so(stage: &Stage) {
    one_is_under_way(stage).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "**Queued.**").await;
    stage.says("maintainer", "octo/anthropic#5", "/ai-implement").await;
    let told = stage.hears("octo/anthropic#5", "`IN_FLIGHT`").await.body;
    assert!(told.contains("waits here for its turn"), "{told}");
}

async fn a_waiting_command_whose_call_was_lost_starts_when_it_is_due(stage: &Stage) {
    let run = one_is_under_way(stage).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "**Queued.**").await;
    stage.is_not_told_of_runs();
    stage.run_ends(run, Conclusion::Success).await;
    stage.sweeps_for(13).await;
    stage.dispatched(2).await;
}

async fn a_waiting_command_is_pinned_when_its_turn_comes(stage: &Stage) {
    let run = one_is_under_way(stage).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "**Queued.**").await;
    stage.passes(5);
    stage.run_ends(run, Conclusion::Success).await;
    stage.dispatched(2).await;
    let told = stage.hears("octo/anthropic#5", "**Dispatched.**").await.body;
    assert!(told.contains("| Waited | "), "{told}");
}

async fn a_day_has_so_many_runs(stage: &Stage) {
    stage.maps("octo/anthropic", json!({"dailyRuns": 1})).await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears("octo/anthropic#1", "**Succeeded.**").await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    let told = stage.hears("octo/anthropic#1", "`BUDGET_EXCEEDED`").await.body;
    assert!(told.contains("1 run a day") && told.contains("00:00 UTC"), "{told}");
    stage.passes(24 * 60);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.dispatched(2).await;
}

async fn a_waiting_command_ends_with_its_pull_request(stage: &Stage) {
    let run = one_is_under_way(stage).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "**Queued.**").await;
    stage.sandbox.close("octo/anthropic", 5, "maintainer").await.expect("a pull request");
    stage.hears("octo/anthropic#5", "`PR_CLOSED`").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.sweeps_for(2).await;
    assert_eq!(stage.dispatches(), 1);
}

async fn a_waiting_command_does_not_wait_for_ever(stage: &Stage) {
    one_is_under_way(stage).await;
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.hears("octo/anthropic#5", "**Queued.**").await;
    stage.passes(6 * 60);
    stage.sweeps_for(1).await;
    stage.hears("octo/anthropic#5", "`STALE`").await;
}

async fn nobody_waits_behind_a_claim_that_is_not_there(stage: &Stage) {
    let run = one_is_under_way(stage).await;
    stays_in_line_by_mistake(stage).await;
    stage.says("writer", "octo/anthropic#4", "/ai-implement").await;
    stage.hears("octo/anthropic#4", "One other command is before this one").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.sweeps_for(3).await;
    assert_eq!(stage.dispatched(2).await.inputs["pr_number"], "");
}

async fn nobody_waits_for_hours_behind_a_claim_that_was_set_aside(stage: &Stage) {
    one_is_under_way(stage).await;
    for at in ["octo/anthropic#5", "octo/anthropic#4"] {
        stage.hand.advance(SignedDuration::from_secs(1));
        stage.says("writer", at, "/ai-implement").await;
        stage.hears(at, "**Queued.**").await;
    }
    stage.idle().await;
    let (dispatches, now) = (&stage.system.worker().dispatches, stage.hand_time());
    let line = dispatches.line(stage.repo_id("octo/anthropic")).await.expect("a working table");
    let (holder, first) = line.holders.first().zip(line.waiting.first()).expect("one is under way, and others wait");
    dispatches.set_aside(*first, now + SignedDuration::from_hours(6)).await.expect("a working table");
    // The slot becomes free, and nobody calls the first.
    let holder = dispatches.claim(*holder).await.expect("a working table").expect("a claim");
    let ended = holder.run_is_gone(now).expect("a run was under way");
    assert!(dispatches.advance(&holder, &ended).await.expect("a working table"));
    stage.sweeps_for(3).await;
    assert_eq!(stage.dispatched(2).await.inputs["pr_number"], "5");
}

/// A claim lines up, and ends by a record that takes it for another repository's: its place stays behind.
async fn stays_in_line_by_mistake(stage: &Stage) {
    let (dispatches, now) = (&stage.system.worker().dispatches, stage.hand_time());
    let id = ClaimId::from_parts(1, 1);
    let received = Claim::receive(id, stage.unheard("writer", "octo/anthropic#5"), now);
    assert_eq!(dispatches.take(received.clone()).await.expect("a working table"), Taken::New(received.clone()));
    let queued = received.queued(&Line::default(), 1, now).expect("from received");
    assert_eq!(dispatches.line_up(&received, &queued).await.expect("a working table"), Begun::Written);
    let elsewhere = |mut claim: Claim| {
        let Request::Comment(command) = &mut claim.request else { panic!("a person's") };
        command.repo.id = RepoId::new(1);
        claim
    };
    let refused = queued.refused("PR_CLOSED", String::new(), now).expect("from queued");
    let ended = dispatches.advance(&elsewhere(queued), &elsewhere(refused)).await;
    assert!(ended.expect("a working table"));
}
