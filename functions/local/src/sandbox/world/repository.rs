//! Repositories with their branches, files, collaborators, issues and pull requests.
//!
//! Never renders: what GitHub's API shows of a repository is `render`'s.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{ActionsSettings, History};

/// A repository. Its numeric id survives renames.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Repository {
    /// GitHub's numeric id.
    pub id: u64,
    /// Login of the owning account.
    pub owner: String,
    /// Name without the owner.
    pub name: String,
    /// Private repositories answer 404 to those who may not see them.
    pub private: bool,
    /// A fork: it is nobody's target, it only lends its head to pull requests.
    pub fork: bool,
    /// Name of the default branch.
    pub default_branch: String,
    /// Branches by name.
    pub branches: BTreeMap<String, Branch>,
    /// Files in `.github/workflows` that somebody switched off by hand.
    pub disabled_workflows: BTreeSet<String>,
    /// Logins with the role they hold.
    pub collaborators: BTreeMap<String, Role>,
    /// Issues, pull requests among them.
    pub issues: Vec<Issue>,
    /// What the branches were before.
    #[serde(default)]
    pub history: History,
    /// Since when it is archived, and read only.
    #[serde(default)]
    pub archived_at: Option<Timestamp>,
    /// Whether the owner keeps a job's token from opening pull requests, as new repositories do.
    #[serde(default)]
    pub actions_may_not_open_pulls: bool,
    /// What its owner has set for Actions.
    #[serde(default)]
    pub settings: ActionsSettings,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Repository {
    /// `owner/name`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.owner, self.name)
    }

    /// Whether this is the repository of that `owner/name`; GitHub ignores case.
    #[must_use]
    pub fn is_named(&self, full_name: &str) -> bool {
        full_name.split_once('/').is_some_and(|(owner, name)| {
            owner.eq_ignore_ascii_case(&self.owner) && name.eq_ignore_ascii_case(&self.name)
        })
    }

    /// The issue or pull request of that number.
    #[must_use]
    pub fn issue(&self, number: u64) -> Option<&Issue> {
        self.issues.iter().find(|issue| issue.number == number)
    }

    /// The same, to edit it.
    pub fn issue_mut(&mut self, number: u64) -> Option<&mut Issue> {
        self.issues.iter_mut().find(|issue| issue.number == number)
    }

    /// The branch that a `ref` names: a branch's name, its full ref, or the SHA at its tip.
    #[must_use]
    pub fn branch_at(&self, reference: &str) -> Option<(&str, &Branch)> {
        let name = reference.strip_prefix("refs/heads/").unwrap_or(reference);
        self.branches
            .get_key_value(name)
            .or_else(|| self.branches.iter().find(|(_, branch)| branch.head_sha == reference))
            .map(|(name, branch)| (name.as_str(), branch))
    }

    /// The text of a workflow file on the default branch.
    #[must_use]
    pub fn workflow_text(&self, file: &str) -> Option<&str> {
        self.branches.get(&self.default_branch)?.files.get(&workflow_path(file)).map(String::as_str)
    }

    /// Writes a workflow file on the default branch; `None` removes it.
    pub fn set_workflow(&mut self, file: &str, text: Option<&str>) {
        let branch = self.branches.entry(self.default_branch.clone()).or_default();
        match text {
            Some(text) => branch.files.insert(workflow_path(file), text.to_owned()),
            None => branch.files.remove(&workflow_path(file)),
        };
    }

    /// Moves the head of a pull request, and the branch that it comes from when that is ours.
    pub fn move_head(&mut self, number: u64, sha: &str) {
        let Some(pull) = self.issue_mut(number).and_then(|issue| issue.pull_request.as_mut()) else {
            return;
        };
        sha.clone_into(&mut pull.head_sha);
        let (head_repository, branch) = (pull.head_repository_id, pull.head_branch.clone());
        if head_repository == Some(self.id) {
            sha.clone_into(&mut self.branches.entry(branch).or_default().head_sha);
        }
    }
}

/// Where GitHub looks for a workflow file.
#[must_use]
pub fn workflow_path(file: &str) -> String {
    format!(".github/workflows/{file}")
}

/// A branch: its tip and the files there.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Branch {
    /// Commit SHA of the tip.
    pub head_sha: String,
    /// Text files by path.
    pub files: BTreeMap<String, String>,
}

/// A pull request whose head has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MovedHead {
    /// Repository of the pull request.
    pub repository_id: u64,
    /// Its number.
    pub number: u64,
    /// The head that it had.
    pub before: String,
}

/// What a collaborator may do: the five built-in roles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Reads.
    Read,
    /// Reads and sorts issues.
    Triage,
    /// Pushes.
    Write,
    /// Pushes and manages without the dangerous settings.
    Maintain,
    /// Everything.
    Admin,
}

/// An issue; as at GitHub, a pull request is an issue with something more.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Issue {
    /// GitHub's numeric id.
    pub id: u64,
    /// Number within the repository.
    pub number: u64,
    /// Title.
    pub title: String,
    /// Text, if any.
    pub body: Option<String>,
    /// Login of the author.
    pub author: String,
    /// Open or closed.
    pub open: bool,
    /// Locked: only collaborators may comment.
    pub locked: bool,
    /// Set on pull requests only.
    pub pull_request: Option<PullRequest>,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// What a pull request has beyond an issue.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PullRequest {
    /// Repository of the head; `None` when it was deleted.
    pub head_repository_id: Option<u64>,
    /// Owner of the head's repository, which GitHub remembers after a deletion.
    pub head_owner: String,
    /// Branch that is to be merged.
    pub head_branch: String,
    /// Its tip.
    pub head_sha: String,
    /// Branch that it is to be merged into.
    pub base_branch: String,
    /// Whether it was merged (it is closed, then).
    pub merged: bool,
    /// Whether it is a draft.
    pub draft: bool,
}
