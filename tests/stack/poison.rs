//! Messages that can't be worked on: who learns of it, and who must not notice.

use std::time::Duration;

use domain::message::{Message, VERSION};

use crate::commands::unheard;
use crate::stage::Stage;
use crate::wait::until;

/// All attempts with their pauses, and a cold start or two.
const ATTEMPTS_TAKE: Duration = Duration::from_mins(2);
/// A text that no version of ours wrote.
const STRANGER: &str = "neither JSON nor ours";
/// What the answers are known by.
const HELP: &str = "- `/ai-implement plan`";
const NOT_CERTAIN: &str = "**Not certain.**";

/// A command that another release queued, and a text that is no message of ours: the commenter is told, both are kept as
/// dead letters, and the others don't wait for them.
pub(crate) async fn what_always_fails_is_given_up(stage: &Stage<'_>) {
    stage.queues(STRANGER, "nobody#1", "once").await;
    let command = unheard(stage, "maintainer", "octo/bedrock", 5, "/ai-implement");
    let ours = Message::Comment(command.clone()).to_json();
    let later_release = ours.replacen(&format!(r#""v":{VERSION}"#), r#""v":9"#, 1);
    assert_ne!(later_release, ours);
    stage.queues(&later_release, &command.group_id(), "of-a-later-release").await;
    let behind = stage.says("writer", "octo/bedrock#5", "/ai-implement help").await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement help").await;

    stage.hears("octo/anthropic#1", HELP).await;
    assert!(
        stage.said("octo/bedrock#5").iter().all(|text| !text.contains(NOT_CERTAIN))
            && stage.reactions(behind).is_empty(),
        "the innocent wait for nobody, and whoever comes behind it does"
    );

    let told = stage.hears("octo/bedrock#5", NOT_CERTAIN).await;
    assert!(told.body.contains("`GAVE_UP`"), "{}", told.body);
    let mut letters = Vec::new();
    until(ATTEMPTS_TAKE, "both are dead letters", async || {
        letters.extend(stage.takes_dead_letters().await);
        (letters.len() >= 2).then_some(())
    })
    .await;
    letters.sort();
    let mut expected = [STRANGER.to_owned(), later_release];
    expected.sort();
    assert_eq!(letters, expected);
    let answer = stage.hears("octo/bedrock#5", HELP).await;
    assert!(told.id < answer.id, "the one behind it comes after it");
}
