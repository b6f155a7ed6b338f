//! References, commits and trees as GitHub's Git database shows them.
//!
//! Never computes a SHA: that is `git_objects`.

use serde_json::{Value, json};

use super::{api_url, html_url, node_id};
use crate::sandbox::digest::stable_number;
use crate::sandbox::git_objects::{self, TreeEntry};
use crate::sandbox::world::{Commit, Files, Repository, World};

/// A branch as a reference.
pub(in crate::sandbox) fn git_ref(world: &World, repository: &Repository, branch: &str, sha: &str) -> Value {
    let api = api_url(world, repository);
    json!({
        "ref": format!("refs/heads/{branch}"),
        "node_id": node_id("REF", stable_number(branch).into()),
        "url": format!("{api}/git/refs/heads/{branch}"),
        "object": { "type": "commit", "sha": sha, "url": format!("{api}/git/commits/{sha}") },
    })
}

/// A commit. None is signed here.
pub(in crate::sandbox) fn git_commit(world: &World, repository: &Repository, sha: &str, commit: &Commit) -> Value {
    let (api, page) = (api_url(world, repository), html_url(world, repository));
    let tree = git_objects::tree_sha(&commit.files);
    let parent = |sha: &String| json!({ "sha": sha, "url": format!("{api}/git/commits/{sha}"), "html_url": format!("{page}/commit/{sha}") });
    json!({
        "sha": sha,
        "node_id": node_id("C", stable_number(sha).into()),
        "url": format!("{api}/git/commits/{sha}"),
        "html_url": format!("{page}/commit/{sha}"),
        "author": commit.author,
        "committer": commit.committer,
        "tree": { "sha": tree, "url": format!("{api}/git/trees/{tree}") },
        "message": commit.message,
        "parents": commit.parents.iter().map(parent).collect::<Vec<_>>(),
        "verification": {
            "verified": false,
            "reason": "unsigned",
            "signature": null,
            "payload": null,
            "verified_at": null,
        },
    })
}

/// A tree: what is in it, and all that is below where that is asked for.
pub(in crate::sandbox) fn git_tree(world: &World, repository: &Repository, files: &Files, recursive: bool) -> Value {
    let (api, sha) = (api_url(world, repository), git_objects::tree_sha(files));
    let entry = |TreeEntry { path, sha, size }: TreeEntry| match size {
        Some(size) => json!({
            "path": path,
            "mode": "100644",
            "type": "blob",
            "sha": sha,
            "size": size,
            "url": format!("{api}/git/blobs/{sha}"),
        }),
        None => json!({
            "path": path,
            "mode": "040000",
            "type": "tree",
            "sha": sha,
            "url": format!("{api}/git/trees/{sha}"),
        }),
    };
    json!({
        "sha": sha,
        "url": format!("{api}/git/trees/{sha}"),
        "truncated": false,
        "tree": git_objects::listing(files, recursive).into_iter().map(entry).collect::<Vec<_>>(),
    })
}
