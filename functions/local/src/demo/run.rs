//! Scenes 2 to 4: the command, the dispatch that it leads to, and the status comment that follows the run.
//!
//! Owns what is shown of them. Never waits for anything itself: that is `command`'s.

use super::command::{self, Given, Shown};
use super::sandbox_client::NewComment;
use super::terminal::Fact;
use super::world::Dispatch;
use super::{BEDROCK, DemoError, PULL_REQUEST, Stage};

const COMMAND: NewComment = NewComment {
    user: "writer",
    repo: BEDROCK,
    number: PULL_REQUEST,
    body: "/ai-implement\nThe upload page should say how often a failed upload was tried again.",
};
/// The inputs that make a run use Bedrock.
const PROVIDER_INPUTS: [&str; 2] = ["provider", "aws_region"];

pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.terminal.heading("2  The command")?;
    stage.terminal.prose("`writer`, who has write permission, comments on it:")?;
    let (given, dispatch) = command::until_dispatched(stage, &COMMAND, Shown::EachStep).await?;
    show_dispatch(stage, &dispatch)?;
    show_status(stage, &given, &dispatch).await
}

fn show_dispatch(stage: &mut Stage<'_>, dispatch: &Dispatch) -> Result<(), DemoError> {
    let terminal = &mut stage.terminal;
    terminal.heading("3  The dispatch")?;
    terminal.prose(&format!(
        "GitHub was asked to run `{}` at `{}`: the default branch, since a pull request never supplies its own workflow \
         file. These are the inputs, exactly as they were sent; the marked ones choose the provider.",
        dispatch.workflow, dispatch.reference
    ))?;
    terminal.gap()?;
    let facts = dispatch.inputs.iter().map(|(name, value)| Fact {
        name: name.clone(),
        value: value.clone(),
        marked: PROVIDER_INPUTS.contains(&name.as_str()),
    });
    let (mut marked, others): (Vec<Fact>, Vec<Fact>) = facts.partition(|fact| fact.marked);
    marked.extend(others);
    terminal.facts(&marked)?;
    Ok(())
}

async fn show_status(stage: &mut Stage<'_>, given: &Given, dispatch: &Dispatch) -> Result<(), DemoError> {
    let status = command::status(stage, given, dispatch).await?;
    stage.terminal.heading("4  The status comment")?;
    stage.terminal.prose("The App answers with one comment, and edits that one as the run goes on:")?;
    stage.terminal.shown_comment(&format!("ai-implement[bot] on {BEDROCK}#{PULL_REQUEST}"), &status.body)?;
    command::show_reaction(stage, given, "rocket", "🚀 on the command's comment.").await?;
    command::follow(stage, given, dispatch, status).await?;
    Ok(())
}
