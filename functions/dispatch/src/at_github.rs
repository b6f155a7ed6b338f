//! A repository at GitHub, by its id.
//!
//! Owns the answers where there is none. Never acts on it.

use domain::ids::{InstallationId, RepoId};
use domain::refusal::Refusal;
use domain::repo_name::RepoFullName;
use github::Repository;
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
    let found = github.repository_by_id(id, name).await.map_err(github_failed)?;
    let repository = found.ok_or_else(|| conflict(&Refusal::AppNotInstalled))?;
    Ok((repository.installation(), repository))
}
