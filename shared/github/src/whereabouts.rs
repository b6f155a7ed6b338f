//! Where repositories are: their ids, names and installations, as the App itself is told.
//!
//! Owns the ways from one to another. Never acts on a repository, and keeps nothing.

use std::collections::BTreeSet;

use domain::doctor::Permissions;
use domain::ids::{InstallationId, RepoId};
use domain::repo_name::RepoFullName;
use serde_json::json;

use crate::app::GitHub;
use crate::call::Call;
use crate::error::GitHubError;
use crate::repository::Repository;
use crate::shapes::{CoveredRepositories, Identified, InstallationAnswer};

/// The App on one account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Installation {
    /// Its id.
    pub id: InstallationId,
    /// The App's name in links; its bot user is called `<slug>[bot]`.
    pub app_slug: String,
    /// Whether the account has told it to do nothing.
    pub is_suspended: bool,
    /// What the account lets it do.
    pub permissions: Permissions,
    /// What it is told of.
    pub events: BTreeSet<String>,
}

impl Installation {
    /// Whether the account lets the App write what a permission guards, such as `pull_requests`.
    #[must_use]
    pub fn may_write(&self, permission: &str) -> bool {
        self.permissions.allow(permission, "write")
    }
}

impl GitHub {
    /// The installation that covers a repository; `NotFound` where the App isn't installed.
    /// <https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app>
    pub async fn installation_of(&self, name: &RepoFullName) -> Result<InstallationId, GitHubError> {
        let installation: Identified = self.as_app(&Call::get(format!("/repos/{name}/installation"))).await?.json()?;
        Ok(InstallationId::new(installation.id))
    }

    /// The same with what it may do.
    /// <https://docs.github.com/en/rest/apps/apps#get-a-repository-installation-for-the-authenticated-app>
    pub async fn installation(&self, name: &RepoFullName) -> Result<Installation, GitHubError> {
        let answer: InstallationAnswer =
            self.as_app(&Call::get(format!("/repos/{name}/installation"))).await?.json()?;
        Ok(Installation {
            id: InstallationId::new(answer.id),
            app_slug: answer.app_slug,
            is_suspended: answer.suspended_at.is_some(),
            permissions: Permissions(answer.permissions),
            events: answer.events,
        })
    }

    /// A repository by its id, also where it has another name by now; `None` where the App isn't installed on it.
    pub async fn repository_by_id(&self, id: RepoId, name: &RepoFullName) -> Result<Option<Repository>, GitHubError> {
        let place = match self.installation_of(name).await {
            Ok(installation) => Some((installation, name.clone())),
            Err(GitHubError::NotFound { .. }) => None,
            Err(GitHubError::Moved { .. }) => self.moved_from(name, id).await?,
            Err(error) => return Err(error),
        };
        Ok(place.map(|(installation, name)| self.repository(installation, id, name)))
    }

    /// Where a repository is now that has given up this name: the App's installation at the owner that it had, and the name
    /// that its id has there. `None` where it went to another owner, where the owner has another name too, or where the App
    /// isn't installed any more.
    /// <https://docs.github.com/en/rest/apps/apps#get-an-organization-installation-for-the-authenticated-app>
    pub async fn moved_from(
        &self,
        name: &RepoFullName,
        id: RepoId,
    ) -> Result<Option<(InstallationId, RepoFullName)>, GitHubError> {
        for kind in ["orgs", "users"] {
            let call = Call::get(format!("/{kind}/{}/installation", name.owner()));
            let installation = match self.as_app(&call).await {
                Ok(answer) => InstallationId::new(answer.json::<Identified>()?.id),
                Err(GitHubError::NotFound { .. } | GitHubError::Moved { .. }) => continue,
                Err(error) => return Err(error),
            };
            return Ok(self.name_of(installation, id).await?.map(|name| (installation, name)));
        }
        Ok(None)
    }

    /// The id of the repository that has this name now; `None` where the App isn't installed, or where there is no such
    /// repository. GitHub tells it with a token that is good for nothing else, and that nobody uses.
    /// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
    pub async fn repository_id(&self, name: &RepoFullName) -> Result<Option<RepoId>, GitHubError> {
        let installation = match self.installation_of(name).await {
            Ok(installation) => installation,
            Err(error) => return none_where_it_is_not(error),
        };
        self.repository_id_in(installation, name).await
    }

    /// The same, through an installation that is known.
    pub async fn repository_id_in(
        &self,
        installation: InstallationId,
        name: &RepoFullName,
    ) -> Result<Option<RepoId>, GitHubError> {
        let path = format!("/app/installations/{installation}/access_tokens");
        let narrowing = json!({"repositories": [name.repo()], "permissions": {"metadata": "read"}});
        match self.as_app(&Call::post(path, narrowing)).await {
            Ok(answer) => Ok(answer.json::<CoveredRepositories>()?.id_of(name)),
            Err(error) => none_where_it_is_not(error),
        }
    }

    /// The name that a repository has now; `None` where the installation doesn't cover it. GitHub tells it with a token
    /// that is good for nothing else, and that nobody uses.
    /// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
    pub async fn name_of(&self, installation: InstallationId, id: RepoId) -> Result<Option<RepoFullName>, GitHubError> {
        let path = format!("/app/installations/{installation}/access_tokens");
        let narrowing = json!({"repository_ids": [id.get()], "permissions": {"metadata": "read"}});
        match self.as_app(&Call::post(path, narrowing)).await {
            Ok(answer) => Ok(answer.json::<CoveredRepositories>()?.name_of(id)),
            Err(error) => none_where_it_is_not(error),
        }
    }
}

/// GitHub's ways to say that the App covers no repository of a name: 404 for what isn't there, 422 for what the
/// installation doesn't cover, 403 for a suspended one, a redirection for a name that was given up.
fn none_where_it_is_not<T>(error: GitHubError) -> Result<Option<T>, GitHubError> {
    match error {
        GitHubError::NotFound { .. }
        | GitHubError::Forbidden { .. }
        | GitHubError::Moved { .. }
        | GitHubError::Rejected { status: 403 | 422, .. } => Ok(None),
        error => Err(error),
    }
}
