//! A repository's history: commits, and the trees that somebody has made for one.
//!
//! Owns what is an ancestor of what. What was there at the start has no history: such a commit has no parents.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Repository;

/// Text files by path.
pub type Files = BTreeMap<String, String>;

/// Commits and trees by their SHA.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct History {
    /// Commits; the seed's are not among them.
    pub commits: BTreeMap<String, Commit>,
    /// Trees that no commit may have yet.
    pub trees: BTreeMap<String, Files>,
}

/// A commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Commit {
    /// All the files.
    pub files: Files,
    /// What it follows.
    pub parents: Vec<String>,
    /// Who made the change.
    pub author: Signature,
    /// Who made the commit.
    pub committer: Signature,
    /// What it is.
    pub message: String,
}

/// Who, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Signature {
    /// A name.
    pub name: String,
    /// An address.
    pub email: String,
    /// The time.
    pub date: Timestamp,
}

impl Repository {
    /// The commit of that SHA. The tip of a branch has the branch's files, whatever tests have done to them.
    #[must_use]
    pub fn commit(&self, sha: &str) -> Option<Commit> {
        let stored = self.history.commits.get(sha).cloned();
        let branch = [&self.default_branch].into_iter().chain(self.branches.keys());
        let tip = branch.filter_map(|name| self.branches.get(name)).find(|branch| branch.head_sha == sha);
        match (stored, tip) {
            (Some(commit), Some(tip)) => Some(Commit { files: tip.files.clone(), ..commit }),
            (None, Some(tip)) => Some(self.first_commit(tip.files.clone())),
            (stored, None) => stored,
        }
    }

    /// Remembers the commit at a branch's tip, which is about to move.
    pub(super) fn keep_tip(&mut self, branch: &str) {
        let Some(sha) = self.branches.get(branch).map(|branch| branch.head_sha.clone()) else {
            return;
        };
        if let Some(commit) = self.commit(&sha) {
            self.history.commits.insert(sha, commit);
        }
    }

    /// That commit and all that it follows.
    #[must_use]
    pub fn ancestry(&self, sha: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        let mut waiting = vec![sha.to_owned()];
        while let Some(sha) = waiting.pop() {
            let parents = self.history.commits.get(&sha).map(|commit| commit.parents.clone());
            if found.insert(sha) {
                waiting.extend(parents.unwrap_or_default());
            }
        }
        found
    }

    /// The last commit that both have in their ancestry.
    #[must_use]
    pub fn merge_base(&self, one: &str, other: &str) -> Option<String> {
        let shared: BTreeSet<String> = self.ancestry(one).intersection(&self.ancestry(other)).cloned().collect();
        let is_last = |sha: &&String| !shared.iter().any(|later| later != *sha && self.ancestry(later).contains(*sha));
        shared.iter().find(is_last).cloned()
    }

    /// What the tip of a branch is that nobody has pushed to.
    fn first_commit(&self, files: Files) -> Commit {
        let author = Signature {
            name: "Octo Maintainer".to_owned(),
            email: "maintainer@octo.example".to_owned(),
            date: self.created_at,
        };
        Commit { files, parents: Vec::new(), committer: author.clone(), author, message: "Begin.".to_owned() }
    }
}
