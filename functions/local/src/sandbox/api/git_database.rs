//! The Git database: trees and commits are made here, and read.
//! <https://docs.github.com/en/rest/git>
//!
//! Never moves a branch: that is `git_refs`. Files are given by their text; there are no blobs to make.

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use super::body;
use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::world::{Access, Commit, Files, History, Repository, Signature, World};
use crate::sandbox::{git_objects, render};

/// Who signs what bots commit through the API.
const GITHUB: (&str, &str) = ("GitHub", "noreply@github.com");
const WORKFLOWS: &str = ".github/workflows/";

#[derive(Deserialize)]
pub(super) struct TreeQuery {
    recursive: Option<String>,
}

#[derive(Deserialize)]
struct NewTree {
    base_tree: Option<String>,
    tree: Vec<NewEntry>,
}

#[derive(Deserialize)]
struct NewEntry {
    path: String,
    mode: String,
    content: Option<String>,
}

#[derive(Deserialize)]
struct NewCommit {
    message: String,
    tree: String,
    #[serde(default)]
    parents: Vec<String>,
}

/// `GET /repos/{owner}/{repo}/git/commits/{commit_sha}`
pub(super) async fn commit(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, sha)): FromPath<(String, String, String)>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "contents")?;
    not_empty(repository)?;
    let commit = repository.commit(&sha).ok_or_else(GithubError::not_found)?;
    Ok(Json(render::git_commit(&world, repository, &sha, &commit)))
}

/// `GET /repos/{owner}/{repo}/git/trees/{tree_sha}`
pub(super) async fn tree(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, sha)): FromPath<(String, String, String)>,
    FromQuery(query): FromQuery<TreeQuery>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "contents")?;
    not_empty(repository)?;
    let files = tree_in(repository, &sha).ok_or_else(GithubError::not_found)?;
    // Any value asks for all that is below, "false" too.
    Ok(Json(render::git_tree(&world, repository, &files, query.recursive.is_some())))
}

/// `POST /repos/{owner}/{repo}/git/trees`
pub(super) async fn create_tree(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), GithubError> {
    let new: NewTree = body::parse(&body)?;
    core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["contents"])?;
        not_empty(repository)?;
        let mut files = match &new.base_tree {
            Some(sha) => tree_in(repository, sha).ok_or_else(GithubError::not_found)?,
            None => Files::new(),
        };
        for NewEntry { path, mode, content } in new.tree {
            if path.starts_with(WORKFLOWS) && !caller.holds(world, "workflows", Access::Write) {
                return Err(GithubError::not_accessible());
            }
            let content = content.filter(|_| mode == "100644");
            let content = content.ok_or_else(|| GithubError::unprocessable("The sandbox takes plain files only."))?;
            files.insert(path, content);
        }
        let shown = render::git_tree(world, repository, &files, false);
        let id = repository.id;
        let (sha, history) = (git_objects::tree_sha(&files), history_of(world, id));
        history.ok_or_else(GithubError::not_found)?.trees.insert(sha, files);
        Ok((StatusCode::CREATED, Json(shown)))
    })
}

/// `POST /repos/{owner}/{repo}/git/commits`, in the name of the bot that calls
pub(super) async fn create_commit(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo)): FromPath<(String, String)>,
    body: Bytes,
) -> Result<(StatusCode, Json<Value>), GithubError> {
    let new: NewCommit = body::parse(&body)?;
    core.edit(|world| {
        let repository = caller.writes(world, &format!("{owner}/{repo}"), &["contents"])?;
        not_empty(repository)?;
        let files =
            tree_in(repository, &new.tree).ok_or_else(|| GithubError::unprocessable("Tree SHA does not exist"))?;
        if new.parents.iter().any(|parent| repository.commit(parent).is_none()) {
            return Err(GithubError::unprocessable("Parent SHA does not exist or is not a commit object"));
        }
        let (author, committer) = signatures(world, &caller.login(world));
        let commit = Commit { files, parents: new.parents, author, committer, message: new.message };
        let sha = git_objects::commit_sha(&commit);
        let shown = render::git_commit(world, repository, &sha, &commit);
        let id = repository.id;
        history_of(world, id).ok_or_else(GithubError::not_found)?.commits.insert(sha, commit);
        Ok((StatusCode::CREATED, Json(shown)))
    })
}

/// Nothing is in a repository's database before its first commit.
pub(super) fn not_empty(repository: &Repository) -> Result<(), GithubError> {
    let is_empty = repository.branches.is_empty();
    if is_empty { Err(GithubError::new(StatusCode::CONFLICT, "Git Repository is empty.")) } else { Ok(()) }
}

/// The first workflow file that a commit has otherwise than the commits before it.
pub(super) fn touched_workflow(repository: &Repository, commit: &Commit) -> Option<String> {
    let before: Vec<Commit> = commit.parents.iter().filter_map(|parent| repository.commit(parent)).collect();
    let is_new = |(path, text): &(&String, &String)| {
        path.starts_with(WORKFLOWS) && !before.iter().any(|commit| commit.files.get(*path) == Some(*text))
    };
    commit.files.iter().find(is_new).map(|(path, _)| path.clone())
}

/// The files of a tree: one that was made, a commit's, a branch's, or a folder of one of them.
fn tree_in(repository: &Repository, sha: &str) -> Option<Files> {
    let made = repository.history.trees.values();
    let committed = repository.history.commits.values().map(|commit| &commit.files);
    let tips = repository.branches.values().map(|branch| &branch.files);
    made.chain(committed).chain(tips).find_map(|files| git_objects::subtree(files, sha))
}

fn history_of(world: &mut World, repository_id: u64) -> Option<&mut History> {
    world.repositories.iter_mut().find(|it| it.id == repository_id).map(|repository| &mut repository.history)
}

/// The bot is the author; the committer is GitHub, which would sign for it.
/// <https://docs.github.com/en/authentication/managing-commit-signature-verification/about-commit-signature-verification#signature-verification-for-bots>
fn signatures(world: &World, login: &str) -> (Signature, Signature) {
    let date = world.now();
    let id = world.account(login).map_or(0, |account| account.id);
    let email = format!("{id}+{login}@users.noreply.github.com");
    let author = Signature { name: login.to_owned(), email, date };
    let github = Signature { name: GITHUB.0.to_owned(), email: GITHUB.1.to_owned(), date };
    (author, github)
}
