//! What a repository has of all that a run takes: read, and never changed.
//!
//! Owns the paths and the way to the doctor's facts. Of secrets only names come, and of variables only those are kept that are
//! ours.

use std::collections::{BTreeMap, BTreeSet};

use domain::doctor::{ActionsFact, OidcSubjectFact, Permissions, RepositoryFact, UsableActions, WorkflowState};
use domain::ids::{RepoId, UserId};
use domain::mapping::WorkflowFileName;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::de::DeserializeOwned;

use super::{PER_PAGE, Repository, decoded};
use crate::error::GitHubError;
use crate::shapes::{
    ActionsPermissionsAnswer, ContentAnswer, OidcSubjectAnswer, RepositoryAnswer, SecretsAnswer, VariablesAnswer,
    WorkflowPermissionsAnswer, WorkflowStateAnswer,
};
use crate::token::{Look, Scope};

/// What our variables' names begin with.
const OURS: &str = "AI_IMPLEMENT_";
/// GitHub's largest page of variables.
const VARIABLES_PER_PAGE: usize = 30;
/// A repository has at most 100 secrets and 500 variables, and sees at most 1,000 variables of its organization's.
const MAX_PAGES: usize = 40;

/// Whose secrets and variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holder {
    /// The repository's own.
    Repository,
    /// Its organization's, as far as the repository sees them; a person's repository sees none.
    Organization,
}

impl Repository {
    /// The same repository with a token that reads its set-up, as far as these permissions go.
    #[must_use]
    pub fn looking(&self, granted: &Permissions) -> Self {
        Self { scope: Scope::Look(Look::within(granted)), ..self.clone() }
    }

    /// What the repository is. <https://docs.github.com/en/rest/repos/repos#get-a-repository>
    pub async fn as_seen(&self) -> Result<RepositoryFact, GitHubError> {
        let RepositoryAnswer { id, full_name, default_branch, archived, owner } =
            self.send(&self.get("")).await?.json()?;
        Ok(RepositoryFact {
            id: RepoId::new(id),
            owner_id: UserId::new(owner.id),
            name: full_name,
            default_branch,
            is_archived: archived,
        })
    }

    /// Whether a workflow is switched on; `None` where GitHub knows none of that file.
    /// <https://docs.github.com/en/rest/actions/workflows#get-a-workflow>
    pub async fn workflow_state(&self, file: &WorkflowFileName) -> Result<Option<WorkflowState>, GitHubError> {
        let answer: Option<WorkflowStateAnswer> = self.found(&format!("/actions/workflows/{file}")).await?;
        Ok(answer.map(|WorkflowStateAnswer { state }| match state.as_str() {
            "active" => WorkflowState::Active,
            "disabled_manually" => WorkflowState::DisabledManually,
            "disabled_inactivity" => WorkflowState::DisabledByInactivity,
            _ => WorkflowState::Other,
        }))
    }

    /// What Actions may do.
    /// <https://docs.github.com/en/rest/actions/permissions#get-github-actions-permissions-for-a-repository>
    pub async fn actions(&self) -> Result<ActionsFact, GitHubError> {
        let ActionsPermissionsAnswer { enabled, allowed_actions } =
            self.send(&self.get("/actions/permissions")).await?.json()?;
        let usable = match allowed_actions.as_deref() {
            Some("local_only") => UsableActions::LocalOnly,
            Some("selected") => UsableActions::Selected,
            _ => UsableActions::All,
        };
        Ok(ActionsFact { is_enabled: enabled, usable })
    }

    /// Whether a job's own token may open pull requests.
    /// <https://docs.github.com/en/rest/actions/permissions#get-default-workflow-permissions-for-a-repository>
    pub async fn jobs_may_open_pull_requests(&self) -> Result<bool, GitHubError> {
        let answer: WorkflowPermissionsAnswer = self.send(&self.get("/actions/permissions/workflow")).await?.json()?;
        Ok(answer.can_approve_pull_request_reviews)
    }

    /// The names of secrets. <https://docs.github.com/en/rest/actions/secrets>
    pub async fn secret_names(&self, holder: Holder) -> Result<BTreeSet<String>, GitHubError> {
        let path = match holder {
            Holder::Repository => "/actions/secrets",
            Holder::Organization => "/actions/organization-secrets",
        };
        let mut names = BTreeSet::new();
        for page in 1..=MAX_PAGES {
            let answer: Option<SecretsAnswer> = self.found(&format!("{path}?per_page={PER_PAGE}&page={page}")).await?;
            let secrets = answer.map(|answer| answer.secrets).unwrap_or_default();
            let is_last = secrets.len() < PER_PAGE;
            names.extend(secrets.into_iter().map(|secret| secret.name.to_ascii_uppercase()));
            if is_last {
                return Ok(names);
            }
        }
        Err(GitHubError::ambiguous("more secrets than are looked at"))
    }

    /// Our variables, by name. <https://docs.github.com/en/rest/actions/variables>
    pub async fn our_variables(&self, holder: Holder) -> Result<BTreeMap<String, String>, GitHubError> {
        let path = match holder {
            Holder::Repository => "/actions/variables",
            Holder::Organization => "/actions/organization-variables",
        };
        let mut ours = BTreeMap::new();
        for page in 1..=MAX_PAGES {
            let query = format!("per_page={VARIABLES_PER_PAGE}&page={page}");
            let answer: Option<VariablesAnswer> = self.found(&format!("{path}?{query}")).await?;
            let variables = answer.map(|answer| answer.variables).unwrap_or_default();
            let is_last = variables.len() < VARIABLES_PER_PAGE;
            let named = variables.into_iter().map(|variable| (variable.name.to_ascii_uppercase(), variable.value));
            ours.extend(named.filter(|(name, _)| name.starts_with(OURS)));
            if is_last {
                return Ok(ours);
            }
        }
        Err(GitHubError::ambiguous("more variables than are looked at"))
    }

    /// What the subjects of its runs' OIDC tokens are made of.
    /// <https://docs.github.com/en/rest/actions/oidc#get-the-customization-template-for-an-oidc-subject-claim-for-a-repository>
    pub async fn oidc_subject(&self) -> Result<OidcSubjectFact, GitHubError> {
        let answer: Option<OidcSubjectAnswer> = self.found("/actions/oidc/customization/sub").await?;
        let Some(answer) = answer else { return Ok(OidcSubjectFact::default()) };
        Ok(OidcSubjectFact {
            customized: answer.include_claim_keys.filter(|claims| !answer.use_default && !claims.is_empty()),
            is_immutable: answer.use_immutable_subject,
            prefix: answer.sub_claim_prefix,
        })
    }

    /// The text of a file on a branch; `None` where it is not there.
    /// <https://docs.github.com/en/rest/repos/contents#get-repository-content>
    pub async fn text(&self, path: &str, branch: &str) -> Result<Option<String>, GitHubError> {
        let branch = utf8_percent_encode(branch, NON_ALPHANUMERIC);
        let content: Option<ContentAnswer> = self.found(&format!("/contents/{path}?ref={branch}")).await?;
        let text =
            |content: ContentAnswer| decoded(&content).ok_or_else(|| GitHubError::ambiguous("a file that is no text"));
        content.map(text).transpose()
    }

    /// What is at an address; `None` where nothing is.
    async fn found<T: DeserializeOwned>(&self, path: &str) -> Result<Option<T>, GitHubError> {
        match self.send(&self.get(path)).await {
            Ok(answer) => answer.json().map(Some),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
