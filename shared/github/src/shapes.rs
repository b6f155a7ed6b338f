//! GitHub's answers, cut down to the fields that are read.
//!
//! Owns the wire shapes and nothing else. Fields that GitHub may leave out or null are optional here.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::RepoId;
use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use serde::Deserialize;
use serde::de::IgnoredAny;

#[derive(Deserialize)]
pub(crate) struct Identified {
    pub(crate) id: u64,
}

/// <https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app>
#[derive(Deserialize)]
pub(crate) struct InstallationAnswer {
    pub(crate) id: u64,
    pub(crate) app_slug: String,
    pub(crate) suspended_at: Option<IgnoredAny>,
    pub(crate) permissions: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) events: BTreeSet<String>,
}

/// <https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app>
#[derive(Deserialize)]
pub(crate) struct AppAnswer {
    pub(crate) permissions: BTreeMap<String, String>,
}

/// <https://docs.github.com/en/rest/apps/webhooks#get-a-webhook-configuration-for-an-app>
#[derive(Deserialize)]
pub(crate) struct HookConfigAnswer {
    pub(crate) url: Option<String>,
}

/// What a token is good for. The token beside it is not read.
#[derive(Deserialize)]
pub(crate) struct CoveredRepositories {
    #[serde(default)]
    repositories: Vec<CoveredRepository>,
}

#[derive(Deserialize)]
struct CoveredRepository {
    id: u64,
    full_name: String,
}

impl CoveredRepositories {
    /// The name of the one that has this id.
    pub(crate) fn name_of(&self, id: RepoId) -> Option<RepoFullName> {
        self.repositories.iter().find(|it| it.id == id.get())?.full_name.parse().ok()
    }

    /// The id of the one that has this name; a redirected name stands for another.
    pub(crate) fn id_of(&self, name: &RepoFullName) -> Option<RepoId> {
        let named =
            |it: &&CoveredRepository| it.full_name.parse::<RepoFullName>().is_ok_and(|full_name| full_name == *name);
        self.repositories.iter().find(named).map(|it| RepoId::new(it.id))
    }
}

#[derive(Deserialize)]
pub(crate) struct PermissionAnswer {
    pub(crate) permission: String,
    pub(crate) role_name: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct PullRequestAnswer {
    pub(crate) state: String,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
    pub(crate) head: Head,
}

/// <https://docs.github.com/en/rest/pulls/pulls#list-pull-requests>
#[derive(Deserialize)]
pub(crate) struct ListedPullRequestAnswer {
    pub(crate) number: u64,
    pub(crate) html_url: String,
    pub(crate) body: Option<String>,
    pub(crate) created_at: Timestamp,
    pub(crate) head: Head,
}

#[derive(Deserialize)]
pub(crate) struct OpenedAnswer {
    pub(crate) number: u64,
    pub(crate) html_url: String,
}

#[derive(Deserialize)]
pub(crate) struct Head {
    #[serde(rename = "ref")]
    pub(crate) branch: String,
    pub(crate) sha: String,
    /// Null when the fork is gone.
    pub(crate) repo: Option<Identified>,
}

#[derive(Deserialize)]
pub(crate) struct IssueAnswer {
    pub(crate) state: String,
    pub(crate) title: String,
    pub(crate) body: Option<String>,
}

/// An issue's answer again: what is there only for a pull request, and the lock.
#[derive(Deserialize)]
pub(crate) struct ThreadAnswer {
    pub(crate) pull_request: Option<IgnoredAny>,
    pub(crate) locked: bool,
}

#[derive(Deserialize)]
pub(crate) struct RepositoryAnswer {
    pub(crate) id: u64,
    pub(crate) full_name: RepoFullName,
    pub(crate) default_branch: String,
    pub(crate) archived: bool,
    pub(crate) owner: Identified,
}

/// <https://docs.github.com/en/rest/git/refs#get-a-reference>
#[derive(Deserialize)]
pub(crate) struct ReferenceAnswer {
    pub(crate) object: Object,
}

/// Whatever git has a SHA for.
#[derive(Deserialize)]
pub(crate) struct Object {
    pub(crate) sha: String,
}

/// <https://docs.github.com/en/rest/git/commits#get-a-commit-object>
#[derive(Deserialize)]
pub(crate) struct CommitAnswer {
    pub(crate) tree: Object,
    pub(crate) parents: Vec<Object>,
    pub(crate) author: SignatureAnswer,
    pub(crate) committer: SignatureAnswer,
}

#[derive(Deserialize)]
pub(crate) struct SignatureAnswer {
    pub(crate) name: String,
    pub(crate) email: String,
}

/// <https://docs.github.com/en/rest/git/trees#get-a-tree>
#[derive(Deserialize)]
pub(crate) struct TreeAnswer {
    pub(crate) tree: Vec<TreeEntryAnswer>,
    pub(crate) truncated: bool,
}

#[derive(Deserialize)]
pub(crate) struct TreeEntryAnswer {
    pub(crate) path: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    pub(crate) sha: String,
}

#[derive(Deserialize)]
pub(crate) struct ContentAnswer {
    pub(crate) content: String,
    pub(crate) encoding: String,
}

#[derive(Deserialize)]
pub(crate) struct CommentAnswer {
    pub(crate) id: u64,
    pub(crate) body: Option<String>,
    pub(crate) performed_via_github_app: Option<Identified>,
}

#[derive(Deserialize)]
pub(crate) struct RecentCommentAnswer {
    pub(crate) id: u64,
    /// The comment itself names its issue nowhere else.
    pub(crate) issue_url: String,
    pub(crate) user: Option<Account>,
    pub(crate) body: Option<String>,
    pub(crate) performed_via_github_app: Option<IgnoredAny>,
    pub(crate) created_at: Timestamp,
    pub(crate) updated_at: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) login: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
}

