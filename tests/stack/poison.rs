//! Messages that can't be worked on: who learns of it, and who must not notice.

use std::time::Duration;

use domain::message::Message;
use local::sandbox::Fault;

use crate::stage::{RECEIVES, Stage};
use crate::wait::until;

/// All attempts with their pauses, and a cold start or two.
const ATTEMPTS_TAKE: Duration = Duration::from_mins(2);
/// A text that no version of ours wrote.
const STRANGER: &str = "neither JSON nor ours";

/// GitHub fails one command for good, and a text that is no message of ours lies in the queue: the commenter is told,
/// both are kept as dead letters, and the others don't wait for them.
pub(crate) async fn what_always_fails_is_given_up(stage: &Stage<'_>) {
    stage.queues(STRANGER, "nobody#1", "once").await;
    let permission = "/repos/octo/bedrock/collaborators/maintainer/permission";
    stage.sandbox.script_fault(Fault { times: u32::MAX, status: Some(500), ..Fault::on("GET", permission) });
    let poison = stage.says("maintainer", "octo/bedrock#5", "/ai-implement").await;
    stage.sees(poison, "eyes").await;
    let behind = stage.says("writer", "octo/bedrock#5", "/ai-implement help").await;
    let beside = stage.says("writer", "octo/anthropic#1", "/ai-implement help").await;

    stage.hears("octo/anthropic#1", "- `/ai-implement plan`").await;
    let tries = stage.sandbox.fault_hits();
    assert!(
        tries < RECEIVES && stage.reactions(behind).is_empty(),
        "the innocent wait for nobody, after {tries} tries"
    );
    assert_eq!(stage.reactions(beside), ["eyes"]);

    let told = stage.hears("octo/bedrock#5", "`GAVE_UP`").await;
    let mut letters = Vec::new();
    until(ATTEMPTS_TAKE, "both are dead letters", async || {
        letters.extend(stage.takes_dead_letters().await);
        (letters.len() >= 2).then_some(())
    })
    .await;
    let (strange, ours): (Vec<String>, Vec<String>) = letters.into_iter().partition(|letter| letter == STRANGER);
    assert_eq!((strange.len(), ours.len()), (1, 1), "{strange:?} {ours:?}");
    let letter = Message::from_json(&ours[0]).expect("a message of ours");
    assert!(matches!(letter, Message::Comment(command) if command.comment.get() == poison), "{ours:?}");
    let answer = stage.hears("octo/bedrock#5", "- `/ai-implement plan`").await;
    assert!(told.id < answer.id, "the one behind it comes after it");
    stage.sandbox.clear_faults();
}
