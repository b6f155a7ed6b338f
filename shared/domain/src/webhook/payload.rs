//! GitHub's payloads, cut down to the fields that we read.
//!
//! Owns the wire shapes and nothing else: a field is here because [`event`](super::event) uses it. A repeated key is
//! an error of the derived readers, so a payload can't be read in two ways.
//! <https://docs.github.com/en/webhooks/webhook-events-and-payloads>

use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

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

#[derive(Deserialize)]
pub(super) struct Renamed {
    pub changes: RenamedFrom,
    pub repository: TouchedRepository,
}

/// One of the two is there: by the action, either the repository's name or its owner is another one.
#[derive(Deserialize)]
pub(super) struct RenamedFrom {
    pub repository: Option<ChangedName>,
    pub owner: Option<Before<Owner>>,
}

#[derive(Deserialize)]
pub(super) struct ChangedName {
    pub name: Before<String>,
}

#[derive(Deserialize)]
pub(super) struct Before<T> {
    pub from: T,
}

#[derive(Deserialize)]
pub(super) struct Owner {
    pub user: Option<Account>,
    pub organization: Option<Account>,
}

#[derive(Deserialize)]
pub(super) struct Account {
    pub login: String,
}

#[derive(Deserialize)]
pub(super) struct TouchedRepository {
    pub id: u64,
    pub full_name: String,
    pub default_branch: String,
    pub updated_at: Moment,
}

/// A time that GitHub writes as a text here, and as seconds since 1970 there.
#[derive(Deserialize)]
#[serde(try_from = "WrittenMoment")]
pub(super) struct Moment(pub Timestamp);

#[derive(Deserialize)]
#[serde(untagged)]
enum WrittenMoment {
    Seconds(i64),
    Text(Timestamp),
}

impl TryFrom<WrittenMoment> for Moment {
    type Error = jiff::Error;

    fn try_from(written: WrittenMoment) -> Result<Self, Self::Error> {
        match written {
            WrittenMoment::Seconds(seconds) => Timestamp::from_second(seconds).map(Self),
            WrittenMoment::Text(time) => Ok(Self(time)),
        }
    }
}

#[derive(Deserialize)]
pub(super) struct PullRequestEvent {
    pub number: u64,
    pub pull_request: PullRequest,
    pub repository: Repository,
}

#[derive(Deserialize)]
pub(super) struct PullRequest {
    pub closed_at: Timestamp,
}

#[derive(Deserialize)]
pub(super) struct InstallationEvent {
    pub installation: WholeInstallation,
    pub repositories: Option<Vec<ListedRepository>>,
    pub repositories_added: Option<Vec<ListedRepository>>,
    pub repositories_removed: Option<Vec<ListedRepository>>,
}

#[derive(Deserialize)]
pub(super) struct WholeInstallation {
    pub id: u64,
    /// Null for an account that is gone.
    pub account: Option<InstalledOn>,
    pub updated_at: Moment,
    pub suspended_at: Option<Moment>,
}

/// An enterprise has no login.
#[derive(Deserialize)]
pub(super) struct InstalledOn {
    pub login: Option<String>,
}

#[derive(Deserialize)]
pub(super) struct ListedRepository {
    pub id: u64,
    pub full_name: String,
}
