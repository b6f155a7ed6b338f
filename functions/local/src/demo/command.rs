//! A command of the story: given until GitHub has its dispatch, and followed by its status comment.
//!
//! Owns asking again when an earlier run holds the conversation. Never asks while that run is still at work.

use std::time::{Duration, Instant};

use super::markdown::as_text;
use super::sandbox_client::NewComment;
use super::world::{Comment, Dispatch, Posted, World};
use super::{ACCEPTED, DemoError, EXPLANATION_PATIENCE, Stage};

/// How often a command is given before the story is given up. More than two take somebody else's commands.
pub(super) const ATTEMPTS: u32 = 3;
/// The reason code of a conversation that another run holds.
const IN_FLIGHT: &str = "IN_FLIGHT";
const QUEUED: &str = "The signed webhook is answered 202: the command is in the queue.";
const EYES: &str = "👀 on the comment: it is being looked at.";
/// How long a reaction is waited for: the product lets one go when GitHub won't take it, and so does the story. Shorter
/// than a run's wait for its runner, so that no edit is seen late.
const REACTION_PATIENCE: Duration = Duration::from_millis(500);

/// A command of ours, and when it was given.
pub(super) struct Given {
    pub(super) comment: Posted,
    pub(super) at: Instant,
}

/// How much is shown of a command's way to its dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    EachStep,
    TheDispatch,
}

/// What came of the command.
enum Answer {
    Dispatched(Dispatch),
    Refused,
}

/// Shows the comment, and makes it.
pub(super) async fn give(stage: &mut Stage<'_>, command: &NewComment) -> Result<Given, DemoError> {
    stage.terminal.typed_comment(&command.title(), command.body)?;
    post(stage, command).await
}

/// Shows the command, and gives it until GitHub has its dispatch.
pub(super) async fn until_dispatched(
    stage: &mut Stage<'_>,
    command: &NewComment,
    shown: Shown,
) -> Result<(Given, Dispatch), DemoError> {
    stage.terminal.typed_comment(&command.title(), command.body)?;
    for _ in 0..ATTEMPTS {
        let given = post(stage, command).await?;
        if shown == Shown::EachStep {
            stage.terminal.moment(given.at.elapsed(), QUEUED)?;
        }
        match answer(stage, &given, shown).await? {
            Answer::Dispatched(dispatch) => return Ok((given, dispatch)),
            Answer::Refused => wait_for_the_holder(stage, &given, command).await?,
        }
    }
    Err(DemoError::Refused(format!(
        "other runs came first on {}#{}, {ATTEMPTS} times; try again when they have ended",
        command.repo, command.number
    )))
}

/// The status comment of a dispatch, as soon as it is there.
pub(super) async fn status(stage: &Stage<'_>, given: &Given, dispatch: &Dispatch) -> Result<Comment, DemoError> {
    let find = |world: &World| world.status_of(dispatch).cloned();
    stage.sandbox.wait_for(&given.comment, "the status comment", find).await
}

/// Shows the first line of every edit, until the run is over.
pub(super) async fn follow(
    stage: &mut Stage<'_>,
    given: &Given,
    dispatch: &Dispatch,
    mut status: Comment,
) -> Result<Comment, DemoError> {
    while status.is_under_way() {
        status = next_edit(stage, given, dispatch, &status).await?;
        stage.terminal.moment(given.at.elapsed(), status.first_line())?;
    }
    Ok(status)
}

/// Shows the status comment's first line, and the next one's: the run has left GitHub's queue then.
pub(super) async fn until_running(
    stage: &mut Stage<'_>,
    given: &Given,
    dispatch: &Dispatch,
) -> Result<Comment, DemoError> {
    let status = status(stage, given, dispatch).await?;
    stage.terminal.moment(given.at.elapsed(), status.first_line())?;
    let status = next_edit(stage, given, dispatch, &status).await?;
    stage.terminal.moment(given.at.elapsed(), status.first_line())?;
    Ok(status)
}

/// The status comment when the run is over.
pub(super) async fn end(stage: &Stage<'_>, given: &Given, dispatch: &Dispatch) -> Result<Comment, DemoError> {
    let find = |world: &World| world.status_of(dispatch).filter(|status| !status.is_under_way()).cloned();
    stage.sandbox.wait_for(&given.comment, "the end of the run", find).await
}

/// Shows a reaction on the command's comment, where it comes in time.
pub(super) async fn show_reaction(
    stage: &mut Stage<'_>,
    given: &Given,
    content: &str,
    says: &str,
) -> Result<(), DemoError> {
    let find = |world: &World| world.has_reaction(&given.comment, content).then_some(());
    if stage.sandbox.watch(REACTION_PATIENCE, find).await?.is_ok() {
        stage.terminal.moment(given.at.elapsed(), says)?;
    }
    Ok(())
}

async fn post(stage: &Stage<'_>, command: &NewComment) -> Result<Given, DemoError> {
    let at = Instant::now();
    Ok(Given { comment: stage.sandbox.post(command, ACCEPTED).await?, at })
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

/// Waits for the dispatch, or for the refusal. The eyes are shown beside the work: they may come first or last.
async fn answer(stage: &mut Stage<'_>, given: &Given, shown: Shown) -> Result<Answer, DemoError> {
    let (comment, each_step) = (&given.comment, shown == Shown::EachStep);
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
    if let Some(after) = eyes_after.filter(|_| each_step) {
        stage.terminal.moment(after, EYES)?;
    }
    if matches!(answer, Answer::Dispatched(_)) {
        stage.terminal.moment(answered_after, "**GitHub has the dispatch.**")?;
    }
    if each_step && eyes_after.is_none() {
        show_reaction(stage, given, "eyes", EYES).await?;
    }
    Ok(answer)
}

/// One run at a time works in a conversation: an earlier one, of a person or of this story, may be at it still.
async fn wait_for_the_holder(stage: &mut Stage<'_>, given: &Given, command: &NewComment) -> Result<(), DemoError> {
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
        "😕 `IN_FLIGHT`: an earlier run is still at work here, and there is never more than one. The story waits for \
         its end.",
    )?;
    let is_free = |world: &World| world.holder(comment).is_none().then_some(());
    stage.sandbox.wait_for(comment, "the end of the earlier run", is_free).await?;
    Ok(stage.terminal.prose(&format!("It has ended. `{}` comments once more:", command.user))?)
}
