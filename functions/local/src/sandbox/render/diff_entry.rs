//! The files of a pull request as GitHub lists them.
//!
//! Never computes a diff: that is `diff`.

use serde_json::{Value, json};

use super::{api_url, html_url};
use crate::sandbox::diff::FileChange;
use crate::sandbox::digest::git_blob_sha;
use crate::sandbox::world::{Repository, World};

/// One changed file, at the head's commit.
pub(in crate::sandbox) fn diff_entry(
    world: &World,
    repository: &Repository,
    head_sha: &str,
    change: &FileChange,
) -> Value {
    let FileChange { path, before, after } = change;
    let (additions, deletions) = change.counts();
    let (page, api) = (html_url(world, repository), api_url(world, repository));
    json!({
        "sha": after.as_ref().or(before.as_ref()).map(|text| git_blob_sha(text)),
        "filename": path,
        "status": match (before, after) {
            (None, _) => "added",
            (_, None) => "removed",
            _ => "modified",
        },
        "additions": additions,
        "deletions": deletions,
        "changes": additions + deletions,
        "blob_url": format!("{page}/blob/{head_sha}/{path}"),
        "raw_url": format!("{page}/raw/{head_sha}/{path}"),
        "contents_url": format!("{api}/contents/{path}?ref={head_sha}"),
        "patch": change.patch(),
    })
}
