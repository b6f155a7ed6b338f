//! A change of where the App is installed, as the queue carries it.
//!
//! Owns its fields, and that one message never has more repositories than the queue can carry. What it means for one
//! repository is [`installation`](crate::installation)'s to say.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::ids::{InstallationId, RepoId};
use crate::repo_name::RepoFullName;

/// The longest names make some 17 KB of so many; SQS takes 256 KiB.
const MAX_REPOSITORIES: usize = 100;

/// The App came to an account or to some of its repositories, or left them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationChange {
    /// The App's installation.
    pub installation: InstallationId,
    /// The account that it is on, by its name at the time.
    pub account: String,
    /// What happened.
    pub action: InstallationAction,
    /// When GitHub had last touched the installation: of two events, the older one has no later time.
    pub at: Timestamp,
    /// The repositories that it happened to; `None` where it happened to all that the installation has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repositories: Option<Vec<NamedRepository>>,
}

/// A repository as it was once listed: by an installation's event, or for a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedRepository {
    /// Its identity.
    pub id: RepoId,
    /// Its name at the time.
    pub name: RepoFullName,
}

/// An action of an `installation` or `installation_repositories` event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InstallationAction {
    /// The App was installed, with these repositories.
    Created,
    /// It was uninstalled.
    Deleted,
    /// It may do nothing for now.
    Suspend,
    /// It may again.
    Unsuspend,
    /// It was given these repositories too.
    Added,
    /// These were taken from it.
    Removed,
}

impl InstallationAction {
    /// GitHub's word for the action.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Deleted => "deleted",
            Self::Suspend => "suspend",
            Self::Unsuspend => "unsuspend",
            Self::Added => "added",
            Self::Removed => "removed",
        }
    }

    pub(crate) fn parse(word: &str, of: &[Self]) -> Option<Self> {
        of.iter().copied().find(|action| action.as_str() == word)
    }
}

impl InstallationChange {
    /// The same change in pieces that the queue can carry; none where it happened to no repository.
    #[must_use]
    pub fn split(self) -> Vec<Self> {
        let Some(repositories) = &self.repositories else { return vec![self] };
        let pieces = repositories.chunks(MAX_REPOSITORIES);
        pieces.map(|piece| Self { repositories: Some(piece.to_vec()), ..self.clone() }).collect()
    }

    pub(super) fn deduplication_id(&self) -> String {
        let (installation, action, at) = (self.installation, self.action.as_str(), self.at.as_second());
        let first = self.repositories.as_ref().and_then(|repositories| repositories.first());
        let piece = first.map_or_else(|| "all".to_owned(), |first| first.id.to_string());
        format!("installation:{installation}:{action}:{at}:{piece}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(repositories: Option<u64>) -> InstallationChange {
        let repository = |id| NamedRepository {
            id: RepoId::new(id),
            name: RepoFullName::new(&"o".repeat(39), &"r".repeat(100)).expect("a name"),
        };
        InstallationChange {
            installation: InstallationId::new(u64::MAX),
            account: "o".repeat(39),
            action: InstallationAction::Added,
            at: Timestamp::UNIX_EPOCH,
            repositories: repositories.map(|count| (0..count).map(|id| repository(u64::MAX - id)).collect()),
        }
    }

    #[test]
    fn a_long_list_goes_in_pieces_far_below_what_sqs_takes() {
        let pieces = change(Some(250)).split();
        let listed = |piece: &InstallationChange| piece.repositories.as_ref().map_or(0, Vec::len);
        assert_eq!(pieces.iter().map(listed).collect::<Vec<_>>(), [100, 100, 50]);
        let ids: std::collections::BTreeSet<_> = pieces.iter().map(InstallationChange::deduplication_id).collect();
        assert_eq!(ids.len(), 3, "{ids:?}");
        assert!(ids.iter().all(|id| id.len() <= 128), "{ids:?}");
        for piece in pieces {
            let length = crate::message::Message::Installation(piece).to_json().len();
            assert!(length < 32 * 1024, "{length}");
        }
    }

    #[test]
    fn what_happens_to_all_is_one_message_and_what_happens_to_none_is_none() {
        assert_eq!(change(None).split(), [change(None)]);
        assert_eq!(change(Some(0)).split(), []);
    }
}
