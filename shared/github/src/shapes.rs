//! GitHub's answers, cut down to the fields that are read.
//!
//! Owns the wire shapes and nothing else. Fields that GitHub may leave out or null are optional here.

use domain::ids::RepoId;
use domain::repo_name::RepoFullName;
use serde::Deserialize;

#[derive(Deserialize)]
pub(crate) struct Identified {
    pub(crate) id: u64,
}

/// What a token is good for. The token beside it is not read.
#[derive(Deserialize)]
pub(crate) struct CoveredRepositories {
    #[serde(default)]
    repositories: Vec<CoveredRepository>,
}

#[derive(Deserialize)]
struct CoveredRepository {
    id: u64,
    full_name: String,
}

impl CoveredRepositories {
    /// The id of the one that has this name; a redirected name stands for another.
    pub(crate) fn id_of(&self, name: &RepoFullName) -> Option<RepoId> {
        let named =
            |it: &&CoveredRepository| it.full_name.parse::<RepoFullName>().is_ok_and(|full_name| full_name == *name);
        self.repositories.iter().find(named).map(|it| RepoId::new(it.id))
    }
}

#[derive(Deserialize)]
pub(crate) struct PermissionAnswer {
    pub(crate) permission: String,
    pub(crate) role_name: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct PullRequestAnswer {
    pub(crate) state: String,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) head: Head,
}

#[derive(Deserialize)]
pub(crate) struct Head {
    #[serde(rename = "ref")]
    pub(crate) branch: String,
    pub(crate) sha: String,
    /// Null when the fork is gone.
    pub(crate) repo: Option<Identified>,
}

#[derive(Deserialize)]
pub(crate) struct IssueAnswer {
    pub(crate) state: String,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct ContentAnswer {
    pub(crate) content: String,
    pub(crate) encoding: String,
}

#[derive(Deserialize)]
pub(crate) struct CommentAnswer {
    pub(crate) id: u64,
    pub(crate) body: Option<String>,
    pub(crate) performed_via_github_app: Option<Identified>,
}

#[derive(Deserialize)]
pub(crate) struct DispatchAnswer {
    pub(crate) workflow_run_id: u64,
    pub(crate) html_url: String,
}
