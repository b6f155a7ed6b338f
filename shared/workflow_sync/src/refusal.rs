//! Why nothing was brought, as values with a stable code, a reason and one remedy each.
//!
//! Owns the closed list and its words. Where a command would be refused for the same thing, the code is the same.

use std::fmt;

use crate::BRANCH;

/// Why nothing was brought. `Display` is the sentence a person reads, with the remedy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyncRefusal {
    /// The App is not installed on the repository.
    NotInstalled,
    /// The App's installation is suspended.
    Suspended,
    /// The App was not granted these permissions, by their names in the API.
    PermissionsMissing(Vec<&'static str>),
    /// GitHub does not let the App do it, whatever it was granted.
    Denied(String),
    /// The mapping is bound to another repository than the one that has its name.
    AnotherRepository,
    /// The repository is archived.
    Archived,
    /// The repository has no commit.
    Empty,
    /// There is no such branch to start from.
    BaseMissing(String),
    /// The mapping's branch is the one that the files come by.
    BaseIsOurs,
    /// Two of the files would have this path.
    PathsClash(String),
    /// Somebody else's commit is on our branch.
    BranchTaken,
    /// GitHub refused for a reason that we have no better word for.
    GithubRejected(String),
    /// Others write the branch at this moment.
    Busy,
}

impl SyncRefusal {
    /// The stable reason code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotInstalled => "APP_NOT_INSTALLED",
            Self::Suspended => "APP_SUSPENDED",
            Self::PermissionsMissing(_) | Self::Denied(_) => "APP_PERMISSION_MISSING",
            Self::AnotherRepository => "BOUND_ELSEWHERE",
            Self::Archived => "REPO_ARCHIVED",
            Self::Empty => "REPO_EMPTY",
            Self::BaseMissing(_) => "REF_MISSING",
            Self::BaseIsOurs | Self::PathsClash(_) => "MAPPING_INVALID",
            Self::BranchTaken => "BRANCH_TAKEN",
            Self::GithubRejected(_) => "GITHUB_REJECTED",
            Self::Busy => "SYNC_BUSY",
        }
    }

    /// What happened, without the remedy.
    #[must_use]
    pub fn reason(&self) -> String {
        match self {
            Self::NotInstalled => "The App is not installed on this repository.".into(),
            Self::Suspended => "The App's installation is suspended.".into(),
            Self::PermissionsMissing(names) => {
                let asked: Vec<String> = names.iter().map(|name| format!("`{name}: write`")).collect();
                format!("The App lacks {}, which bringing workflows takes.", asked.join(" and "))
            }
            Self::Denied(message) => format!("GitHub does not let the App do this: {message}"),
            Self::AnotherRepository => {
                "The mapping is bound to another repository than the one that has this name now.".into()
            }
            Self::Archived => "The repository is archived.".into(),
            Self::Empty => "The repository is empty, and a pull request needs a branch to go into.".into(),
            Self::BaseMissing(branch) => format!("There is no branch `{branch}` in this repository."),
            Self::BaseIsOurs => format!("The mapping's `defaultBranch` is `{BRANCH}`, by which the files are brought."),
            Self::PathsClash(path) => format!("Two of the files would be `{path}`."),
            Self::BranchTaken => format!("Somebody else's commits are on `{BRANCH}`, and they are not written over."),
            Self::GithubRejected(message) => format!("GitHub refused: {message}"),
            Self::Busy => format!("Others write `{BRANCH}` at this moment."),
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(&self) -> &'static str {
        match self {
            Self::NotInstalled => "Ask an owner to install it there, then sync again.",
            Self::Suspended => "Ask an owner to unsuspend it, then sync again.",
            Self::PermissionsMissing(_) | Self::Denied(_) => {
                "Ask for Contents, Pull requests and Workflows (write) in the App's settings, let an owner accept them on \
                 the installation's page, then sync again."
            }
            Self::AnotherRepository => "Delete the mapping and make it anew, if it is meant for that one.",
            Self::Archived => "Unarchive it, or delete the mapping.",
            Self::Empty => "Push a first commit, then sync again.",
            Self::BaseMissing(_) => "Correct `defaultBranch` in the mapping, or create the branch.",
            Self::BaseIsOurs => "Give the mapping the branch that runs start from.",
            Self::PathsClash(_) => {
                "Give the mapping's `workflowFile` and `planningWorkflowFile` names of their own; `comment-trigger.yml` is \
                 taken where its `trigger` is `workflow`."
            }
            Self::BranchTaken => "Merge or close its pull request and delete the branch, then sync again.",
            Self::GithubRejected(_) => "Mend what GitHub names, which may be a rule for branches, then sync again.",
            Self::Busy => "Sync again in a moment.",
        }
    }
}

impl fmt::Display for SyncRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.reason(), self.remedy())
    }
}
