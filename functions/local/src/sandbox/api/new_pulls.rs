//! Opening a pull request, judged as GitHub judges it.
//! <https://docs.github.com/en/rest/pulls/pulls#create-a-pull-request>
//!
//! Never touches one that is there.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::body;
use super::parameters::FromPath;
use super::pulls::rendered;
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::hooks;
use crate::sandbox::world::{Issue, PullRequest, Repository, World};

#[derive(Deserialize)]
struct NewPull {
    title: Option<String>,
    head: String,
    base: String,
    body: Option<String>,
    #[serde(default)]
    draft: bool,
}

/// `POST /repos/{owner}/{repo}/pulls`
pub(super) async fn create(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
    body: Bytes,
) -> Result<Response, GithubError> {
    let new: NewPull = body::parse(&body)?;
    let author = caller.login(&core.world());
    let (repository_id, number, created) = core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["pull_requests"])?;
        if !caller.is_app() && repository.actions_may_not_open_pulls {
            let refusal = "GitHub Actions is not permitted to create or approve pull requests.";
            return Err(GithubError::new(StatusCode::FORBIDDEN, refusal));
        }
        let judged = judge(world, repository, &new)?;
        let id = repository.id;
        let number = open(world, id, new, judged, &author);
        rendered(world, id, number).map(|created| (id, number, created))
    })?;
    hooks::announce(&core, |world| hooks::pull_request(world, repository_id, number, "opened", &author));
    Ok((StatusCode::CREATED, Json(created)).into_response())
}

/// The head of a pull request that may be opened.
struct JudgedHead {
    repository_id: u64,
    owner: String,
    branch: String,
    sha: String,
}

fn judge(world: &World, repository: &Repository, new: &NewPull) -> Result<JudgedHead, GithubError> {
    const RESOURCE: &str = "PullRequest";
    if new.title.as_deref().is_none_or(|title| title.trim().is_empty()) {
        return Err(GithubError::invalid_field(RESOURCE, "title", "missing_field"));
    }
    let base = repository.branches.get(&new.base);
    let base = base.ok_or_else(|| GithubError::invalid_field(RESOURCE, "base", "invalid"))?;
    let (owner, branch) = new.head.split_once(':').unwrap_or((&repository.owner, &new.head));
    let head_repository = world.repository(&format!("{owner}/{}", repository.name));
    let head = head_repository.and_then(|found| Some((found.id, found.branches.get(branch)?)));
    let (head_repository_id, head) = head.ok_or_else(|| GithubError::invalid_field(RESOURCE, "head", "invalid"))?;
    let judged = JudgedHead {
        repository_id: head_repository_id,
        owner: owner.to_owned(),
        branch: branch.to_owned(),
        sha: head.head_sha.clone(),
    };
    if repository.issues.iter().any(|issue| is_open_for(issue, &judged, &new.base)) {
        return Err(GithubError::custom(RESOURCE, &format!("A pull request already exists for {owner}:{branch}.")));
    }
    if head.head_sha == base.head_sha {
        return Err(GithubError::custom(RESOURCE, &format!("No commits between {} and {branch}", new.base)));
    }
    Ok(judged)
}

fn is_open_for(issue: &Issue, head: &JudgedHead, base: &str) -> bool {
    let same = |pull: &PullRequest| {
        pull.head_repository_id == Some(head.repository_id)
            && pull.head_branch == head.branch
            && pull.base_branch == base
    };
    issue.open && issue.pull_request.as_ref().is_some_and(same)
}

fn open(world: &mut World, repository_id: u64, new: NewPull, head: JudgedHead, author: &str) -> u64 {
    let (id, now) = (world.next_id(), world.now());
    let Some(repository) = world.repositories.iter_mut().find(|it| it.id == repository_id) else {
        return 0;
    };
    let number = repository.issues.iter().map(|issue| issue.number).max().unwrap_or_default() + 1;
    repository.issues.push(Issue {
        id,
        number,
        title: new.title.unwrap_or_default(),
        body: new.body,
        author: author.to_owned(),
        open: true,
        locked: false,
        pull_request: Some(PullRequest {
            head_repository_id: Some(head.repository_id),
            head_owner: head.owner,
            head_branch: head.branch,
            head_sha: head.sha,
            base_branch: new.base,
            merged: false,
            draft: new.draft,
        }),
        created_at: now,
        updated_at: now,
    });
    number
}
