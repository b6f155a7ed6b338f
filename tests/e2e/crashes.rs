//! A worker that died on the way: what it left in the table is put there, and its message comes again.

use std::num::NonZeroU32;

use aws::{Begun, SecretSource, Taken};
use clock::Clock;
use domain::claim::{Claim, ClaimId, DISPATCH_LEASE, DispatchOrder, Nonce, RunRef};
use domain::decide::Room;
use domain::ids::RunId;
use domain::message::CommentCommand;
use github_app::GitHubAccess;
use jiff::SignedDuration;
use serde_json::json;

use crate::conversation::conversations;
use crate::stage::{Stage, fresh_sandbox, works_on, works_on_until};

conversations![alone:
    after_the_claim_the_command_is_carried_out,
    after_the_intent_nothing_is_sent_again,
    after_the_answer_only_the_comment_is_left_to_write,
    after_the_comment_nothing_is_said_twice,
    what_lambda_would_cut_off_is_not_begun,
    a_rotated_app_key_is_read_by_the_next_attempt,
];

/// The dead worker took the command.
pub(crate) async fn taken(stage: &Stage, command: &CommentCommand) -> Claim {
    let claim = Claim::receive(ClaimId::from_parts(1, 1), command.clone(), stage.hand_time());
    match stage.system.worker().dispatches.take(claim).await.expect("a working table") {
        Taken::New(claim) => claim,
        Taken::Existing(_) => panic!("the command is new"),
    }
}

/// A worker that is dead now took a command and wrote its intent.
pub(crate) async fn intended(stage: &Stage, command: &CommentCommand) -> Claim {
    let order: DispatchOrder = serde_json::from_str(
        r#"{"kind":"gap-fill","workflow_file":"claude-implement.yml","git_ref":"main","provider":{"name":"anthropic"},
        "ticket":{"id":"1","identifier":"ENG-42","title":"t","description":"d","origin":"metadata-block"}}"#,
    )
    .expect("an order");
    let received = taken(stage, command).await;
    let intended = received.intend(order, Nonce::new(1), stage.hand_time()).expect("from received");
    let room = Room { slots: NonZeroU32::new(3).expect("not zero"), runs_a_day: None };
    let begun = stage.system.worker().dispatches.begin(&received, &intended, room).await;
    assert_eq!(begun.expect("a working table"), Begun::Written);
    intended
}

/// It recorded GitHub's answer.
async fn dispatched(stage: &Stage, command: &CommentCommand) -> Claim {
    let intended = intended(stage, command).await;
    let run = RunRef::first(RunId::new(31), "https://github.com/octo/anthropic/actions/runs/31".into());
    let dispatched = intended.dispatched(run, stage.hand_time()).expect("from dispatching");
    assert!(stage.system.worker().dispatches.advance(&intended, &dispatched).await.expect("a working table"));
    dispatched
}

fn dispatch_requests(stage: &Stage) -> usize {
    stage.sandbox.requests().iter().filter(|it| it.path.ends_with("/dispatches")).count()
}

async fn after_the_claim_the_command_is_carried_out(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    let claim = taken(stage, &command).await;
    assert!(stage.works_on(&command).await);
    let dispatch = stage.dispatched(1).await;
    assert_eq!(dispatch.inputs["claim_id"], claim.id.to_string());
    stage.hears("octo/anthropic#1", "**Dispatched.**").await;
}

async fn after_the_intent_nothing_is_sent_again(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    intended(stage, &command).await;
    assert!(!stage.works_on(&command).await, "while the lease lasts, the message waits");
    stage.hand.advance(DISPATCH_LEASE);
    assert!(stage.works_on(&command).await);
    stage.hears("octo/anthropic#1", "`DISPATCH_IN_DOUBT`").await;
    assert_eq!(dispatch_requests(stage), 0);
}

async fn after_the_answer_only_the_comment_is_left_to_write(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    dispatched(stage, &command).await;
    assert!(stage.works_on(&command).await);
    stage.hears("octo/anthropic#1", "/actions/runs/31").await;
    assert_eq!(dispatch_requests(stage), 0);
}

/// A dispatch whose answer nobody could wait for would be a doubt that we made ourselves.
async fn what_lambda_would_cut_off_is_not_begun(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    let worker = stage.system.worker();
    assert!(!works_on_until(worker, &command, stage.hand_time() + SignedDuration::from_secs(34)).await);
    assert_eq!((dispatch_requests(stage), stage.claim_of(&command).await.state.name()), (0, "received"));
    assert!(works_on_until(worker, &command, stage.hand_time() + SignedDuration::from_secs(35)).await);
    stage.dispatched(1).await;
}

async fn after_the_comment_nothing_is_said_twice(stage: &Stage) {
    let command = stage.unheard("writer", "octo/anthropic#1");
    dispatched(stage, &command).await;
    for _ in 0..3 {
        assert!(stage.works_on(&command).await);
    }
    assert_eq!((stage.said("octo/anthropic#1").len(), dispatch_requests(stage)), (1, 0));
}

/// Not a death, but survived like one: a warm worker whose key GitHub has ceased to accept.
async fn a_rotated_app_key_is_read_by_the_next_attempt(stage: &Stage) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("app.json");
    let write_key = |pem: String| {
        let secret = json!({"app_id": stage.sandbox.app().app_id, "private_key": pem}).to_string();
        std::fs::write(&file, secret).expect("writable");
    };
    write_key(fresh_sandbox().app().private_key_pem);
    let mut worker = stage.system.worker().clone();
    let clock = Clock::Manual(stage.hand.clone());
    worker.github = GitHubAccess::new(stage.sandbox.url(), SecretSource::File(file.clone()), clock);
    let command = stage.unheard("writer", "octo/anthropic#1");
    assert!(!works_on(&worker, &command).await, "GitHub does not accept the old key");
    write_key(stage.sandbox.app().private_key_pem);
    assert!(works_on(&worker, &command).await);
    assert_eq!(stage.dispatches(), 1);
}
