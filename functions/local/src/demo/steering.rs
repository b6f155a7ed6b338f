//! Scenes 6 to 8: a run that is stopped, one that fails, and the list of all that was started.
//!
//! Owns how the conversation is left: with a run at work that will succeed, so that the next story begins with a plan
//! again. Never lets a run fail that is not the story's own.

use super::command::{self, Given, Shown};
use super::sandbox_client::{NewComment, NewFailure};
use super::world::{Comment, Dispatch, World};
use super::{DemoError, ISSUE, ISSUES_REPO, Stage};

const CANCEL: NewComment =
    NewComment { user: "maintainer", repo: ISSUES_REPO, number: ISSUE, body: "/ai-implement cancel" };
const RETRY: NewComment = NewComment { user: "writer", repo: ISSUES_REPO, number: ISSUE, body: "/ai-implement retry" };
const STATUS: NewComment =
    NewComment { user: "maintainer", repo: ISSUES_REPO, number: ISSUE, body: "/ai-implement status" };
/// What GitHub shows of a run whose key Anthropic does not accept.
const FAILURE: NewFailure = NewFailure {
    job: "implement",
    step: "Run Claude Code",
    annotation: r#"API Error: 401 {"type":"error","error":{"type":"authentication_error","message":"invalid x-api-key"}}"#,
};

/// `at_work` is the run that is stopped.
pub(super) async fn play(stage: &mut Stage<'_>, at_work: &Dispatch) -> Result<(), DemoError> {
    stop(stage, at_work).await?;
    fail(stage).await?;
    look_back(stage).await
}

async fn stop(stage: &mut Stage<'_>, at_work: &Dispatch) -> Result<(), DemoError> {
    stage.terminal.heading("6  Stopping it")?;
    stage.terminal.prose("While that run is at work, `maintainer` comments:")?;
    let given = command::give(stage, &CANCEL).await?;
    let answer = answer(stage, &given).await?;
    stage.terminal.moment(given.at.elapsed(), answer.first_line())?;
    let status = command::end(stage, &given, at_work).await?;
    stage.terminal.moment(given.at.elapsed(), status.first_line())?;
    Ok(())
}

async fn fail(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.terminal.heading("7  When it fails")?;
    stage.terminal.prose("`writer` wants it done all the same:")?;
    let (given, dispatch) = command::until_dispatched(stage, &RETRY, Shown::TheDispatch).await?;
    command::until_running(stage, &given, &dispatch).await?;
    stage.sandbox.fail(dispatch.run_id, &FAILURE).await?;
    stage.terminal.gap()?;
    stage.terminal.prose("The sandbox lets this run fail, as one does whose key is not accepted. It leaves a note:")?;
    stage.terminal.typed_comment(&format!("{} › {}", FAILURE.job, FAILURE.step), FAILURE.annotation)?;
    let status = command::end(stage, &given, &dispatch).await?;
    stage
        .terminal
        .moment(given.at.elapsed(), "The status comment names the job, the step and the cause, and says what to do:")?;
    stage.terminal.shown_comment(&format!("ai-implement[bot] on {ISSUES_REPO}#{ISSUE}"), &status.body)?;
    Ok(())
}

async fn look_back(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    stage.terminal.heading("8  Looking back")?;
    stage.terminal.prose("Say that the key was renewed. `writer` asks once more:")?;
    let (given, dispatch) = command::until_dispatched(stage, &RETRY, Shown::TheDispatch).await?;
    let status = command::status(stage, &given, &dispatch).await?;
    stage.terminal.moment(given.at.elapsed(), status.first_line())?;
    stage.terminal.gap()?;
    stage.terminal.prose("`maintainer` would like to know what became of all this:")?;
    let given = command::give(stage, &STATUS).await?;
    let answer = answer(stage, &given).await?;
    stage.terminal.moment(given.at.elapsed(), "The App answers with everything that was started here:")?;
    stage.terminal.shown_comment(&format!("ai-implement[bot] on {ISSUES_REPO}#{ISSUE}"), &answer.body)?;
    Ok(())
}

async fn answer(stage: &Stage<'_>, given: &Given) -> Result<Comment, DemoError> {
    let find = |world: &World| world.answer_to(&given.comment).cloned();
    stage.sandbox.wait_for(&given.comment, "an answer", find).await
}
