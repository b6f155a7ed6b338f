//! A commit upon a branch, and a pull request of it, as a sync makes them.

use github::{Depth, GitHubError, NewPullRequest, Repository, Sha};
use local::sandbox::{Fault, Push};
use serde_json::json;

use crate::stage::{REPOSITORY, Stage};

const BRANCH: &str = "sync/ai-implement";

async fn tip(repository: &Repository, branch: &str) -> Sha {
    repository.tip_of(branch).await.expect("an answer").expect("a branch")
}

/// A commit with one new file, on no branch.
async fn commit(repository: &Repository, parents: &[&Sha]) -> Sha {
    let upon = repository.commit(parents[0]).await.expect("a commit").tree;
    let tree = repository.create_tree(&upon, &[("docs/new.md", "New.\n")]).await.expect("a tree");
    repository.create_commit("One more", &tree, parents).await.expect("a commit")
}

#[tokio::test]
async fn a_commit_has_the_files_before_it_and_its_own() {
    let stage = Stage::new();
    let repository = stage.repository().syncing();
    let main = tip(&repository, "main").await;
    let made = commit(&repository, &[&main]).await;
    repository.create_branch(BRANCH, &made).await.expect("a branch");
    assert_eq!(tip(&repository, BRANCH).await, made);
    let shown = repository.commit(&made).await.expect("a commit");
    assert_eq!((shown.parents, shown.author.name.as_str()), (vec![main], "ai-implement[bot]"));
    let paths =
        |entries: Vec<github::TreeEntry>| entries.into_iter().map(|it| (it.path, it.is_folder)).collect::<Vec<_>>();
    let top = repository.tree(&shown.tree, Depth::Here).await.expect("a tree");
    let folders: Vec<_> = paths(top).into_iter().filter(|(_, is_folder)| *is_folder).map(|(path, _)| path).collect();
    assert_eq!(folders, [".github", "docs"]);
    let all = repository.tree(&shown.tree, Depth::All).await.expect("a tree");
    assert!(paths(all).contains(&("docs/new.md".to_owned(), false)));
}

#[tokio::test]
async fn a_branch_that_is_not_there_is_none_and_an_empty_repository_is_told() {
    let stage = Stage::new();
    let repository = stage.repository().syncing();
    assert_eq!(repository.tip_of("nowhere").await.expect("an answer"), None);
    stage.sandbox.edit_world(|world| world.repository_mut(REPOSITORY).expect("a repository").branches.clear());
    let empty = repository.tip_of("main").await;
    assert!(matches!(empty, Err(GitHubError::Rejected { status: 409, .. })), "{empty:?}");
}

#[tokio::test]
async fn nobody_is_written_over() {
    let stage = Stage::new();
    let repository = stage.repository().syncing();
    let main = tip(&repository, "main").await;
    let made = commit(&repository, &[&main]).await;
    repository.create_branch(BRANCH, &made).await.expect("a branch");
    let again = repository.create_branch(BRANCH, &main).await;
    assert!(matches!(again, Err(GitHubError::Rejected { status: 422, .. })), "{again:?}");
    let push = Push {
        repo: REPOSITORY.to_owned(),
        branch: BRANCH.to_owned(),
        sha: "1".repeat(40),
        files: [("theirs.txt".to_owned(), Some("Theirs.\n".to_owned()))].into(),
        user: "writer".to_owned(),
    };
    stage.sandbox.push(push).await.expect("a push");
    let late = commit(&repository, &[&made, &main]).await;
    let refused = repository.forward_branch(BRANCH, &late).await;
    assert!(matches!(refused, Err(GitHubError::Rejected { status: 422, .. })), "{refused:?}");
    assert_eq!(tip(&repository, BRANCH).await.as_str(), "1".repeat(40));
}

#[tokio::test]
async fn a_pull_request_is_opened_once_and_found_by_its_branch() {
    let stage = Stage::new();
    let repository = stage.repository().syncing();
    let made = commit(&repository, &[&tip(&repository, "main").await]).await;
    repository.create_branch(BRANCH, &made).await.expect("a branch");
    assert_eq!(repository.open_pull_request_of(BRANCH, "main").await.expect("an answer"), None);
    let new = NewPullRequest { branch: BRANCH, base: "main", title: "It", body: "All of it." };
    let opened = repository.open_pull_request(new).await.expect("a pull request");
    assert_eq!(repository.open_pull_request_of(BRANCH, "main").await.expect("an answer"), Some(opened));
    assert_eq!(repository.open_pull_request_of(BRANCH, "sort-members").await.expect("an answer"), None);
    let again = repository.open_pull_request(new).await;
    let Err(GitHubError::Rejected { status: 422, message }) = again else { panic!("{again:?}") };
    assert!(message.contains("already exists"), "{message}");
}

#[tokio::test]
async fn half_a_tree_is_no_answer() {
    let stage = Stage::new();
    let repository = stage.repository().syncing();
    let tree = repository.commit(&tip(&repository, "main").await).await.expect("a commit").tree;
    let body = Some(json!({"sha": tree.as_str(), "truncated": true, "tree": []}));
    stage.sandbox.script_fault(Fault { status: Some(200), body, ..Fault::on("GET", "*/git/trees/*") });
    let half = repository.tree(&tree, Depth::All).await;
    assert!(matches!(half, Err(GitHubError::Ambiguous { .. })), "{half:?}");
}

#[tokio::test]
async fn an_installation_tells_what_it_may_write() {
    let stage = Stage::new();
    let name = REPOSITORY.parse().expect("a name");
    let installation = stage.github.installation(&name).await.expect("an installation");
    assert_eq!((installation.app_slug.as_str(), installation.is_suspended), ("ai-implement", false));
    assert!(installation.may_write("workflows") && !installation.may_write("checks") && !installation.may_write("x"));
}
