//! `git push`, by whomever: branches are made and moved, and open pull requests go along.
//!
//! A push is one commit here, upon the branch as it was; a new branch begins at the default branch.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::hooks;
use super::world::{Branch, Commit, MovedHead, Signature, World};
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

fn carry_out(world: &mut World, push: &Push) -> Result<Vec<MovedHead>, SandboxError> {
    let missing = || SandboxError::NoSuchRepository(push.repo.clone());
    let repository = world.repository(&push.repo).ok_or_else(missing)?;
    let before = repository.branches.get(&push.branch).or_else(|| repository.branches.get(&repository.default_branch));
    let parents = before.map(|branch| branch.head_sha.clone()).into_iter().collect();
    let mut files = before.map(|branch| branch.files.clone()).unwrap_or_default();
    for (path, text) in &push.files {
        match text {
            Some(text) => files.insert(path.clone(), text.clone()),
            None => files.remove(path),
        };
    }
    let (id, author) = (repository.id, author(world, &push.user));
    let message = format!("Change {}", push.branch);
    let commit = Commit { files: files.clone(), parents, committer: author.clone(), author, message };
    let moved = world.move_branch(id, &push.branch, Branch { head_sha: push.sha.clone(), files });
    if let Some(repository) = world.repository_mut(&push.repo) {
        repository.history.commits.insert(push.sha.clone(), commit);
    }
    Ok(moved)
}

fn author(world: &World, login: &str) -> Signature {
    let id = world.account(login).map_or(0, |account| account.id);
    let email = format!("{id}+{login}@users.noreply.github.com");
    Signature { name: login.to_owned(), email, date: world.now() }
}
