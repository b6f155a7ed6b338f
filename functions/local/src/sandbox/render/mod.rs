//! The world in the shapes of GitHub's API description, for answers and webhook payloads alike.
//!
//! Only reads the world. Every link begins with the sandbox's own address, as on a GitHub
//! Enterprise Server.

mod account;
mod actions;
mod app;
mod delivery;
mod diff_entry;
mod git;
mod issue;
mod jobs;
mod pull_request;
mod repository;

pub(super) use account::{collaborator, organization, public_user, user};
pub(super) use actions::{run, run_url, workflow, workflow_id};
pub(super) use app::{app, installation, installation_lite};
pub(super) use delivery::{delivery, delivery_item};
pub(super) use diff_entry::diff_entry;
pub(super) use git::{git_commit, git_ref, git_tree};
pub(super) use issue::{REACTION_CONTENTS, comment, issue, reaction};
pub(super) use jobs::{annotation, job};
pub(super) use pull_request::pull_request;
pub(super) use repository::{api_url, for_webhook, full, html_url, plain};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// GitHub's opaque global id: a prefix for the kind and something that only GitHub reads.
pub(super) fn node_id(prefix: &str, id: u64) -> String {
    format!("{prefix}_{}", URL_SAFE_NO_PAD.encode(id.to_be_bytes()))
}

/// The fields of a JSON object, to be mixed with others.
pub(super) fn fields(object: Value) -> Map<String, Value> {
    match object {
        Value::Object(fields) => fields,
        _ => Map::new(),
    }
}
