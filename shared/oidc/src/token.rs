//! What a token tells, once it is believed.
//!
//! Owns the shape. Nobody outside this crate can put one together: whoever holds one has verified it.

use domain::ids::{RepoId, RunId, UserId};
use domain::repo_name::RepoFullName;
use jiff::Timestamp;

/// Where workflow files lie in a repository.
const WORKFLOWS: &str = ".github/workflows/";

/// A job of a workflow run, as GitHub vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ActionsToken {
    /// The repository that the run is of.
    pub repository_id: RepoId,
    /// Its name when the token was made.
    pub repository: RepoFullName,
    /// The account that owns it: a person's or an organisation's, which count together.
    pub repository_owner_id: UserId,
    /// `sub`. For people: its form is the repository's choice, and nothing is decided by it.
    pub subject: String,
    /// What started the run, such as `workflow_dispatch`.
    pub event_name: String,
    /// The workflow that runs, as [`workflow`](Self::workflow) reads it.
    pub workflow_ref: String,
    /// `ref`: what the run runs on, such as `refs/heads/main`.
    pub git_ref: String,
    /// The commit that it runs on.
    pub sha: String,
    /// The run.
    pub run_id: RunId,
    /// 1, and one more for every re-run.
    pub run_attempt: u32,
    /// Login of who started the run.
    pub actor: String,
    /// The same account's id.
    pub actor_id: UserId,
    /// The token's own id.
    pub jti: String,
    /// When the token ends.
    pub expires_at: Timestamp,
}

/// Where a workflow's file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowRef<'a> {
    /// The repository that has the file.
    pub repository: RepoFullName,
    /// The file's name below `.github/workflows/`.
    pub file: &'a str,
    /// What the file was read at, such as `refs/heads/main`.
    pub git_ref: &'a str,
}

impl ActionsToken {
    /// The workflow that runs, of `OWNER/REPO/.github/workflows/FILE@refs/…`; `None` where it is written otherwise.
    #[must_use]
    pub fn workflow(&self) -> Option<WorkflowRef<'_>> {
        workflow(&self.workflow_ref)
    }
}

fn workflow(text: &str) -> Option<WorkflowRef<'_>> {
    let (repository, rest) = text.split_once(&format!("/{WORKFLOWS}"))?;
    // Both a file and a branch may have an `@` of their own, but no file has a slash.
    let at = rest.find("@refs/")?;
    let (file, git_ref) = (&rest[..at], &rest[at + 1..]);
    let is_file = !file.is_empty() && !file.contains('/');
    Some(WorkflowRef { repository: repository.parse().ok().filter(|_| is_file)?, file, git_ref })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workflow_is_told_by_repository_file_and_ref() {
        for (text, file, git_ref) in [
            ("octo/anthropic/.github/workflows/claude.yml@refs/heads/main", "claude.yml", "refs/heads/main"),
            ("octo/anthropic/.github/workflows/a@b.yml@refs/heads/c@d", "a@b.yml", "refs/heads/c@d"),
            ("octo/anthropic/.github/workflows/a.yml@refs/heads/x@refs/y", "a.yml", "refs/heads/x@refs/y"),
            ("octo/anthropic/.github/workflows/a.yml@refs/pull/1/merge", "a.yml", "refs/pull/1/merge"),
        ] {
            let found = workflow(text).expect(text);
            assert_eq!((found.repository.to_string().as_str(), found.file), ("octo/anthropic", file));
            assert_eq!(found.git_ref, git_ref);
        }
    }

    #[test]
    fn what_is_written_otherwise_is_no_workflow() {
        for text in [
            "",
            "octo/anthropic/.github/workflows/a.yml",
            "octo/anthropic/.github/workflows/a.yml@main",
            "octo/anthropic/.github/workflows/@refs/heads/main",
            "octo/anthropic/.github/workflows/deep/a.yml@refs/heads/main",
            "octo/anthropic/a.yml@refs/heads/main",
            "octo/.github/workflows/a.yml@refs/heads/main",
            "o/c/to/.github/workflows/a.yml@refs/heads/main",
        ] {
            assert_eq!(workflow(text), None, "{text}");
        }
    }
}
