//! The same command twice, by whatever way it comes: one run.

use std::time::Duration;

use aws::Turn;
use domain::claim::Nonce;
use local::sandbox::Fault;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    the_same_delivery_twice_dispatches_once,
    a_repeat_that_the_queue_no_longer_knows_dispatches_once,
    while_one_worker_tells_no_other_does,
    many_comments_at_once_on_one_pull_request_start_one_run,
    conversations_do_not_wait_for_each_other,
];

async fn the_same_delivery_twice_dispatches_once(stage: &Stage) {
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    let delivery = stage.sandbox.deliveries().into_iter().find(|it| it.event == "issue_comment").expect("a delivery");
    for _ in 0..3 {
        stage.sandbox.redeliver(delivery.id).await.expect("a kept delivery");
    }
    stage.idle().await;
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 1));
}

/// The queue forgets after five minutes; GitHub may be asked to deliver again for three days.
async fn a_repeat_that_the_queue_no_longer_knows_dispatches_once(stage: &Stage) {
    let comment = stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.idle().await;
    let claim = stage.sandbox.look(|world| world.dispatches[0].inputs["claim_id"].clone());
    let claim = stage.system.worker().dispatches.claim(claim.parse().expect("a claim id")).await;
    let claim = claim.expect("a working table").expect("the claim");
    let command = claim.request.command().expect("a person's");
    assert_eq!(command.comment.get(), comment);
    assert!(stage.works_on(command).await);
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 1));
}

/// A queue may give two workers copies of one message at once; GitHub would take both comments.
async fn while_one_worker_tells_no_other_does(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    stage.sandbox.script_fault(Fault { status: Some(500), ..Fault::on("POST", "/repos/*/issues/1/comments") });
    assert!(!stage.works_on(&command).await, "the comment is still to be written");
    let worker = stage.system.worker();
    let claim = stage.sandbox.look(|world| world.dispatches[0].inputs["claim_id"].parse().expect("a claim id"));
    let (other, now) = (Nonce::new(1), worker.clock.now());
    let turn = worker.dispatches.take_turn(claim, other, now, now + Duration::from_secs(30)).await;
    assert_eq!(turn.expect("a working table"), Turn::Again, "a failed write gives the turn back");
    assert!(!stage.works_on(&command).await);
    assert_eq!(stage.said("octo/anthropic#1"), [""; 0], "it is the other worker's turn");
    stage.passes(1);
    assert!(stage.works_on(&command).await, "the other one never came back");
    assert_eq!((stage.dispatches(), stage.said("octo/anthropic#1").len()), (1, 1));
}

async fn many_comments_at_once_on_one_pull_request_start_one_run(stage: &Stage) {
    let said = (0..6).map(|_| stage.says("writer", "octo/anthropic#1", "/ai-implement"));
    futures::future::join_all(said).await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.idle().await;
    assert_eq!(stage.dispatches(), 1);
    let refused = stage.said("octo/anthropic#1").iter().filter(|told| told.contains("`IN_FLIGHT`")).count();
    assert_eq!(refused, 1, "the others get a reaction, the first of them the reason");
}

async fn conversations_do_not_wait_for_each_other(stage: &Stage) {
    let places = ["octo/anthropic#1", "octo/anthropic#5", "octo/bedrock#1", "octo/bedrock#5"];
    futures::future::join_all(places.map(|at| stage.says("writer", at, "/ai-implement"))).await;
    stage.dispatched(4).await;
    for at in places {
        stage.hears(at, "Dispatched").await;
    }
}
