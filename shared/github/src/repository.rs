//! One repository: the calls that carrying out a command takes.
//!
//! Owns the paths, and the way from GitHub's shapes to the domain's facts. Never holds a token that is good for
//! another repository.

mod comments;
mod git;
mod jobs;
mod opened;
mod proposal;
mod runs;
mod set_up;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::facts::{Issue, Permission, PullRequest, WorkflowFact};
use domain::ids::{InstallationId, IssueNumber, RepoId};
use domain::mapping::WorkflowFileName;
use domain::message::SubjectKind;
use domain::repo_name::RepoFullName;
use domain::workflow_file::{DeclarationFault, WorkflowDeclaration};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};

pub use comments::{Author, RecentComment, RecentComments};
pub use git::{Commit, Depth, Sha, Signature, TreeEntry};
pub use proposal::NewPullRequest;
pub use runs::{DISPATCH_TIMEOUT, DispatchReceipt};
pub use set_up::Holder;

use crate::app::GitHub;
use crate::call::{Answer, Call};
use crate::error::GitHubError;
use crate::shapes::{ContentAnswer, IssueAnswer, PermissionAnswer, PullRequestAnswer, RepositoryAnswer, ThreadAnswer};
use crate::token::{Scope, TokenKey};

/// GitHub's largest page of a list.
const PER_PAGE: usize = 100;

/// One repository, through a token narrowed to it.
#[derive(Clone)]
pub struct Repository {
    pub(crate) github: GitHub,
    pub(crate) installation: InstallationId,
    pub(crate) id: RepoId,
    name: RepoFullName,
    scope: Scope,
}

/// A repository as it is called now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryDescription {
    /// Its identity.
    pub id: RepoId,
    /// Its name, which a rename changes.
    pub name: RepoFullName,
    /// Its default branch.
    pub default_branch: String,
    /// Whether it is archived: it can be read, and takes nothing.
    pub is_archived: bool,
}

/// What a conversation is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thread {
    /// What it is about.
    pub subject: SubjectKind,
    /// Whether only collaborators may write there.
    pub is_locked: bool,
}

impl Repository {
    pub(crate) const fn new(github: GitHub, installation: InstallationId, id: RepoId, name: RepoFullName) -> Self {
        Self { github, installation, id, name, scope: Scope::Work }
    }

    /// The installation that the token is minted for.
    #[must_use]
    pub const fn installation(&self) -> InstallationId {
        self.installation
    }

    /// The same repository with a token that is only good for comments: for telling people that the App lacks the rest.
    #[must_use]
    pub fn speaking_only(&self) -> Self {
        Self { scope: Scope::Speak, ..self.clone() }
    }

    /// The same repository with a token that can read conversations and can't act.
    #[must_use]
    pub fn reading_only(&self) -> Self {
        Self { scope: Scope::Read, ..self.clone() }
    }

    /// The same repository with a token that brings it files, workflows too, by a pull request.
    #[must_use]
    pub fn syncing(&self) -> Self {
        Self { scope: Scope::Sync, ..self.clone() }
    }

    /// Its name, as it was asked for.
    #[must_use]
    pub const fn name(&self) -> &RepoFullName {
        &self.name
    }

    /// What the repository is called now. A name that was given up is not followed: it is `Moved`.
    /// <https://docs.github.com/en/rest/repos/repos#get-a-repository>
    pub async fn description(&self) -> Result<RepositoryDescription, GitHubError> {
        let RepositoryAnswer { id, full_name, default_branch, archived, .. } =
            self.send(&self.get("")).await?.json()?;
        Ok(RepositoryDescription { id: RepoId::new(id), name: full_name, default_branch, is_archived: archived })
    }

    /// What a user may do here, read live. A failure, even a 404, is never read as "nothing".
    /// <https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user>
    pub async fn permission_of(&self, login: &str) -> Result<Permission, GitHubError> {
        let login = utf8_percent_encode(login, NON_ALPHANUMERIC);
        let call = self.get(&format!("/collaborators/{login}/permission"));
        let PermissionAnswer { permission, role_name } = self.send(&call).await?.json()?;
        Ok(Permission { role_name, legacy: permission })
    }

    /// A pull request as it is now.
    /// <https://docs.github.com/en/rest/pulls/pulls#get-a-pull-request>
    pub async fn pull_request(&self, number: IssueNumber) -> Result<PullRequest, GitHubError> {
        let answer: PullRequestAnswer = self.send(&self.get(&format!("/pulls/{number}"))).await?.json()?;
        Ok(PullRequest {
            is_open: answer.state == "open",
            head_is_here: answer.head.repo.is_some_and(|repo| repo.id == self.id.get()),
            head_branch: answer.head.branch,
            head_sha: answer.head.sha,
            title: answer.title,
            body: answer.body.unwrap_or_default(),
        })
    }

    /// An issue as it is now.
    /// <https://docs.github.com/en/rest/issues/issues#get-an-issue>
    pub async fn issue(&self, number: IssueNumber) -> Result<Issue, GitHubError> {
        let answer: IssueAnswer = self.send(&self.get(&format!("/issues/{number}"))).await?.json()?;
        Ok(Issue { is_open: answer.state == "open", title: answer.title, body: answer.body.unwrap_or_default() })
    }

    /// What a number stands for, and whether people may write there.
    /// <https://docs.github.com/en/rest/issues/issues#get-an-issue>
    pub async fn thread(&self, number: IssueNumber) -> Result<Thread, GitHubError> {
        let answer: ThreadAnswer = self.send(&self.get(&format!("/issues/{number}"))).await?.json()?;
        let subject = if answer.pull_request.is_some() { SubjectKind::PullRequest } else { SubjectKind::Issue };
        Ok(Thread { subject, is_locked: answer.locked })
    }

    /// What a workflow file declares on a branch.
    /// <https://docs.github.com/en/rest/repos/contents#get-repository-content>
    pub async fn workflow(&self, file: &WorkflowFileName, branch: &str) -> Result<WorkflowFact, GitHubError> {
        let branch = utf8_percent_encode(branch, NON_ALPHANUMERIC);
        let content: ContentAnswer =
            match self.send(&self.get(&format!("/contents/{}?ref={branch}", file.path()))).await {
                Ok(answer) => answer.json()?,
                Err(GitHubError::NotFound { .. }) => return Ok(WorkflowFact::Missing),
                Err(error) => return Err(error),
            };
        let declaration =
            decoded(&content).ok_or(DeclarationFault::NotYaml).and_then(|yaml| WorkflowDeclaration::parse(&yaml));
        Ok(declaration.map_or_else(WorkflowFact::Undispatchable, WorkflowFact::Declared))
    }

    fn get(&self, path: &str) -> Call {
        Call::get(self.path(path))
    }

    fn post(&self, path: &str, body: serde_json::Value) -> Call {
        Call::post(self.path(path), body)
    }

    fn path(&self, below: &str) -> String {
        format!("/repos/{}{below}", self.name)
    }

    async fn send(&self, call: &Call) -> Result<Answer, GitHubError> {
        // Boxed: a command holds several of these at once, and each would carry the whole client's state machine.
        Box::pin(self.github.as_installation(self.token_key(), call)).await
    }

    async fn send_once(&self, call: &Call) -> Result<Answer, GitHubError> {
        Box::pin(self.github.as_installation_once(self.token_key(), call)).await
    }

    const fn token_key(&self) -> TokenKey {
        (self.installation, self.id, self.scope)
    }
}

/// GitHub breaks base64 into lines.
fn decoded(content: &ContentAnswer) -> Option<String> {
    if content.encoding != "base64" {
        return None;
    }
    let base64: String = content.content.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}
