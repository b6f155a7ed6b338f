//! What was forgotten, and what the next sweeps make of it: what nobody told us of is done once, and what is none of our
//! business stays that.
//!
//! Time stands still in these scenes, here and at GitHub, but for what they let pass.

use aws::Deleted;
use sweeper::Swept;

use crate::conversation::conversations;
use crate::crashes::taken;
use crate::stage::Stage;

conversations![
    a_delivery_that_failed_is_made_again_and_its_command_runs_once,
    a_run_whose_end_could_not_be_delivered_is_told_all_the_same,
    a_command_that_was_never_sent_is_found_and_runs_once,
    a_command_that_may_still_be_delivered_is_left_alone,
    what_the_webhook_would_not_hear_is_not_found_either,
    what_was_said_before_the_mapping_was_made_again_is_not_found,
    a_command_that_is_found_too_late_is_answered_as_stale,
    a_sweep_that_finds_everything_in_order_costs_one_conditional_request_a_repository,
    a_command_that_nobody_got_on_with_is_carried_on,
    every_repository_has_its_turn,
];

const HERE: &str = "octo/anthropic#1";
/// As often as deliveries and repositories are looked at.
const A_ROUND: i64 = 5;

async fn a_delivery_that_failed_is_made_again_and_its_command_runs_once(stage: &Stage) {
    stage.passes(1);
    stage.is_reachable(false);
    stage.says("writer", HERE, "/ai-implement").await;
    assert_eq!(stage.sandbox.deliveries().last().map(|it| it.status_code), Some(502));
    stage.is_reachable(true);
    assert_eq!(stage.sweeps().await, Swept { redelivered: 1, ..Swept::default() });
    stage.hears(HERE, "**Dispatched.**").await;
    stage.idle().await;
    for _ in 0..3 {
        stage.passes(A_ROUND);
        let Swept { redelivered, unheard, .. } = stage.sweeps().await;
        assert_eq!((redelivered, unheard), (0, 0));
    }
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
}

async fn a_run_whose_end_could_not_be_delivered_is_told_all_the_same(stage: &Stage) {
    stage.says("writer", HERE, "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears(HERE, "**Dispatched.**").await;
    stage.idle().await;
    stage.passes(1);
    stage.is_reachable(false);
    stage.run_ends(run, local::sandbox::Conclusion::Success).await;
    stage.is_reachable(true);
    assert!(stage.sweeps().await.redelivered > 0);
    stage.hears(HERE, "**Succeeded.**").await;
}

async fn a_command_that_was_never_sent_is_found_and_runs_once(stage: &Stage) {
    stage.passes(1);
    let command = stage.unheard("writer", HERE);
    stage.passes(2);
    assert_eq!(stage.sweeps().await, Swept { unheard: 1, ..Swept::default() });
    stage.hears(HERE, "**Dispatched.**").await;
    stage.idle().await;
    let claim = stage.claim_of(&command).await;
    assert_eq!(
        (claim.request.asked_at().as_second(), claim.request.comment()),
        (
            stage
                .sandbox
                .look(|world| world.comment(command.comment.get()).expect("the comment").created_at)
                .as_second(),
            Some(command.comment),
        )
    );
    for _ in 0..3 {
        stage.passes(A_ROUND);
        assert_eq!(stage.sweeps().await.unheard, 0);
    }
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
}

async fn a_command_that_may_still_be_delivered_is_left_alone(stage: &Stage) {
    stage.passes(1);
    stage.unheard("writer", HERE);
    stage.passes(1);
    assert_eq!(stage.sweeps().await.unheard, 0);
    stage.passes(A_ROUND - 1);
    assert_eq!(stage.sweeps().await.unheard, 0, "the round is not over");
    stage.passes(1);
    assert_eq!(stage.sweeps().await.unheard, 1, "it was not passed over");
}

async fn what_the_webhook_would_not_hear_is_not_found_either(stage: &Stage) {
    stage.passes(1);
    stage.unheard("helper[bot]", HERE);
    stage.unheard("writer", "octo/unmapped#1");
    stage.unheard("writer", "octo/bedrock#5");
    let edited = stage.unheard("writer", "octo/anthropic#5");
    stage.passes(1);
    stage.at_github(|world| {
        world.issue_mut("octo/bedrock", 5).expect("a pull request").locked = true;
        world.edit_comment(edited.comment.get(), "/ai-implement").expect("the comment");
        let id = world.repository("octo/anthropic").expect("a repository").id;
        world.add_comment(id, 1, "writer", "not a command\n/ai-implement");
    });
    for _ in 0..3 {
        stage.passes(A_ROUND);
        assert_eq!(stage.sweeps().await, Swept::default());
    }
    assert_eq!((stage.dispatches(), stage.system.queue().depth()), (0, 0));
}

async fn what_was_said_before_the_mapping_was_made_again_is_not_found(stage: &Stage) {
    stage.passes(1);
    stage.sweeps().await;
    stage.unheard("writer", HERE);
    stage.passes(1);
    let mappings = &stage.system.worker().mappings;
    let name = "octo/anthropic".parse().expect("a name");
    let mapping = mappings.named(&name).await.expect("a working table").expect("a seeded mapping");
    let deleted = mappings.delete(&name, mapping.draft.version, "stage", stage.hand_time()).await;
    assert_eq!(deleted.expect("a working table"), Deleted::Done);
    stage.passes(1);
    stage.maps("octo/anthropic", serde_json::json!({})).await;
    stage.passes(1);
    stage.unheard("writer", "octo/anthropic#5");
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await.unheard, 1, "only what was said after");
    stage.hears("octo/anthropic#5", "**Dispatched.**").await;
    assert_eq!(stage.said(HERE), Vec::<String>::new());
}

