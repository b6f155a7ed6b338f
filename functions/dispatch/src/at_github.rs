//! A repository at GitHub, by its id.
//!
//! Owns the way through the App's installation, also where the repository has another name by now. Never acts on it.

use domain::ids::{InstallationId, RepoId};
use domain::refusal::Refusal;
use domain::repo_name::RepoFullName;
use github::{GitHubError, Repository};
use web::ApiError;

use crate::state::State;
use crate::store::{conflict, github_failed, no_access};

/// A repository at GitHub, through the App's installation there.
pub(crate) async fn at_github(
    state: &State,
    id: RepoId,
    name: &RepoFullName,
) -> Result<(InstallationId, Repository), ApiError> {
    let github = state.github.client().await.map_err(no_access)?;
    let place = match github.installation_of(name).await {
        Ok(installation) => Some((installation, name.clone())),
        Err(GitHubError::NotFound { .. }) => None,
        Err(GitHubError::Moved { .. }) => github.moved_from(name, id).await.map_err(github_failed)?,
        Err(error) => return Err(github_failed(error)),
    };
    let Some((installation, name)) = place else { return Err(conflict(&Refusal::AppNotInstalled).into()) };
    Ok((installation, github.repository(installation, id, name)))
}
