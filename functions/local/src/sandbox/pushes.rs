//! `git push`, by whomever: branches are made and moved, and open pull requests go along.
//!
//! Holds no history for what is pushed: the files at the branch's tip are all that is known of it.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::hooks;
use super::world::{Branch, World};
use super::{Sandbox, SandboxError};

/// What is pushed to one branch.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Push {
    /// `owner/name`.
    pub repo: String,
    /// The branch; it is made where there is none, with the default branch's files.
    pub branch: String,
    /// The commit that is its tip afterwards.
    pub sha: String,
    /// Files by path that differ from those that the branch has; null for one that is gone.
    #[serde(default)]
    pub files: BTreeMap<String, Option<String>>,
    /// Login of who pushes.
    #[serde(default = "somebody")]
    pub user: String,
}

fn somebody() -> String {
    "writer".to_owned()
}

impl Sandbox {
    /// Lets somebody push, and returns once the webhooks that tell of moved pull requests were answered.
    ///
    /// # Errors
    /// When there is no such repository.
    pub async fn push(&self, push: Push) -> Result<(), SandboxError> {
        let moved = self.core.edit(|world| carry_out(world, &push))?;
        for pull in moved {
            self.tell(|world| hooks::pull_request_moved(world, &pull, &push.user)).await;
        }
        Ok(())
    }
}

fn carry_out(world: &mut World, push: &Push) -> Result<Vec<super::world::MovedHead>, SandboxError> {
    let missing = || SandboxError::NoSuchRepository(push.repo.clone());
    let repository = world.repository(&push.repo).ok_or_else(missing)?;
    let before = repository.branches.get(&push.branch).or_else(|| repository.branches.get(&repository.default_branch));
    let mut files = before.map(|branch| branch.files.clone()).unwrap_or_default();
    for (path, text) in &push.files {
        match text {
            Some(text) => files.insert(path.clone(), text.clone()),
            None => files.remove(path),
        };
    }
    let id = repository.id;
    Ok(world.move_branch(id, &push.branch, Branch { head_sha: push.sha.clone(), files }))
}