/// <https://docs.github.com/en/rest/users/users#get-the-authenticated-user>
#[derive(Deserialize)]
pub(crate) struct UserAnswer {
    pub(crate) id: u64,
    pub(crate) login: String,
}

/// <https://docs.github.com/en/rest/orgs/members#get-organization-membership-for-a-user>
#[derive(Deserialize)]
pub(crate) struct MembershipAnswer {
    pub(crate) state: String,
    pub(crate) user: Option<Identified>,
}

/// <https://docs.github.com/en/rest/teams/members#get-team-membership-for-a-user>
#[derive(Deserialize)]
pub(crate) struct TeamMembershipAnswer {
    pub(crate) state: String,
}

#[derive(Deserialize)]
pub(crate) struct RunsAnswer {
    pub(crate) workflow_runs: Vec<RunAnswer>,
}

#[derive(Deserialize)]
pub(crate) struct RunAnswer {
    pub(crate) id: u64,
    pub(crate) html_url: String,
    pub(crate) display_title: String,
    pub(crate) run_attempt: Option<u32>,
    pub(crate) status: Option<String>,
    pub(crate) conclusion: Option<String>,
    pub(crate) run_started_at: Option<Timestamp>,
    pub(crate) updated_at: Timestamp,
}

#[derive(Deserialize)]
pub(crate) struct DispatchAnswer {
    pub(crate) workflow_run_id: u64,
    pub(crate) html_url: String,
}

#[derive(Deserialize)]
pub(crate) struct JobsAnswer {
    pub(crate) jobs: Vec<JobAnswer>,
}

#[derive(Deserialize)]
pub(crate) struct JobAnswer {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) conclusion: Option<String>,
    #[serde(default)]
    pub(crate) steps: Vec<StepAnswer>,
}

#[derive(Deserialize)]
pub(crate) struct StepAnswer {
    pub(crate) name: String,
    pub(crate) conclusion: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct AnnotationAnswer {
    pub(crate) annotation_level: Option<String>,
    pub(crate) message: Option<String>,
}

#[derive(Deserialize)]
pub(crate) struct WorkflowStateAnswer {
    pub(crate) state: String,
}

/// <https://docs.github.com/en/rest/actions/permissions#get-github-actions-permissions-for-a-repository>
#[derive(Deserialize)]
pub(crate) struct ActionsPermissionsAnswer {
    pub(crate) enabled: bool,
    pub(crate) allowed_actions: Option<String>,
}

/// <https://docs.github.com/en/rest/actions/permissions#get-default-workflow-permissions-for-a-repository>
#[derive(Deserialize)]
pub(crate) struct WorkflowPermissionsAnswer {
    pub(crate) can_approve_pull_request_reviews: bool,
}

/// <https://docs.github.com/en/rest/actions/secrets#list-repository-secrets>
#[derive(Deserialize)]
pub(crate) struct SecretsAnswer {
    pub(crate) secrets: Vec<SecretAnswer>,
}

#[derive(Deserialize)]
pub(crate) struct SecretAnswer {
    pub(crate) name: String,
}

/// <https://docs.github.com/en/rest/actions/variables#list-repository-variables>
#[derive(Deserialize)]
pub(crate) struct VariablesAnswer {
    pub(crate) variables: Vec<VariableAnswer>,
}

#[derive(Deserialize)]
pub(crate) struct VariableAnswer {
    pub(crate) name: String,
    pub(crate) value: String,
}

/// <https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository>
#[derive(Deserialize)]
pub(crate) struct OidcSubjectAnswer {
    pub(crate) use_default: bool,
    pub(crate) include_claim_keys: Option<Vec<String>>,
    pub(crate) use_immutable_subject: Option<bool>,
    pub(crate) sub_claim_prefix: Option<String>,
}
