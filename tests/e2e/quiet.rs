//! What is no command leaves no trace anywhere: no reaction, no comment, no record, not even a request.

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    what_is_no_command_leaves_no_trace,
    a_bot_is_not_heard,
    an_edit_is_not_heard,
    a_locked_conversation_is_not_heard
];

fn nothing_happened(stage: &Stage) {
    assert_eq!(stage.system.queue().depth(), 0, "nothing was queued");
    assert_eq!(stage.sandbox.requests().len(), 0, "nothing was asked of GitHub");
    assert!(stage.sandbox.look(|world| world.reactions.is_empty() && world.dispatches.is_empty()));
}

async fn what_is_no_command_leaves_no_trace(stage: &Stage) {
    for body in [
        "thanks!",
        "please /ai-implement",
        "thanks\n/ai-implement",
        "> /ai-implement",
        "```\n/ai-implement\n```",
        "    /ai-implement",
        "<!-- /ai-implement -->",
        "/AI-Implement",
        "/ai-implemented",
        "\u{200b}/ai-implement",
    ] {
        stage.says("writer", "octo/anthropic#1", body).await;
    }
    nothing_happened(stage);
}

async fn a_bot_is_not_heard(stage: &Stage) {
    stage.says("helper[bot]", "octo/anthropic#1", "/ai-implement").await;
    nothing_happened(stage);
}

async fn an_edit_is_not_heard(stage: &Stage) {
    let comment = stage.says("writer", "octo/anthropic#1", "looks good").await;
    stage.sandbox.edit_comment(comment, "/ai-implement").await.expect("the comment is there");
    stage.sandbox.delete_comment(comment).await.expect("the comment is there");
    nothing_happened(stage);
}

async fn a_locked_conversation_is_not_heard(stage: &Stage) {
    stage.at_github(|world| world.issue_mut("octo/anthropic", 1).expect("a pull request").locked = true);
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    nothing_happened(stage);
}
