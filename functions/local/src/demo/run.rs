//! Scenes 2 to 4: the command, the dispatch that it leads to, and the status comment that follows the run.
//!
//! Owns asking again when an earlier run holds the pull request. Never asks while that run is still at work.

use std::time::{Duration, Instant};

use super::markdown::as_text;
use super::sandbox_client::NewComment;
use super::terminal::Fact;
use super::world::{Comment, Dispatch, Posted, World};
use super::{ACCEPTED, BEDROCK, DemoError, EXPLANATION_PATIENCE, PULL_REQUEST, Stage};

const COMMAND: NewComment = NewComment {
    user: "writer",
    repo: BEDROCK,
    number: PULL_REQUEST,
    body: "/ai-implement\nThe upload page should say how often a failed upload was tried again.",
};
/// The inputs that make a run use Bedrock.
const PROVIDER_INPUTS: [&str; 2] = ["provider", "aws_region"];
/// How often the command is given before the story is given up. More than two take somebody else's commands.
const ATTEMPTS: u32 = 3;
/// The reason code of a pull request that another run holds.
const IN_FLIGHT: &str = "IN_FLIGHT";
const EYES: &str = "👀 on the comment: it is being looked at.";
/// How long a reaction is waited for: the product lets one go when GitHub won't take it, and so does the story. Shorter
/// than a run's wait for its runner, so that no edit is seen late.
const REACTION_PATIENCE: Duration = Duration::from_millis(500);

/// A command of ours, and when it was given.
struct Given {
    comment: Posted,
    at: Instant,
}

/// What came of the command.
enum Answer {
    Dispatched(Dispatch),
    Refused,
}

pub(super) async fn play(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.terminal.heading("2  The command")?;
    let (given, dispatch) = command_until_dispatched(stage).await?;
    show_dispatch(stage, &dispatch)?;
    follow(stage, &given, &dispatch).await
}

async fn command_until_dispatched(stage: &mut Stage<'_>) -> Result<(Given, Dispatch), DemoError> {
    stage.terminal.prose("`writer`, who has write permission, comments on it:")?;
    stage.terminal.typed_comment(&format!("writer on {BEDROCK}#{PULL_REQUEST}"), COMMAND.body)?;
    for _ in 0..ATTEMPTS {
        let at = Instant::now();
        let given = Given { comment: stage.sandbox.post(&COMMAND, ACCEPTED).await?, at };
        stage.terminal.moment(at.elapsed(), "The signed webhook is answered 202: the command is in the queue.")?;
        match answer(stage, &given).await? {
            Answer::Dispatched(dispatch) => return Ok((given, dispatch)),
            Answer::Refused => wait_for_the_holder(stage, &given).await?,
        }
    }
    Err(DemoError::Refused(format!(
        "other runs came first on {BEDROCK}#{PULL_REQUEST}, {ATTEMPTS} times; try again when they have ended"
    )))
}

/// Waits for the dispatch, or for the refusal. The eyes are shown beside the work: they may come first or last.
async fn answer(stage: &mut Stage<'_>, given: &Given) -> Result<Answer, DemoError> {
    let comment = &given.comment;
    let mut eyes_after = None;
    let find = |world: &World| {
        if eyes_after.is_none() && world.has_reaction(comment, "eyes") {
            eyes_after = Some(given.at.elapsed());
        }
        let refused = world.has_reaction(comment, "confused") || world.refusal_of(comment).is_some();
        let dispatched = world.dispatch_for(comment).cloned().map(Answer::Dispatched);
        dispatched.or_else(|| refused.then_some(Answer::Refused))
    };
    let answer = stage.sandbox.wait_for(comment, "a dispatch to GitHub, or a refusal,", find).await?;
    let answered_after = given.at.elapsed();
    if let Some(after) = eyes_after {
        stage.terminal.moment(after, EYES)?;
    }
    if matches!(answer, Answer::Dispatched(_)) {
        stage.terminal.moment(answered_after, "**GitHub has the dispatch.**")?;
    }
    if eyes_after.is_none() {
        show_reaction(stage, given, "eyes", EYES).await?;
    }
    Ok(answer)
}

async fn show_reaction(stage: &mut Stage<'_>, given: &Given, content: &str, says: &str) -> Result<(), DemoError> {
    let find = |world: &World| world.has_reaction(&given.comment, content).then_some(());
    if stage.sandbox.watch(REACTION_PATIENCE, find).await?.is_ok() {
        stage.terminal.moment(given.at.elapsed(), says)?;
    }
    Ok(())
}

/// One run at a time works on a pull request: an earlier one, of a person or of this story, may be at it still.
async fn wait_for_the_holder(stage: &mut Stage<'_>, given: &Given) -> Result<(), DemoError> {
    let (comment, refused_after) = (&given.comment, given.at.elapsed());
    let explained = stage.sandbox.watch(EXPLANATION_PATIENCE, |world| world.refusal_of(comment).cloned()).await?;
    let other_reason = match &explained {
        Ok(refusal) => (!refusal.body.contains(IN_FLIGHT)).then(|| as_text(refusal.first_line())),
        // The same refusal is explained once an hour.
        Err(world) => world.earlier_refusal(comment, IN_FLIGHT).is_none().then(|| world.fate_of(comment)),
    };
    if let Some(reason) = other_reason {
        return Err(DemoError::Refused(reason));
    }
    stage.terminal.moment(
        refused_after,
        "😕 `IN_FLIGHT`: an earlier run is still at work on this pull request, and there is never more than one. The \
         story waits for its end.",
    )?;
    let is_free = |world: &World| world.holder(comment).is_none().then_some(());
    stage.sandbox.wait_for(comment, "the end of the earlier run", is_free).await?;
    Ok(stage.terminal.prose("It has ended. `writer` comments once more:")?)
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

async fn follow(stage: &mut Stage<'_>, given: &Given, dispatch: &Dispatch) -> Result<(), DemoError> {
    let expected = "the status comment";
    let find = |world: &World| world.status_of(dispatch).cloned();
    let mut status = stage.sandbox.wait_for(&given.comment, expected, find).await?;
    stage.terminal.heading("4  The status comment")?;
    stage.terminal.prose("The App answers with one comment, and edits that one as the run goes on:")?;
    stage.terminal.shown_comment(&format!("ai-implement[bot] on {BEDROCK}#{PULL_REQUEST}"), &status.body)?;
    show_reaction(stage, given, "rocket", "🚀 on the command's comment.").await?;
    while status.is_under_way() {
        status = next_edit(stage, given, dispatch, &status).await?;
        stage.terminal.moment(given.at.elapsed(), status.first_line())?;
    }
    Ok(())
}

async fn next_edit(
    stage: &Stage<'_>,
    given: &Given,
    dispatch: &Dispatch,
    last: &Comment,
) -> Result<Comment, DemoError> {
    let find = |world: &World| world.status_of(dispatch).filter(|status| status.body != last.body).cloned();
    stage.sandbox.wait_for(&given.comment, "the next edit of the status comment", find).await
}
