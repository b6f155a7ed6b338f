//! Which event a body is, by its shape alone.
//!
//! Owns what tells the events that we act on from all others. Never believes a header, and reads no value but the action.

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
    pub repository: Option<IgnoredAny>,
    pub changes: Option<Changed>,
    pub discussion: Option<IgnoredAny>,
    pub pull_request: Option<IgnoredAny>,
    pub number: Option<IgnoredAny>,
    pub installation: Option<WholeOrNot>,
    pub repositories_added: Option<IgnoredAny>,
    pub repositories_removed: Option<IgnoredAny>,
}

/// What was changed, as far as it tells events apart.
#[derive(Deserialize)]
pub(super) struct Changed {
    pub repository: Option<IgnoredAny>,
    pub owner: Option<IgnoredAny>,
}

/// Most events name their installation; two are about it and show all of it.
#[derive(Deserialize)]
pub(super) struct WholeOrNot {
    pub app_id: Option<IgnoredAny>,
}

fn is_there<'de, D: Deserializer<'de>>(value: D) -> Result<bool, D::Error> {
    IgnoredAny::deserialize(value).map(|_| true)
}

impl Outline {
    /// The event that this shape belongs to, of those that we act on.
    pub(super) fn event(&self) -> Option<&'static str> {
        if self.issue.is_some() && self.comment.is_some() {
            Some("issue_comment")
        } else if self.workflow_run.is_some() && self.workflow && self.deployment.is_none() {
            Some("workflow_run")
        } else if self.zen.is_some() && self.hook_id.is_some() {
            Some("ping")
        } else if self.pull_request.is_some() && self.number.is_some() {
            Some("pull_request")
        } else if self.shows_the_installation() {
            let lists = self.repositories_added.is_some() && self.repositories_removed.is_some();
            Some(if lists { "installation_repositories" } else { "installation" })
        } else if self.renames_or_transfers() {
            Some("repository")
        } else {
            None
        }
    }

    fn shows_the_installation(&self) -> bool {
        self.repository.is_none() && self.installation.as_ref().is_some_and(|it| it.app_id.is_some())
    }

    /// Issues and discussions are transferred too, and teams have changes to repositories.
    fn renames_or_transfers(&self) -> bool {
        let Some(changes) = &self.changes else { return false };
        let is_renamed = self.action.as_deref() == Some("renamed") && changes.repository.is_some();
        let is_transferred = self.action.as_deref() == Some("transferred") && changes.owner.is_some();
        let is_of_a_part = self.issue.is_some() || self.discussion.is_some();
        self.repository.is_some() && !is_of_a_part && (is_renamed || is_transferred)
    }
}

/// Whether each body of the event is recognised. `repository` is not among them: most of its actions have no shape of
/// their own.
pub(super) fn is_ours(event_header: Option<&str>) -> bool {
    matches!(
        event_header,
        Some("issue_comment" | "workflow_run" | "ping" | "pull_request" | "installation" | "installation_repositories")
    )
}
