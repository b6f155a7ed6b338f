//! Whether the App is installed on a repository, as far as GitHub's events have told.
//!
//! Owns what an event makes of what was known before. Never a setting, and never asked before a dispatch: GitHub itself
//! answers then.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::message::{InstallationAction, InstallationChange};

/// Whether the App can act in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InstallationState {
    /// It can.
    Installed,
    /// It is not installed there.
    Missing,
    /// It is installed, and suspended.
    Suspended,
}

/// What was told last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstallationMark {
    /// The state.
    pub state: InstallationState,
    /// When GitHub had last touched the installation.
    pub at: Timestamp,
}

impl InstallationState {
    /// The stable word for tables and answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Installed => "installed",
            Self::Missing => "missing",
            Self::Suspended => "suspended",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        [Self::Installed, Self::Missing, Self::Suspended].into_iter().find(|state| state.as_str() == word)
    }
}

impl InstallationChange {
    /// What is known of one of its repositories after it; `None` where it changes nothing, or comes late.
    #[must_use]
    pub fn mark_after(&self, before: Option<InstallationMark>) -> Option<InstallationMark> {
        if before.is_some_and(|before| before.at > self.at) {
            return None;
        }
        let known = before.map(|before| before.state);
        let state = match self.action {
            InstallationAction::Created | InstallationAction::Added => InstallationState::Installed,
            InstallationAction::Deleted | InstallationAction::Removed => InstallationState::Missing,
            // These name no repositories: one of the account's that the App didn't have is still without it.
            InstallationAction::Suspend if known != Some(InstallationState::Missing) => InstallationState::Suspended,
            InstallationAction::Unsuspend if known == Some(InstallationState::Suspended) => {
                InstallationState::Installed
            }
            InstallationAction::Suspend | InstallationAction::Unsuspend => return None,
        };
        let after = InstallationMark { state, at: self.at };
        (before != Some(after)).then_some(after)
    }
}

#[cfg(test)]
mod tests {
    use InstallationAction::{Added, Created, Deleted, Removed, Suspend, Unsuspend};
    use InstallationState::{Installed, Missing, Suspended};

    use super::*;
    use crate::ids::InstallationId;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("a time")
    }

    fn check(before: Option<InstallationState>, action: InstallationAction, after: Option<InstallationState>) {
        let account = "octo".to_owned();
        let installation = InstallationId::new(70);
        let change = InstallationChange { installation, account, action, at: second(5), repositories: None };
        let mark = |state| InstallationMark { state, at: second(5) };
        assert_eq!(change.mark_after(before.map(mark)), after.map(mark), "{before:?}, {action:?}");
        let later = before.map(|state| InstallationMark { state, at: second(6) });
        assert_eq!(later.and_then(|later| change.mark_after(Some(later))), None, "a late {action:?} after {before:?}");
    }

    #[test]
    fn an_event_changes_what_was_known_before_it() {
        for action in [Created, Added] {
            check(None, action, Some(Installed));
            check(Some(Missing), action, Some(Installed));
            check(Some(Installed), action, None);
        }
        for action in [Deleted, Removed] {
            check(None, action, Some(Missing));
            check(Some(Suspended), action, Some(Missing));
            check(Some(Missing), action, None);
        }
    }

    #[test]
    fn a_suspension_says_nothing_of_repositories_that_the_app_did_not_have() {
        check(None, Suspend, Some(Suspended));
        check(Some(Installed), Suspend, Some(Suspended));
        check(Some(Missing), Suspend, None);
        check(Some(Suspended), Unsuspend, Some(Installed));
        check(Some(Missing), Unsuspend, None);
        check(None, Unsuspend, None);
    }

    #[test]
    fn a_states_word_is_the_one_that_is_written() {
        for state in [Installed, Missing, Suspended] {
            assert_eq!(InstallationState::parse(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).expect("a word"), state.as_str());
        }
    }
}
