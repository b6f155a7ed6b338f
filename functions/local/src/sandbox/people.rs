//! What happens at GitHub without the API: people comment, runners work, deliveries are sent again.
//!
//! Each method returns after the webhook that tells of it was answered.

use super::hooks::{self, Event};
use super::runs::{self, RunStep};
use super::world::{Conclusion, Delivery, FailedJob, World};
use super::{Sandbox, SandboxError};

impl Sandbox {
    /// Lets somebody comment, and returns the comment's id once the webhook was answered.
    ///
    /// # Errors
    /// When the repository, the issue or the user is unknown, or the text is empty.
    pub async fn comment(&self, repo: &str, number: u64, user: &str, body: &str) -> Result<u64, SandboxError> {
        self.comment_with_delivery(repo, number, user, body).await.map(|(id, _)| id)
    }

    /// The same, with the delivery; `None` when the App was not to be told.
    pub(super) async fn comment_with_delivery(
        &self,
        repo: &str,
        number: u64,
        user: &str,
        body: &str,
    ) -> Result<(u64, Option<Delivery>), SandboxError> {
        let id = self.core.edit(|world| add_comment(world, repo, number, user, body))?;
        let delivery = self.tell(|world| hooks::comment_created(world, id)).await;
        Ok((id, delivery))
    }

    /// Lets the author edit a comment.
    ///
    /// # Errors
    /// When there is no such comment.
    pub async fn edit_comment(&self, id: u64, body: &str) -> Result<(), SandboxError> {
        let author = self.core.world().comment(id).map(|comment| comment.user.clone());
        let author = author.ok_or(SandboxError::NoSuchComment(id))?;
        let before = self.core.edit(|world| world.edit_comment(id, body)).ok_or(SandboxError::NoSuchComment(id))?;
        self.tell(|world| hooks::comment_edited(world, id, &author, &before)).await;
        Ok(())
    }

    /// Lets the author delete a comment.
    ///
    /// # Errors
    /// When there is no such comment.
    pub async fn delete_comment(&self, id: u64) -> Result<(), SandboxError> {
        let removed = self.core.edit(|world| world.remove_comment(id)).ok_or(SandboxError::NoSuchComment(id))?;
        self.tell(|world| hooks::comment_deleted(world, &removed)).await;
        Ok(())
    }

    /// Moves a run one step; a re-run goes on by itself in automatic pace. Returns the delivery;
    /// `None` when the App was not to be told.
    ///
    /// # Errors
    /// When the run is unknown or can't take that step now.
    pub async fn advance_run(&self, run_id: u64, step: RunStep) -> Result<Option<Delivery>, SandboxError> {
        let moved = runs::advance(&self.core, run_id, step).await.ok_or(SandboxError::NoSuchStep(run_id))?;
        if step == RunStep::Rerun {
            runs::proceed(&self.core, run_id);
        }
        Ok(moved.delivery)
    }

    /// Lets a run fail for one of its jobs. Returns the delivery; `None` when the App was not to be told.
    ///
    /// # Errors
    /// When the run is unknown or has ended.
    pub async fn fail_run(&self, run_id: u64, failed: FailedJob) -> Result<Option<Delivery>, SandboxError> {
        self.core.edit(|world| {
            if world.run(run_id).is_some_and(|run| run.conclusion.is_none()) {
                world.failed_jobs.insert(run_id, failed);
            }
        });
        self.advance_run(run_id, RunStep::Completed(Conclusion::Failure)).await
    }

    /// Sends a delivery again: the same GUID, the same bytes.
    ///
    /// # Errors
    /// When there is no such delivery.
    pub async fn redeliver(&self, delivery_id: u64) -> Result<Delivery, SandboxError> {
        hooks::redeliver(&self.core, delivery_id).await.ok_or(SandboxError::NoSuchDelivery(delivery_id))
    }

    /// The deliveries so far, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Vec<Delivery> {
        self.core.world().deliveries.clone()
    }

    pub(super) async fn tell(&self, event: impl FnOnce(&World) -> Option<Event>) -> Option<Delivery> {
        let event = event(&self.core.world())?;
        hooks::deliver(&self.core, event).await
    }
}

fn add_comment(world: &mut World, repo: &str, number: u64, user: &str, body: &str) -> Result<u64, SandboxError> {
    let repository = world.repository(repo).ok_or_else(|| SandboxError::NoSuchRepository(repo.to_owned()))?;
    let issue = repository.issue(number).ok_or_else(|| SandboxError::NoSuchIssue { repo: repo.to_owned(), number })?;
    let account = world.account(user).ok_or_else(|| SandboxError::NoSuchUser(user.to_owned()))?;
    if body.trim().is_empty() {
        return Err(SandboxError::EmptyComment);
    }
    let (repository_id, number, login) = (repository.id, issue.number, account.login.clone());
    Ok(world.add_comment(repository_id, number, &login, body))
}
