//! What was seen of a set-up, or why it was not.
//!
//! Owns the shapes. Secrets are here by their names alone; of variables only those that are ours have their values.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use super::unseen::{Seen, Unseen};
use crate::facts::WorkflowFact;
use crate::ids::{InstallationId, RepoId, UserId};
use crate::mapping::{Mapping, MappingFaults};
use crate::public_url::PublicUrl;
use crate::repo_name::RepoFullName;

/// Everything that was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetUpFacts {
    /// The repository.
    pub repo: RepoFullName,
    /// Where this control plane is; `None` where whoever looks doesn't know.
    pub public_url: Option<PublicUrl>,
    /// What the App is at GitHub.
    pub app: Seen<AppFact>,
    /// What it may do here.
    pub installation: Seen<InstallationFact>,
    /// Where its webhook sends to; `None` where it sends nowhere.
    pub hook_url: Seen<Option<String>>,
    /// The newest attempts to deliver it something, newest first.
    pub deliveries: Seen<Vec<DeliveryFact>>,
    /// The settings.
    pub mapping: MappingFact,
    /// What the repository has; `None` without settings to compare it with.
    pub at_repository: Option<MappedFact>,
}

/// The settings of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MappingFact {
    /// There are none.
    Missing,
    /// Those of this name belong to another repository.
    Foreign(RepoId),
    /// They break a rule.
    Invalid(MappingFaults),
    /// They are valid.
    Found(Box<Mapping>),
}

/// Permissions by name, such as `pull_requests`, with `read`, `write` or `admin`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Permissions(pub BTreeMap<String, String>);

/// The App, as it is registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppFact {
    /// What it asks for.
    pub permissions: Permissions,
}

/// The App's installation that covers the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstallationFact {
    /// Its id.
    pub id: InstallationId,
    /// What it was granted.
    pub permissions: Permissions,
    /// What it is told of.
    pub events: BTreeSet<String>,
}

/// One attempt to deliver an event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryFact {
    /// The same for every attempt at one event.
    pub guid: String,
    /// The event's name.
    pub event: String,
    /// When.
    pub at: Timestamp,
    /// What was answered.
    pub status_code: u16,
    /// The repository that it is about, if it is about one.
    pub repository: Option<RepoId>,
}

/// What a repository has of all that a run takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MappedFact {
    /// What it is.
    pub repository: Seen<RepositoryFact>,
    /// Whether the branch that runs are dispatched on is there.
    pub has_branch: Seen<bool>,
    /// The workflow that implements and fills gaps.
    pub implement: WorkflowSeen,
    /// The workflow that plans, where implementations are planned.
    pub planning: Option<WorkflowSeen>,
    /// `comment-trigger.yml`, where comments come by it.
    pub comment_trigger: Option<WorkflowSeen>,
    /// What Actions may do.
    pub actions: Seen<ActionsFact>,
    /// Whether a job's own token may open pull requests.
    pub may_open_pull_requests: Seen<bool>,
    /// Names of its secrets.
    pub secrets: Seen<BTreeSet<String>>,
    /// Names of its organization's secrets that it sees.
    pub organization_secrets: Seen<BTreeSet<String>>,
    /// Its variables whose names begin with `AI_IMPLEMENT_`.
    pub variables: Seen<BTreeMap<String, String>>,
    /// Those of its organization that it sees.
    pub organization_variables: Seen<BTreeMap<String, String>>,
    /// The text of `WORKFLOW.md` on that branch; `None` where it is not there.
    pub workflow_md: Seen<Option<String>>,
    /// The text of `PLANNING.md`, where implementations are planned.
    pub planning_md: Option<Seen<Option<String>>>,
    /// What the subjects of its runs' OIDC tokens look like.
    pub oidc_subject: Seen<OidcSubjectFact>,
}

/// A repository as GitHub describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFact {
    /// Its id.
    pub id: RepoId,
    /// Its owner's id.
    pub owner_id: UserId,
    /// Its name, in GitHub's own letters.
    pub name: RepoFullName,
    /// Its default branch.
    pub default_branch: String,
    /// Whether it is read only.
    pub is_archived: bool,
}

