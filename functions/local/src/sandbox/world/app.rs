//! The GitHub App, its installation, the tokens it minted and the webhooks it was sent.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// Permission names, such as `pull_requests`, with the access granted.
pub type Permissions = BTreeMap<String, Access>;

/// How much a permission allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Access {
    /// Reading.
    Read,
    /// Reading and writing.
    Write,
}

/// The GitHub App. Its key is not part of the world: it is never written to the state file.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct App {
    /// GitHub's numeric id, the `iss` of the App's JWTs.
    pub id: u64,
    /// OAuth client id, which GitHub takes as `iss` too.
    pub client_id: String,
    /// Name in links; the bot user is `<slug>[bot]`.
    pub slug: String,
    /// Name that people read.
    pub name: String,
    /// Login of the account that owns the App.
    pub owner: String,
    /// Id of the App's webhook.
    pub hook_id: u64,
    /// Events that the App subscribes to; others are not delivered.
    pub events: Vec<String>,
    /// Whether its owner has switched the webhook off: nothing is delivered.
    #[serde(default)]
    pub is_hook_inactive: bool,
    /// Where its owner has the webhook send to, in place of where this sandbox was told to.
    #[serde(default)]
    pub hook_url: Option<String>,
}

impl App {
    /// Login of the App's bot user.
    #[must_use]
    pub fn bot_login(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

/// The App's installation on one account.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Installation {
    /// GitHub's numeric id.
    pub id: u64,
    /// Login of the account it is installed on.
    pub account: String,
    /// False after an uninstallation: no tokens, no webhooks.
    pub installed: bool,
    /// Since when it may do nothing, while it is suspended.
    #[serde(default)]
    pub suspended_at: Option<Timestamp>,
    /// When it was last changed; the seed's is as old as the App.
    #[serde(default)]
    pub updated_at: Option<Timestamp>,
    /// Which repositories of the account it covers.
    pub repositories: RepositorySelection,
    /// Permissions that the account granted.
    pub permissions: Permissions,
    /// Whether webhook payloads name the installation; those of repository hooks don't.
    pub named_in_payloads: bool,
}

/// A choice of repositories by numeric id.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RepositorySelection {
    /// All, those of tomorrow too.
    All,
    /// These only.
    Selected(BTreeSet<u64>),
}

impl RepositorySelection {
    /// Whether the choice covers that repository.
    #[must_use]
    pub fn contains(&self, repository_id: u64) -> bool {
        match self {
            Self::All => true,
            Self::Selected(ids) => ids.contains(&repository_id),
        }
    }

    /// The word that GitHub's API uses.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Selected(_) => "selected",
        }
    }
}

/// A token that acts for the installation, narrowed as it was asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct InstallationToken {
    /// The secret, `ghs_…`.
    pub token: String,
    /// End of its life, an hour after minting.
    pub expires_at: Timestamp,
    /// Repositories it may touch.
    pub repositories: RepositorySelection,
    /// What it may do there.
    pub permissions: Permissions,
    /// Whose word it carries.
    #[serde(default)]
    pub acts_as: Actor,
}

impl InstallationToken {
    /// How long GitHub lets a token live.
    pub(in crate::sandbox) const LIFE: SignedDuration = SignedDuration::from_hours(1);
}

/// Whose installation a token belongs to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Actor {
    /// The App's.
    #[default]
    App,
    /// That of GitHub Actions, which every repository has: the token is the `GITHUB_TOKEN` of a job.
    /// <https://docs.github.com/en/actions/concepts/security/github_token>
    Actions,
}

/// One attempt to deliver a webhook.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Delivery {
    /// Id of the attempt.
    pub id: u64,
    /// `X-GitHub-Delivery`: the same for every attempt of one event.
    pub guid: String,
    /// `X-GitHub-Event`.
    pub event: String,
    /// The payload's `action`.
    pub action: Option<String>,
    /// Whether this attempt repeats an earlier one.
    pub redelivery: bool,
    /// Installation of the payload, if it names one.
    pub installation_id: Option<u64>,
    /// Repository of the payload.
    pub repository_id: Option<u64>,
    /// Headers as sent.
    pub request_headers: BTreeMap<String, String>,
    /// The body, byte for byte as signed.
    pub payload: String,
    /// Status of the receiver; 502 when it could not be reached, 504 when it took too long.
    pub status_code: u16,
    /// The status in words.
    pub status: String,
    /// Headers of the receiver's answer.
    pub response_headers: BTreeMap<String, String>,
    /// Body of the receiver's answer.
    pub response_payload: String,
    /// When the attempt was made.
    pub delivered_at: Timestamp,
    /// How long the receiver took.
    pub duration: Duration,
}
