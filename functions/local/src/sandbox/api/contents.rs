//! Files and folders at a ref, with git's own blob SHAs.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};

use super::parameters::{FromPath, FromQuery};
use crate::sandbox::auth::InstallationCaller;
use crate::sandbox::core::Core;
use crate::sandbox::digest::git_blob_sha;
use crate::sandbox::github_error::GithubError;
use crate::sandbox::render;
use crate::sandbox::world::{Repository, World};

/// GitHub breaks its base64 into lines of this length.
const BASE64_LINE: usize = 60;

#[derive(Deserialize)]
pub(super) struct ContentsQuery {
    #[serde(rename = "ref")]
    reference: Option<String>,
}

/// `GET /repos/{owner}/{repo}/contents/{path}`
pub(super) async fn show(
    caller: InstallationCaller,
    State(core): State<Arc<Core>>,
    FromPath((owner, repo, path)): FromPath<(String, String, String)>,
    FromQuery(query): FromQuery<ContentsQuery>,
) -> Result<Json<Value>, GithubError> {
    let world = core.world();
    let repository = caller.reads(&world, &format!("{owner}/{repo}"), "contents")?;
    let reference = query.reference.as_deref().unwrap_or(&repository.default_branch);
    let (_, branch) = repository
        .branch_at(reference)
        .ok_or_else(|| GithubError::new(StatusCode::NOT_FOUND, format!("No commit found for the ref {reference}")))?;
    let place = Place { world: &world, repository, reference };
    let path = path.trim_matches('/');
    match branch.files.get(path) {
        Some(text) => Ok(Json(place.file(path, text))),
        None => place.folder(path, &branch.files).map(Json).ok_or_else(GithubError::not_found),
    }
}

/// Where a path is looked up.
struct Place<'a> {
    world: &'a World,
    repository: &'a Repository,
    reference: &'a str,
}

impl Place<'_> {
    fn file(&self, path: &str, text: &str) -> Value {
        let mut file = self.entry(path, "file", &git_blob_sha(text), text.len());
        file["encoding"] = json!("base64");
        file["content"] = json!(base64_lines(text));
        file
    }

    /// The entries directly below a path; `None` when nothing is there.
    fn folder(&self, path: &str, files: &BTreeMap<String, String>) -> Option<Value> {
        let prefix = format!("{path}/");
        let mut entries = BTreeMap::new();
        for (file, text) in files {
            let Some(below) = file.strip_prefix(&prefix) else {
                continue;
            };
            let entry = match below.split_once('/') {
                Some((folder, _)) => {
                    let folder = format!("{prefix}{folder}");
                    self.entry(&folder, "dir", &git_blob_sha(&folder), 0)
                }
                None => self.entry(file, "file", &git_blob_sha(text), text.len()),
            };
            entries.insert(entry["path"].to_string(), entry);
        }
        (!entries.is_empty()).then(|| entries.into_values().collect())
    }

    fn entry(&self, path: &str, kind: &str, sha: &str, size: usize) -> Value {
        let api = render::api_url(self.world, self.repository);
        let page = render::html_url(self.world, self.repository);
        let reference = self.reference;
        let (git_kind, page_kind) = if kind == "dir" { ("trees", "tree") } else { ("blobs", "blob") };
        let url = format!("{api}/contents/{path}?ref={reference}");
        let git_url = format!("{api}/git/{git_kind}/{sha}");
        let html_url = format!("{page}/{page_kind}/{reference}/{path}");
        json!({
            "type": kind,
            "name": path.rsplit('/').next(),
            "path": path,
            "sha": sha,
            "size": size,
            "url": url,
            "git_url": git_url,
            "html_url": html_url,
            "download_url": (kind == "file").then(|| format!("{page}/raw/{reference}/{path}")),
            "_links": { "self": url, "git": git_url, "html": html_url },
        })
    }
}

fn base64_lines(text: &str) -> String {
    let encoded = STANDARD.encode(text);
    let lines = encoded.as_bytes().chunks(BASE64_LINE).filter_map(|line| str::from_utf8(line).ok());
    lines.fold(String::new(), |content, line| content + line + "\n")
}
