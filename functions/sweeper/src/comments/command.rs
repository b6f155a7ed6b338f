//! A command that was found in a repository, on its way into the queue.
//!
//! Owns that it becomes the same message that the webhook would have made of it, and that a known one becomes none. Never
//! judges it: that is the worker's.

use domain::command::Command;
use domain::message::{CommentCommand, Commenter, Message, RepoRef};
use environment::chain;
use github::{GitHubError, RecentComment, Repository};

use super::place::Home;
use crate::error::Undone;
use crate::state::State;

/// Queues a command, unless it is known or not to be heard; whether it was queued.
#[failpoint::everywhere]
pub(super) async fn queue_unless_known(
    state: &State,
    home: &Home,
    repository: &Repository,
    comment: &RecentComment,
    command: Command,
) -> Result<bool, Undone> {
    let key = CommentCommand::natural_key_of(home.id, comment.id);
    let Some(author) = &comment.author else { return Ok(false) };
    if state.dispatches.knows(&key).await? {
        return Ok(false);
    }
    let thread = match repository.thread(comment.number).await {
        Ok(thread) => thread,
        // Deleted, moved to another repository, or kept from us: the others behind it don't wait for it.
        Err(error @ (GitHubError::NotFound { .. } | GitHubError::Rejected { .. } | GitHubError::Forbidden { .. })) => {
            tracing::warn!(comment = comment.id.get(), error = %chain(&error), "a comment's conversation can't be read");
            return Ok(false);
        }
        Err(error) => return Err(error.into()),
    };
    let description = repository.description().await?;
    if thread.is_locked || description.id != home.id {
        return Ok(false);
    }
    let message = Message::Comment(CommentCommand {
        repo: RepoRef { id: home.id, name: description.name, default_branch: description.default_branch },
        installation: Some(home.installation),
        subject: thread.subject,
        number: comment.number,
        comment: comment.id,
        commenter: Commenter { id: author.id, login: author.login.clone() },
        commented_at: comment.created_at,
        after: None,
        command,
    });
    state.queue.send(&message).await?;
    tracing::warn!(
        repository = %home.name,
        comment = comment.id.get(),
        "nobody told us of a command; it is queued now"
    );
    Ok(true)
}