async fn a_command_that_is_found_too_late_is_answered_as_stale(stage: &Stage) {
    stage.passes(1);
    stage.unheard("writer", HERE);
    stage.passes(7 * 60);
    assert_eq!(stage.sweeps().await.unheard, 1);
    stage.hears(HERE, "`STALE`").await;
    assert_eq!(stage.dispatches(), 0);
}

async fn a_sweep_that_finds_everything_in_order_costs_one_conditional_request_a_repository(stage: &Stage) {
    stage.passes(1);
    stage.says("writer", HERE, "/ai-implement help").await;
    stage.hears(HERE, "/ai-implement status").await;
    stage.idle().await;
    // The first rounds read what there is.
    for _ in 0..3 {
        stage.passes(A_ROUND);
        assert_eq!(stage.sweeps().await, Swept::default());
    }
    stage.sandbox.clear_requests();
    stage.passes(A_ROUND);
    assert_eq!(stage.sweeps().await, Swept::default());
    let mut asked: Vec<_> = stage
        .sandbox
        .requests()
        .iter()
        .map(|it| (it.path.split('?').next().unwrap_or_default().to_owned(), it.status))
        .collect();
    asked.sort();
    let comments = |repo: &str| (format!("/repos/octo/{repo}/issues/comments"), Some(304));
    assert_eq!(asked, [("/app/hook/deliveries".to_owned(), Some(200)), comments("anthropic"), comments("bedrock")]);
    stage.sandbox.clear_requests();
    stage.passes(1);
    stage.sweeps().await;
    assert_eq!(stage.sandbox.requests().len(), 0, "between two rounds GitHub is left alone");
}

async fn a_command_that_nobody_got_on_with_is_carried_on(stage: &Stage) {
    let command = stage.unheard("writer", HERE);
    taken(stage, &command).await;
    assert_eq!(stage.sweeps().await.due, 0);
    stage.passes(10);
    assert_eq!(stage.sweeps().await.due, 1);
    stage.hears(HERE, "**Dispatched.**").await;
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
}

/// A sweep takes fifty, by name; these stand before the ones that are there.
async fn every_repository_has_its_turn(stage: &Stage) {
    let mappings = &stage.system.worker().mappings;
    for number in 0..50 {
        let draft = serde_json::json!({"owner": "octo", "repo": format!("a-{number:02}")});
        let draft = serde_json::from_value(draft).expect("the draft's shape");
        mappings.save(&draft, "stage", stage.hand_time()).await.expect("a working table");
    }
    stage.passes(1);
    stage.unheard("writer", HERE);
    stage.passes(2);
    assert_eq!(stage.sweeps().await.unheard, 0);
    stage.passes(1);
    assert_eq!(stage.sweeps().await.unheard, 1, "a round that is not at its end goes on");
    stage.hears(HERE, "**Dispatched.**").await;
}
