//! Where a mapped repository is at GitHub.
//!
//! Owns that it is asked for once, and again only when GitHub has refused us there. A remembered home is never thrown
//! away for a refusal: after a rename, its id is the only way to the new name.

use domain::ids::RepoId;
use domain::repo_name::RepoFullName;
use github::{GitHub, GitHubError};
use jiff::Timestamp;

use super::place::{Home, Place};
use crate::app_limit;
use crate::error::Undone;
use crate::state::State;

/// The home that is remembered, or that GitHub tells. `None` where there is nothing for us, or nobody to be asked now.
#[failpoint::everywhere]
pub(super) async fn home_of(
    state: &State,
    name: &RepoFullName,
    bound: Option<RepoId>,
    place: &mut Place,
    now: Timestamp,
) -> Result<Option<Home>, Undone> {
    let remembered = place.home().filter(|home| bound.is_none_or(|bound| bound == home.id)).cloned();
    if remembered.is_some() && !place.is_home_in_doubt() {
        return Ok(remembered);
    }
    if app_limit::lasts(state, now).await? {
        return Ok(None);
    }
    let github = state.github.client().await?;
    match find(&github, name, bound, remembered).await {
        Ok(found) => {
            if let Some(home) = &found {
                place.settle_at(home.clone());
            }
            Ok(found)
        }
        Err(GitHubError::RateLimited { retry_after }) => {
            app_limit::meet(state, retry_after, now).await?;
            Ok(None)
        }
        Err(error) => Err(error.into()),
    }
}

/// By the id that is remembered first: it survives a rename, and the mapping's name doesn't.
#[failpoint::everywhere]
async fn find(
    github: &GitHub,
    name: &RepoFullName,
    bound: Option<RepoId>,
    remembered: Option<Home>,
) -> Result<Option<Home>, GitHubError> {
    if let Some(home) = remembered
        && let Some(name) = github.name_of(home.installation, home.id).await?
    {
        if name != home.name {
            tracing::info!(repository = %home.name, %name, "a mapped repository has another name");
        }
        return Ok(Some(Home { name, ..home }));
    }
    let id = match bound {
        Some(bound) => Some(bound),
        None => github.repository_id(name).await?,
    };
    let Some(id) = id else { return Ok(None) };
    match github.installation_of(name).await {
        Ok(installation) => Ok(Some(Home { id, name: name.clone(), installation })),
        Err(GitHubError::Moved { .. }) => {
            let Some((installation, new_name)) = github.moved_from(name, id).await? else {
                tracing::info!(repository = %name, "a mapped repository has gone to where we are not: it is not there for us");
                return Ok(None);
            };
            tracing::info!(repository = %name, to = %new_name, "a mapped repository has another name");
            Ok(Some(Home { id, name: new_name, installation }))
        }
        Err(error) => Err(error),
    }
}
