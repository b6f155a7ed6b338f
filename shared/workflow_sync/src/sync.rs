//! One sync: look, plan, and do what the plan says.
//!
//! Owns the order of the effects: each leaves something that the next sync goes on from, so that one that was cut off, or
//! that meets another one, ends well when it is asked for again. Never repeats an effect without having looked.

use domain::claim::PullRequestRef;
use domain::ids::RepoId;
use domain::mapping::Mapping;
use github::{GitHub, GitHubError, NewPullRequest, Repository};
use thiserror::Error;

use crate::facts::{self, Found};
use crate::files::{TargetFile, files_of};
use crate::plan::{Plan, clash, missing, plan};
use crate::{BRANCH, SyncRefusal};

/// What it takes.
const PERMISSIONS: [&str; 3] = ["contents", "pull_requests", "workflows"];
/// Others may move the branch while we look; this often is looked again.
const LOOKS: usize = 3;

const COMMIT_MESSAGE: &str = "Bring AI-Implement's files up to date";
const TITLE: &str = "Bring AI-Implement's files up to date";
const BODY: &str = "\
These are the files by which AI-Implement works in this repository.

- What is in `.github/workflows` and `.github/ai-implement` here is AI-Implement's. Pull requests like this one keep it up \
to date; what is changed there by hand is set back by the next.
- `WORKFLOW.md` and `PLANNING.md` are yours. They are put here once, for you to fill, and are never touched again.

Runs start from the branch that this goes into, so nothing changes before it is merged. If you commit to this branch, later \
syncs leave it alone until the pull request is merged or closed and the branch is deleted.
";

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Synced {
    /// The repository has all of it.
    UpToDate,
    /// A pull request brings it.
    Proposed {
        /// What was done for that.
        how: How,
        /// The pull request.
        pull_request: PullRequestRef,
        /// The paths that it is about.
        files: Vec<String>,
    },
}

/// What was done for the pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// It was opened.
    Opened,
    /// It was open, and its branch has a new commit.
    Updated,
    /// It was open, and brought exactly this.
    Existing,
}

impl Synced {
    /// The word of the API and the log.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::UpToDate => "up-to-date",
            Self::Proposed { how: How::Opened, .. } => "pr-opened",
            Self::Proposed { how: How::Updated, .. } => "pr-updated",
            Self::Proposed { how: How::Existing, .. } => "pr-existing",
        }
    }
}

/// Why it was not done.
#[derive(Debug, Error)]
pub enum SyncError {
    /// It is not to be done, until somebody mends what stands in the way.
    #[error("{0}")]
    Refused(SyncRefusal),
    /// GitHub could not be asked, or gave no clear answer: the same may be asked again.
    #[error(transparent)]
    GitHub(GitHubError),
}

/// Brings a mapped repository its files: opens or updates the one pull request from [`BRANCH`].
pub async fn sync(github: &GitHub, mapping: &Mapping) -> Result<Synced, SyncError> {
    let wanted = files_of(mapping);
    if let Some(path) = clash(&wanted) {
        return refuse(SyncRefusal::PathsClash(path.to_owned()));
    }
    let (repository, app_slug) = permitted(github, mapping).await?;
    let base = base_of(&repository, mapping).await?;
    for _ in 0..LOOKS {
        let found = facts::find(&repository, &base, &app_slug).await.map_err(judged)?;
        let Some(found) = found else {
            return refuse(SyncRefusal::BaseMissing(base));
        };
        let plan = plan(&wanted, &found.scene).map_err(SyncError::Refused)?;
        let way = Way { repository: &repository, base: &base, files: missing(&wanted, &found.scene.base) };
        match Box::pin(way.carry_out(plan, &found)).await {
            Err(error) if is_overtaken(&error) => {}
            done => return done.map_err(judged),
        }
    }
    refuse(SyncRefusal::Busy)
}

fn refuse<T>(refusal: SyncRefusal) -> Result<T, SyncError> {
    Err(SyncError::Refused(refusal))
}

