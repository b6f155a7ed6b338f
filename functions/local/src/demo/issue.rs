//! Scene 5: from an issue to its plan, and from the plan to its implementation.
//!
//! Owns beginning with a plan, whatever an earlier command left: an issue that is planned already is implemented first.
//! Never comments between plan and implementation.

use super::command::{self, ATTEMPTS, Given, Shown};
use super::sandbox_client::NewComment;
use super::world::{Dispatch, World};
use super::{DemoError, ISSUE, ISSUES_REPO, Stage};

const COMMAND: NewComment = NewComment { user: "writer", repo: ISSUES_REPO, number: ISSUE, body: "/ai-implement" };
/// The workflow that plans.
const PLANNING: &str = "claude-plan.yml";

/// Ends with the implementation at work.
pub(super) async fn play(stage: &mut Stage<'_>) -> Result<Dispatch, DemoError> {
    stage.terminal.heading("5  From an issue")?;
    let world = stage.sandbox.world().await?;
    let missing = || DemoError::OtherWorld(format!("There is no open issue {ISSUE} in {ISSUES_REPO}."));
    let issue = world.issue(ISSUES_REPO, ISSUE).filter(|issue| issue.state == "open").ok_or_else(missing)?;
    stage.terminal.prose(&format!(
        "An issue is planned before it is implemented. `writer` comments on “{}”, in a repository that is mapped to \
         the Anthropic API:",
        issue.title
    ))?;
    let (given, plan) = until_planned(stage).await?;
    stage.terminal.gap()?;
    stage.terminal.prose(&format!("It is a run of `{}`. Its status comment, as it changes:", plan.workflow))?;
    let status = command::until_running(stage, &given, &plan).await?;
    let status = command::follow(stage, &given, &plan, status).await?;
    let implementation = implementation(stage, &given, &plan).await?;
    let after = given.at.elapsed();
    if let Some(last) = status.last_words() {
        stage.terminal.gap()?;
        stage.terminal.prose(&format!("“{last}” Nobody has to ask, and it has a status comment of its own:"))?;
    }
    stage.terminal.moment(
        after,
        &format!("**GitHub has the dispatch** of `{}`, {}.", implementation.workflow, inputs_of_note(&implementation)),
    )?;
    command::until_running(stage, &given, &implementation).await?;
    Ok(implementation)
}

/// Comments until the command leads to a plan.
async fn until_planned(stage: &mut Stage<'_>) -> Result<(Given, Dispatch), DemoError> {
    for _ in 0..ATTEMPTS {
        let (given, dispatch) = command::until_dispatched(stage, &COMMAND, Shown::TheDispatch).await?;
        if dispatch.workflow == PLANNING {
            return Ok((given, dispatch));
        }
        stage.terminal.prose(&format!(
            "It is a run of `{}`: an earlier command left a plan here. The story waits for its end; an issue that is \
             implemented is planned anew.",
            dispatch.workflow
        ))?;
        let status = command::status(stage, &given, &dispatch).await?;
        command::follow(stage, &given, &dispatch, status).await?;
        stage.terminal.prose("`writer` comments once more:")?;
    }
    Err(DemoError::Refused(format!("{ISSUES_REPO}#{ISSUE} is not planned; is `planningEnabled` off in its mapping?")))
}

async fn implementation(stage: &Stage<'_>, given: &Given, plan: &Dispatch) -> Result<Dispatch, DemoError> {
    let find = |world: &World| world.dispatch_after(&given.comment, plan).cloned();
    stage.sandbox.wait_for(&given.comment, "the implementation's dispatch", find).await
}

fn inputs_of_note(dispatch: &Dispatch) -> String {
    match dispatch.inputs.get("pr_number").map(String::as_str) {
        None | Some("") => "with an empty `pr_number`".to_owned(),
        Some(number) => format!("with the `pr_number` {number}"),
    }
}
