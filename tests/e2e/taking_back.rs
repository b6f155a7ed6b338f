//! A program takes back what was asked for: its word comes through the queue, and is obeyed wherever the claim stands.

use aws::{ListedClaim, Queue};
use domain::claim::{Cancelled, Claim};
use domain::message::{Message, Resolution, Verdict};
use local::sandbox::Conclusion;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    what_waits_is_taken_back_and_never_starts,
    a_run_is_cancelled_at_github_whatever_dispatch_the_word_is_about,
    what_a_worker_left_undone_is_done_when_the_word_comes_again,
    what_has_ended_stays_as_it_was,
];

const REPO: &str = "octo/anthropic";
const HERE: &str = "octo/anthropic#1";
const THERE: &str = "octo/anthropic#5";

/// The repository's one claim in a state.
pub(crate) async fn claim_in(stage: &Stage, repo: &str, state_name: &str) -> Claim {
    let dispatches = &stage.system.worker().dispatches;
    let listed = dispatches.of_repository(stage.repo_id(repo), Some(state_name), 10, None).await;
    let mut claims = listed.expect("a working table").claims;
    match (claims.pop(), claims.len()) {
        (Some(ListedClaim::Readable(claim)), 0) => *claim,
        (last, others) => panic!("{last:?} and {others} more are {state_name}"),
    }
}

/// Says that a claim is taken back, as it was when it had so many dispatches; returns when all is done.
pub(crate) async fn takes_back(stage: &Stage, claim: &Claim, epoch: u32) {
    let (group, by) = (claim.group_id(), "orchestrator".to_owned());
    let word = Resolution { claim: claim.id, group, epoch, verdict: Verdict::Cancel, by };
    let queue = Queue::InProcess(stage.system.queue().clone());
    queue.send(&Message::Resolve(word)).await.expect("it takes all");
    stage.idle().await;
}

async fn started(stage: &Stage) -> u64 {
    stage.says("writer", HERE, "/ai-implement").await;
    let run = stage.dispatched(1).await.run_id;
    stage.hears(HERE, &format!("/actions/runs/{run}")).await;
    stage.idle().await;
    stage.run_starts(run).await;
    stage.idle().await;
    run
}

async fn what_waits_is_taken_back_and_never_starts(stage: &Stage) {
    stage.maps(REPO, json!({"maxInProgress": 1})).await;
    let run = started(stage).await;
    stage.says("writer", THERE, "/ai-implement").await;
    stage.hears(THERE, "**Queued.**").await;
    stage.idle().await;
    let queued = claim_in(stage, REPO, "queued").await;
    takes_back(stage, &queued, queued.epoch).await;
    assert_eq!(claim_in(stage, REPO, "withdrawn").await.id, queued.id);
    stage.hears(THERE, "**Cancelled.** `orchestrator` took this command back").await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.sweeps_for(2).await;
    assert_eq!((stage.dispatches(), stage.said(THERE).len()), (1, 1));
}

async fn a_run_is_cancelled_at_github_whatever_dispatch_the_word_is_about(stage: &Stage) {
    let run = started(stage).await;
    let claim = claim_in(stage, REPO, "started").await;
    takes_back(stage, &claim, claim.epoch + 7).await;
    assert_eq!(stage.cancelled_runs(1).await, [run]);
    let told = stage.hears(HERE, "**Cancelled.**").await.body;
    assert!(told.contains("`orchestrator` cancelled it"), "{told}");
    stage.idle().await;
    assert_eq!(claim_in(stage, REPO, "cancelled").await.id, claim.id);
}

/// It wrote the wish down, and died before it had asked GitHub.
async fn what_a_worker_left_undone_is_done_when_the_word_comes_again(stage: &Stage) {
    let run = started(stage).await;
    let claim = claim_in(stage, REPO, "started").await;
    let Cancelled::Asked(asked) = claim.cancelled("orchestrator", stage.hand_time()) else { panic!("it has a run") };
    assert!(stage.system.worker().dispatches.advance(&claim, &asked).await.expect("a working table"));
    takes_back(stage, &claim, claim.epoch).await;
    assert_eq!(stage.cancelled_runs(1).await, [run]);
    stage.hears(HERE, "**Cancelled.**").await;
}

async fn what_has_ended_stays_as_it_was(stage: &Stage) {
    let run = started(stage).await;
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears(HERE, "**Succeeded.**").await;
    stage.idle().await;
    let (before, said) = (claim_in(stage, REPO, "succeeded").await, stage.said(HERE));
    let asked = stage.sandbox.requests().len();
    takes_back(stage, &before, before.epoch).await;
    assert_eq!((claim_in(stage, REPO, "succeeded").await, stage.said(HERE)), (before, said));
    assert_eq!(stage.sandbox.requests().len(), asked, "GitHub was asked for nothing");
}
