//! GitHub's payloads, cut down to the fields that we read.
//!
//! Owns the wire shapes and nothing else: a field is here because [`event`](super::event) uses it. A repeated key is
//! an error of the derived readers, so a payload can't be read in two ways.
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use jiff::Timestamp;
use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};

/// Which members an object has: enough to tell one event from another without believing a header.
#[derive(Deserialize)]
pub(super) struct Outline {
    pub action: Option<String>,
    pub comment: Option<IgnoredAny>,
    pub issue: Option<IgnoredAny>,
    pub workflow_run: Option<IgnoredAny>,
    /// Whether the key is there: GitHub may send it as null.
    #[serde(default, deserialize_with = "is_there")]
    pub workflow: bool,
    pub deployment: Option<IgnoredAny>,
    pub zen: Option<IgnoredAny>,
    pub hook_id: Option<IgnoredAny>,
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

#[derive(Deserialize)]
pub(super) struct IssueComment {
    pub comment: Comment,
    pub issue: Issue,
    pub repository: Repository,
    pub installation: Option<Installation>,
    pub sender: Option<User>,
}

#[derive(Deserialize)]
pub(super) struct Comment {
    pub id: u64,
    pub body: Option<String>,
    pub user: Option<User>,
    pub created_at: Timestamp,
}

#[derive(Deserialize)]
pub(super) struct Issue {
    pub number: u64,
    #[serde(default)]
    pub locked: bool,
    /// Present, as an object, on pull requests only.
    pub pull_request: Option<IgnoredAny>,
}

#[derive(Deserialize)]
pub(super) struct Repository {
    pub id: u64,
    pub full_name: String,
    pub default_branch: String,
}

#[derive(Deserialize)]
pub(super) struct Installation {
    pub id: u64,
}

#[derive(Deserialize)]
pub(super) struct User {
    pub id: u64,
    pub login: String,
    /// `User`, `Bot`, `Organization`; the description of the API lets it be left out.
    #[serde(rename = "type", default)]
    pub kind: String,
}

#[derive(Deserialize)]
pub(super) struct WorkflowRun {
    pub workflow_run: Run,
    pub repository: Repository,
    pub installation: Option<Installation>,
}

#[derive(Deserialize)]
pub(super) struct Run {
    pub id: u64,
    pub run_attempt: Option<u32>,
    pub event: String,
    pub display_title: Option<String>,
    pub conclusion: Option<String>,
    pub html_url: String,
    pub run_started_at: Option<Timestamp>,
    pub updated_at: Timestamp,
}
