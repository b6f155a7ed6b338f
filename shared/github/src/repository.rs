//! One repository: the calls that carrying out a command takes.
//!
//! Owns the paths, and the way from GitHub's shapes to the domain's facts. Never holds a token that is good for
//! another repository.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::claim::{DispatchOrder, RunRef};
use domain::facts::{Issue, Permission, PullRequest, WorkflowFact};
use domain::feedback::Reaction;
use domain::ids::{CommentId, InstallationId, IssueNumber, RepoId, RunId};
use domain::inputs::WorkflowInputs;
use domain::mapping::WorkflowFileName;
use domain::repo_name::RepoFullName;
use domain::workflow_file::{DeclarationFault, WorkflowDeclaration};
use http::StatusCode;
use jiff::Timestamp;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use crate::app::GitHub;
use crate::call::{Answer, Call};
use crate::error::GitHubError;
use crate::shapes::{
    CommentAnswer, ContentAnswer, DispatchAnswer, Identified, IssueAnswer, PermissionAnswer, PullRequestAnswer,
};
use crate::token::Scope;

const COMMENTS_PER_PAGE: usize = 100;
/// A conversation that moved on by more comments than this since the command is not searched further.
const MAX_COMMENT_PAGES: usize = 10;

/// One repository, through a token narrowed to it.
#[derive(Clone)]
pub struct Repository {
    github: GitHub,
    installation: InstallationId,
    id: RepoId,
    name: RepoFullName,
    scope: Scope,
}

/// What GitHub said to a dispatch that it took.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DispatchReceipt {
    /// It named the run.
    Run(RunRef),
    /// It took the dispatch and named none.
    Unnamed,
}

impl Repository {
    pub(crate) const fn new(github: GitHub, installation: InstallationId, id: RepoId, name: RepoFullName) -> Self {
        Self { github, installation, id, name, scope: Scope::Work }
    }

    /// The same repository with a token that is only good for comments: for telling people that the App lacks the rest.
    #[must_use]
    pub fn speaking_only(&self) -> Self {
        Self { scope: Scope::Speak, ..self.clone() }
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

    /// Reacts to a comment; a reaction that is already there stays one.
    /// <https://docs.github.com/en/rest/reactions/reactions#create-reaction-for-an-issue-comment>
    pub async fn react(&self, comment: CommentId, reaction: Reaction) -> Result<(), GitHubError> {
        let body = json!({"content": reaction.content()});
        self.send(&self.post(&format!("/issues/comments/{comment}/reactions"), body)).await.map(drop)
    }

    /// Writes a comment.
    /// <https://docs.github.com/en/rest/issues/comments#create-an-issue-comment>
    pub async fn create_comment(&self, number: IssueNumber, body: &str) -> Result<CommentId, GitHubError> {
        let call = self.post(&format!("/issues/{number}/comments"), json!({"body": body}));
        let comment: Identified = self.send(&call).await?.json()?;
        Ok(CommentId::new(comment.id))
    }

    /// Edits a comment of ours.
    /// <https://docs.github.com/en/rest/issues/comments#update-an-issue-comment>
    pub async fn update_comment(&self, comment: CommentId, body: &str) -> Result<(), GitHubError> {
        let path = format!("/repos/{}/issues/comments/{comment}", self.name);
        self.send(&Call::patch(path, json!({"body": body}))).await.map(drop)
    }

    /// Looks for a comment of our own App that carries a marker, among those written since a time. Anybody can write
    /// the marker: a comment of somebody else is never ours.
    /// <https://docs.github.com/en/rest/issues/comments#list-issue-comments>
    pub async fn find_own_comment(
        &self,
        number: IssueNumber,
        since: Timestamp,
        marker: &str,
    ) -> Result<Option<CommentId>, GitHubError> {
        for page in 1..=MAX_COMMENT_PAGES {
            let query = format!("since={since:.0}&per_page={COMMENTS_PER_PAGE}&page={page}");
            let call = self.get(&format!("/issues/{number}/comments?{query}"));
            let comments: Vec<CommentAnswer> = self.send(&call).await?.json()?;
            let own = |comment: &&CommentAnswer| {
                comment.performed_via_github_app.as_ref().is_some_and(|app| app.id == self.github.app_id().get())
                    && comment.body.as_ref().is_some_and(|body| body.contains(marker))
            };
            if let Some(comment) = comments.iter().find(own) {
                return Ok(Some(CommentId::new(comment.id)));
            }
            if comments.len() < COMMENTS_PER_PAGE {
                break;
            }
        }
        Ok(None)
    }

    /// Starts a workflow run. Sent once; only `Transport`, `RateLimited`, `Unauthorized` and the definite refusals
    /// (`Forbidden`, `NotFound`, `Rejected`) prove that no run was started.
    /// <https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event>
    pub async fn dispatch_workflow(
        &self,
        order: &DispatchOrder,
        inputs: &WorkflowInputs,
    ) -> Result<DispatchReceipt, GitHubError> {
        let path = format!("/actions/workflows/{}/dispatches", order.workflow_file);
        let body = json!({"ref": order.git_ref, "inputs": inputs});
        let mut with_details = body.clone();
        with_details["return_run_details"] = json!(true);
        let answered = match self.send(&self.post(&path, with_details)).await {
            // An older server refuses the field by its name, before it starts anything.
            Err(GitHubError::Rejected { message, .. }) if message.contains("return_run_details") => {
                self.send(&self.post(&path, body)).await
            }
            answered => answered,
        };
        receipt(&answered?)
    }

    fn get(&self, path: &str) -> Call {
        Call::get(format!("/repos/{}{path}", self.name))
    }

    fn post(&self, path: &str, body: serde_json::Value) -> Call {
        Call::post(format!("/repos/{}{path}", self.name), body)
    }

    async fn send(&self, call: &Call) -> Result<Answer, GitHubError> {
        // Boxed: a command holds several of these at once, and each would carry the whole client's state machine.
        Box::pin(self.github.as_installation((self.installation, self.id, self.scope), call)).await
    }
}

fn receipt(answer: &Answer) -> Result<DispatchReceipt, GitHubError> {
    if answer.status == StatusCode::NO_CONTENT {
        return Ok(DispatchReceipt::Unnamed);
    }
    let DispatchAnswer { workflow_run_id, html_url } = answer.json()?;
    Ok(DispatchReceipt::Run(RunRef { id: RunId::new(workflow_run_id), html_url }))
}

/// GitHub breaks base64 into lines.
fn decoded(content: &ContentAnswer) -> Option<String> {
    if content.encoding != "base64" {
        return None;
    }
    let base64: String = content.content.split_whitespace().collect();
    String::from_utf8(STANDARD.decode(base64).ok()?).ok()
}