/// A workflow's file and what GitHub makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowSeen {
    /// What its file says.
    pub declaration: Seen<WorkflowFact>,
    /// Whether it is switched on; `None` where GitHub knows no such workflow.
    pub state: Seen<Option<WorkflowState>>,
}

/// Whether a workflow is switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WorkflowState {
    /// It is.
    Active,
    /// Somebody has switched it off.
    DisabledManually,
    /// GitHub has, because nothing happened for long.
    DisabledByInactivity,
    /// Something else keeps it from running.
    Other,
}

/// What Actions may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ActionsFact {
    /// Whether there are any.
    pub is_enabled: bool,
    /// Whose actions a workflow may use.
    pub usable: UsableActions,
}

/// Whose actions a workflow may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UsableActions {
    /// Everybody's.
    All,
    /// The owner's own.
    LocalOnly,
    /// Some.
    Selected,
}

/// What the subject of a run's OIDC token is made of.
/// <https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository>
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OidcSubjectFact {
    /// The claims that somebody has put it together from, in place of the default.
    pub customized: Option<Vec<String>>,
    /// Whether it has the ids; `None` where GitHub doesn't say.
    pub is_immutable: Option<bool>,
    /// How it begins; `None` where GitHub doesn't say.
    pub prefix: Option<String>,
}

impl SetUpFacts {
    /// The settings and what they are compared with.
    #[must_use]
    pub fn mapped(&self) -> Option<(&Mapping, &MappedFact)> {
        match &self.mapping {
            MappingFact::Found(mapping) => Some((mapping, self.at_repository.as_ref()?)),
            MappingFact::Missing | MappingFact::Foreign(_) | MappingFact::Invalid(_) => None,
        }
    }
}

impl MappedFact {
    /// Of a repository with these settings, nothing could be looked at.
    #[must_use]
    pub fn unseen(mapping: &Mapping, why: Unseen) -> Self {
        let workflow = WorkflowSeen { declaration: Err(why), state: Err(why) };
        Self {
            repository: Err(why),
            has_branch: Err(why),
            planning: mapping.planning_enabled.then(|| workflow.clone()),
            comment_trigger: mapping.is_triggered_by_workflow().then(|| workflow.clone()),
            implement: workflow,
            actions: Err(why),
            may_open_pull_requests: Err(why),
            secrets: Err(why),
            organization_secrets: Err(why),
            variables: Err(why),
            organization_variables: Err(why),
            workflow_md: Err(why),
            planning_md: mapping.planning_enabled.then_some(Err(why)),
            oidc_subject: Err(why),
        }
    }

    /// Whether a secret is there, in the repository or in its organization.
    pub(super) fn has_secret(&self, name: &str) -> Seen<bool> {
        let in_repository = self.secrets.as_ref().map(|names| names.contains(name));
        let in_organization = self.organization_secrets.as_ref().map(|names| names.contains(name));
        match (in_repository, in_organization) {
            (Ok(true), _) | (_, Ok(true)) => Ok(true),
            (Ok(false), Ok(false)) => Ok(false),
            (Err(why), _) | (_, Err(why)) => Err(*why),
        }
    }

    /// A variable's value as a run sees it: the repository's own goes before its organization's.
    pub(crate) fn variable(&self, name: &str) -> Seen<Option<&str>> {
        let own = self.variables.as_ref().map_err(|why| *why)?.get(name);
        let value = match own {
            Some(own) => Some(own),
            None => self.organization_variables.as_ref().map_err(|why| *why)?.get(name),
        };
        Ok(value.map(String::as_str).filter(|value| !value.is_empty()))
    }
}

impl Permissions {
    /// Whether they let one do something: `read`, or `write`, which reads too.
    #[must_use]
    pub fn allow(&self, name: &str, access: &str) -> bool {
        self.0.get(name).is_some_and(|held| held == access || access == "read" || held == "admin")
    }
}