/// The repository, when the App may do there what it takes; and the App's name.
async fn permitted(github: &GitHub, mapping: &Mapping) -> Result<(Repository, String), SyncError> {
    let id = match mapping.repo_id {
        Some(id) => Some(id),
        None => github.repository_id(&mapping.repo).await.map_err(judged)?,
    };
    let repository = match id {
        Some(id) => github.repository_by_id(id, &mapping.repo).await.map_err(judged)?,
        None => None,
    };
    let Some(repository) = repository else {
        return refuse(SyncRefusal::NotInstalled);
    };
    let installation = github.installation(repository.name()).await.map_err(judged)?;
    if installation.is_suspended {
        return refuse(SyncRefusal::Suspended);
    }
    let lacking: Vec<&str> = PERMISSIONS.into_iter().filter(|name| !installation.may_write(name)).collect();
    if !lacking.is_empty() {
        return refuse(SyncRefusal::PermissionsMissing(lacking));
    }
    Ok((repository.syncing(), installation.app_slug))
}

/// The branch that runs start from.
async fn base_of(repository: &Repository, mapping: &Mapping) -> Result<String, SyncError> {
    let described = repository.description().await.map_err(judged)?;
    if mapping.repo_id.is_some_and(|id: RepoId| id != described.id) {
        return refuse(SyncRefusal::AnotherRepository);
    }
    if described.is_archived {
        return refuse(SyncRefusal::Archived);
    }
    let base = mapping.default_branch.clone().unwrap_or(described.default_branch);
    if base == BRANCH { refuse(SyncRefusal::BaseIsOurs) } else { Ok(base) }
}

/// From where to where, and what.
struct Way<'a> {
    repository: &'a Repository,
    base: &'a str,
    /// What the base lacks.
    files: Vec<&'a TargetFile>,
}

impl Way<'_> {
    async fn carry_out(&self, plan: Plan, found: &Found) -> Result<Synced, GitHubError> {
        let (how, pull_request) = match plan {
            Plan::UpToDate => return Ok(Synced::UpToDate),
            Plan::Existing(pull_request) => (How::Existing, pull_request),
            Plan::Open => (How::Opened, self.open().await?),
            Plan::Write => {
                self.write(found).await?;
                match &found.scene.pull_request {
                    Some(pull_request) => (How::Updated, pull_request.clone()),
                    None => (How::Opened, self.open().await?),
                }
            }
        };
        let files = self.files.iter().map(|file| file.path.clone()).collect();
        Ok(Synced::Proposed { how, pull_request, files })
    }

    /// Makes the commit, and puts the branch there. The commit follows the branch's tip as well as the base, so that moving
    /// the branch takes no force: GitHub refuses it where somebody else was faster.
    async fn write(&self, found: &Found) -> Result<(), GitHubError> {
        let texts: Vec<(&str, &str)> = self.files.iter().map(|file| (file.path.as_str(), file.text)).collect();
        let tree = self.repository.create_tree(&found.base_tree, &texts).await?;
        let parents: Vec<_> = found.tip.iter().chain([&found.base]).collect();
        let commit = self.repository.create_commit(COMMIT_MESSAGE, &tree, &parents).await?;
        match found.tip {
            None => self.repository.create_branch(BRANCH, &commit).await,
            Some(_) => self.repository.forward_branch(BRANCH, &commit).await,
        }
    }

    async fn open(&self) -> Result<PullRequestRef, GitHubError> {
        let new = NewPullRequest { branch: BRANCH, base: self.base, title: TITLE, body: BODY };
        self.repository.open_pull_request(new).await
    }
}

/// Whether somebody else was faster, and it has to be looked again.
fn is_overtaken(error: &GitHubError) -> bool {
    let GitHubError::Rejected { status: 422, message } = error else {
        return false;
    };
    ["already exists", "not a fast forward", "Reference does not exist"].iter().any(|words| message.contains(words))
}

/// What an error of GitHub's means here. A token without the permission for workflows hears 403 or 404.
fn judged(error: GitHubError) -> SyncError {
    let refusal = match error {
        GitHubError::NotInstalled { .. } => SyncRefusal::NotInstalled,
        GitHubError::Rejected { status: 409, message } if message.contains("is empty") => SyncRefusal::Empty,
        GitHubError::Rejected { message, .. } if message.contains("archived") => SyncRefusal::Archived,
        GitHubError::Rejected { message, .. } if message.contains("`workflows` permission") => {
            SyncRefusal::PermissionsMissing(vec!["workflows"])
        }
        GitHubError::Rejected { message, .. } => SyncRefusal::GithubRejected(message),
        GitHubError::Forbidden { message } | GitHubError::NotFound { message } => SyncRefusal::Denied(message),
        error => return SyncError::GitHub(error),
    };
    SyncError::Refused(refusal)
}
