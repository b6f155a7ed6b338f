//! The Git database: what stands on a branch, and a commit that goes on from there.
//!
//! Owns the shapes of commits and trees. A branch is made or moved forward, and never forced: a commit that somebody has
//! put there meanwhile is not lost, the call is refused instead.
//! <https://docs.github.com/en/rest/git>

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::Repository;
use crate::call::Call;
use crate::error::GitHubError;
use crate::shapes::{CommitAnswer, Object, ReferenceAnswer, SignatureAnswer, TreeAnswer, TreeEntryAnswer};

/// The mode of a plain file.
const PLAIN_FILE: &str = "100644";

/// The name of a commit or of a tree, as GitHub gave it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sha(String);

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Commit {
    /// The files.
    pub tree: Sha,
    /// What it follows.
    pub parents: Vec<Sha>,
    /// Who made the change.
    pub author: Signature,
    /// Who made the commit of it.
    pub committer: Signature,
}

/// Who, as git knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Their name.
    pub name: String,
    /// Their address.
    pub email: String,
}

/// How far down a tree is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Depth {
    /// What is directly in it.
    Here,
    /// All that is below, too.
    All,
}

/// One line of a tree.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TreeEntry {
    /// Its path from that tree.
    pub path: String,
    /// Whether it is a folder.
    pub is_folder: bool,
    /// The object.
    pub sha: Sha,
}

impl Repository {
    /// The commit at the tip of a branch; `None` where there is no such branch.
    /// <https://docs.github.com/en/rest/git/refs#get-a-reference>
    pub async fn tip_of(&self, branch: &str) -> Result<Option<Sha>, GitHubError> {
        match self.send(&self.get(&format!("/git/ref/{}", reference(branch)))).await {
            Ok(answer) => Ok(Some(Sha(answer.json::<ReferenceAnswer>()?.object.sha))),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// A commit.
    /// <https://docs.github.com/en/rest/git/commits#get-a-commit-object>
    pub async fn commit(&self, sha: &Sha) -> Result<Commit, GitHubError> {
        let answer: CommitAnswer = self.send(&self.get(&format!("/git/commits/{sha}"))).await?.json()?;
        Ok(Commit {
            tree: Sha(answer.tree.sha),
            parents: answer.parents.into_iter().map(|parent| Sha(parent.sha)).collect(),
            author: signature(answer.author),
            committer: signature(answer.committer),
        })
    }

    /// What is in a tree; `Ambiguous` where that is more than GitHub lists.
    /// <https://docs.github.com/en/rest/git/trees#get-a-tree>
    pub async fn tree(&self, sha: &Sha, depth: Depth) -> Result<Vec<TreeEntry>, GitHubError> {
        let query = match depth {
            Depth::Here => "",
            Depth::All => "?recursive=1",
        };
        let answer: TreeAnswer = self.send(&self.get(&format!("/git/trees/{sha}{query}"))).await?.json()?;
        if answer.truncated {
            return Err(GitHubError::ambiguous("a tree that is too large to be listed"));
        }
        let entry = |it: TreeEntryAnswer| TreeEntry { path: it.path, is_folder: it.kind == "tree", sha: Sha(it.sha) };
        Ok(answer.tree.into_iter().map(entry).collect())
    }

    /// Makes a tree of another one, with files that are new or have another text.
    /// <https://docs.github.com/en/rest/git/trees#create-a-tree>
    pub async fn create_tree(&self, upon: &Sha, files: &[(&str, &str)]) -> Result<Sha, GitHubError> {
        let entry =
            |(path, text): &(&str, &str)| json!({"path": path, "mode": PLAIN_FILE, "type": "blob", "content": text});
        let entries: Vec<Value> = files.iter().map(entry).collect();
        self.made("/git/trees", json!({"base_tree": upon.as_str(), "tree": entries})).await
    }

    /// Makes a commit in the App's name, which GitHub signs because no other author is given. It is on no branch yet.
    /// <https://docs.github.com/en/rest/git/commits#create-a-commit>
    pub async fn create_commit(&self, message: &str, tree: &Sha, parents: &[&Sha]) -> Result<Sha, GitHubError> {
        let parents: Vec<&str> = parents.iter().map(|parent| parent.as_str()).collect();
        self.made("/git/commits", json!({"message": message, "tree": tree.as_str(), "parents": parents})).await
    }

    /// Makes a branch; a 422 where there is one of that name.
    /// <https://docs.github.com/en/rest/git/refs#create-a-reference>
    pub async fn create_branch(&self, branch: &str, tip: &Sha) -> Result<(), GitHubError> {
        let body = json!({"ref": format!("refs/heads/{branch}"), "sha": tip.as_str()});
        self.send(&self.post("/git/refs", body)).await.map(drop)
    }

    /// Moves a branch to a commit that follows its tip; a 422 where it does not, or no longer.
    /// <https://docs.github.com/en/rest/git/refs#update-a-reference>
    pub async fn forward_branch(&self, branch: &str, tip: &Sha) -> Result<(), GitHubError> {
        let path = self.path(&format!("/git/refs/{}", reference(branch)));
        self.send(&Call::patch(path, json!({"sha": tip.as_str(), "force": false}))).await.map(drop)
    }

    async fn made(&self, path: &str, body: Value) -> Result<Sha, GitHubError> {
        Ok(Sha(self.send(&self.post(path, body)).await?.json::<Object>()?.sha))
    }
}

impl Sha {
    /// Forty hexadecimal digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sha {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A branch in a path, as one segment.
fn reference(branch: &str) -> String {
    utf8_percent_encode(&format!("heads/{branch}"), NON_ALPHANUMERIC).to_string()
}

fn signature(answer: SignatureAnswer) -> Signature {
    Signature { name: answer.name, email: answer.email }
}
