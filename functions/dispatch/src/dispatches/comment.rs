//! A comment that a repository's own workflow noticed: it becomes the same claim as one that GitHub told us of.
//!
//! Owns reading it from GitHub, so that nobody can give it other words or another author. What follows is the comment's own
//! way: the commenter's permission is read by the worker.

use aws::Taken;
use axum::Json;
use axum::response::{IntoResponse, Response};
use dispatch_view::DispatchView;
use domain::claim::Claim;
use domain::command::Command;
use domain::ids::CommentId;
use domain::message::{CommentCommand, Commenter, Message, SubjectKind};
use domain::run_kind::RunKind;
use github::{GitHubError, Repository};
use http::StatusCode;
use records::store_failed;
use web::{ApiError, Problem};

use super::target::Target;
use super::{new_claim_id, preview};
use crate::caller::Caller;
use crate::state::State;
use crate::store::github_failed;

/// Takes the claim of a comment and queues it as the webhook would have.
pub(super) async fn take(
    state: &State,
    caller: &Caller,
    target: Target,
    comment: CommentId,
    is_preview: bool,
) -> Result<Response, ApiError> {
    let (installation, repository) = target.at_github(state).await?;
    let command = command(&target, &repository, comment).await?;
    for kind in kinds(command.subject) {
        target.admit(caller, *kind)?;
    }
    let command = CommentCommand { installation: Some(installation), ..command };
    let now = state.clock.now();
    let claim = Claim::receive(new_claim_id(now), command.clone(), now);
    if is_preview {
        return Box::pin(preview::of_claim(state, &claim)).await;
    }
    let taken = state.dispatches.take(claim).await.map_err(store_failed)?;
    let status = if matches!(taken, Taken::New(_)) { StatusCode::ACCEPTED } else { StatusCode::OK };
    let (Taken::New(claim) | Taken::Existing(claim)) = taken;
    // Whoever was first may have died before the queue had it; the queue knows a repeated one.
    state.queue.send(&Message::Comment(command)).await.map_err(|error| ApiError::Unavailable(error.into()))?;
    Ok((status, Json(DispatchView::of(&claim))).into_response())
}

async fn command(target: &Target, repository: &Repository, comment: CommentId) -> Result<CommentCommand, ApiError> {
    let found = match repository.comment(comment).await {
        Ok(found) => found,
        Err(GitHubError::NotFound { .. }) => return Err(no_command("There is no such comment.").into()),
        Err(error) => return Err(github_failed(error)),
    };
    let (thread, described) =
        tokio::try_join!(repository.thread(found.number), repository.description()).map_err(github_failed)?;
    let author = found.author.filter(|author| author.is_person && !found.by_app);
    let author = author.ok_or_else(|| no_command("Only a person's comment is a command."))?;
    if found.updated_at != found.created_at {
        return Err(no_command("An edited comment is no command: somebody else may have written it.").into());
    }
    if thread.is_locked {
        return Err(no_command("The conversation is locked.").into());
    }
    let command = Command::parse(&found.body).ok_or_else(|| no_command("The comment is no command."))?;
    Ok(CommentCommand {
        repo: domain::message::RepoRef {
            id: target.repo_id,
            name: described.name,
            default_branch: described.default_branch,
        },
        installation: None,
        subject: thread.subject,
        number: found.number,
        comment,
        commenter: Commenter { id: author.id, login: author.login },
        commented_at: found.created_at,
        command,
        after: None,
    })
}

/// What a command there may come to.
const fn kinds(subject: SubjectKind) -> &'static [RunKind] {
    match subject {
        SubjectKind::PullRequest => &[RunKind::GapFill],
        SubjectKind::Issue => &[RunKind::Plan, RunKind::Implement],
    }
}

fn no_command(detail: &'static str) -> Problem {
    Problem::new(StatusCode::BAD_REQUEST, "NO_COMMAND", detail)
}
