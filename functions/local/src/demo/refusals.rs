//! Scenes 9 and 10: commands that start nothing, and a comment that is none.
//!
//! The same refusal is explained to the same person on the same pull request once an hour, so a second story within
//! the hour gets 😕 only, and says so. Never takes a missing explanation for that without seeing the earlier one.

use std::time::{Duration, Instant};

use super::sandbox_client::NewComment;
use super::world::{Comment, Posted, World};
use super::{ACCEPTED, BEDROCK, DemoError, EXPLANATION_PATIENCE, IGNORED, PULL_REQUEST, Stage};

const BY_A_READER: NewComment =
    NewComment { user: "reader", repo: "octo/anthropic", number: PULL_REQUEST, body: "/ai-implement" };
const ON_A_FORK: NewComment = NewComment { user: "writer", repo: BEDROCK, number: 2, body: "/ai-implement" };
const IN_A_FENCE: NewComment = NewComment {
    user: "writer",
    repo: BEDROCK,
    number: PULL_REQUEST,
    body: "```\n/ai-implement\n```\nis what you comment to start a run.",
};

/// How long 😕 is waited for: it is let go where GitHub leaves no room for it.
const REACTION_PATIENCE: Duration = Duration::from_secs(3);

pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.terminal.heading("9  Not everybody may")?;
    stage.terminal.prose("`reader` has read permission only, and comments `/ai-implement` on `octo/anthropic#1`.")?;
    refused(stage, &BY_A_READER, "NOT_AUTHORIZED").await?;
    stage.terminal.heading("10  Not everywhere, and not every mention")?;
    stage.terminal.prose("`writer` comments it on `octo/bedrock#2`, a pull request that comes from a fork.")?;
    refused(stage, &ON_A_FORK, "FORK_PR").await?;
    mentioned(stage).await
}

async fn refused(stage: &mut Stage<'_>, command: &NewComment, code: &str) -> Result<(), DemoError> {
    let at = Instant::now();
    let comment = stage.sandbox.post(command, ACCEPTED).await?;
    let is_refused = |world: &World| world.has_reaction(&comment, "confused").then_some(());
    if stage.sandbox.watch(REACTION_PATIENCE, is_refused).await?.is_ok() {
        stage.terminal.moment(at.elapsed(), "😕 on the comment: there will be no run.")?;
    } else {
        stage.terminal.prose("There is no 😕: of all that GitHub lets an App write, reactions are left out first.")?;
    }
    let (explanation, is_new) = explanation(stage, &comment, code).await?;
    let mut title = format!("ai-implement[bot] on {}#{}", command.repo, command.number);
    if !is_new {
        stage.terminal.prose(
            "Nothing is written this time: the same refusal is explained to the same person on the same pull request \
             once an hour. The earlier explanation still stands there:",
        )?;
        title.push_str(", earlier");
    }
    Ok(stage.terminal.shown_comment(&title, &explanation.body)?)
}

/// The explanation that the comment gets, or the one of before, and whether it is new.
async fn explanation(stage: &Stage<'_>, comment: &Posted, code: &str) -> Result<(Comment, bool), DemoError> {
    let find = |world: &World| world.refusal_of(comment).cloned();
    let world = stage.sandbox.world().await?;
    if let Some(earlier) = world.earlier_refusal(comment, code) {
        let new = stage.sandbox.watch(EXPLANATION_PATIENCE, find).await?.ok();
        return Ok(new.map_or_else(|| (earlier.clone(), false), |new| (new, true)));
    }
    let new = stage.sandbox.wait_for(comment, "a comment that explains the refusal", find).await?;
    Ok((new, true))
}

async fn mentioned(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.terminal.gap()?;
    stage.terminal.prose("And a comment that only shows the command, in a code fence:")?;
    stage.terminal.typed_comment(&format!("writer on {BEDROCK}#{PULL_REQUEST}"), IN_A_FENCE.body)?;
    let at = Instant::now();
    let comment = stage.sandbox.post(&IN_A_FENCE, IGNORED).await?;
    stage.terminal.moment(at.elapsed(), "The webhook answers 200: read, and not for us. Commands get 202.")?;
    let world = stage.sandbox.world().await?;
    if world.is_without_trace(&comment) {
        stage.terminal.prose("It is not in the queue, so nothing will come of it: no reaction, no answer, no run.")?;
        return Ok(());
    }
    Err(DemoError::OtherWorld(format!("A comment in a code fence has left a trace: {}.", world.fate_of(&comment))))
}
