//! The repository that an address names.
//!
//! Owns the answer to one that can't be a repository's name.

use axum::extract::{FromRequestParts, Path};
use domain::repo_name::{RepoFullName, RepoNameError};
use http::request::Parts;
use web::Problem;

use crate::state::State;

/// `{owner}/{repo}` of the address.
pub(crate) struct RepoPath(pub(crate) RepoFullName);

impl FromRequestParts<State> for RepoPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &State) -> Result<Self, Problem> {
        let path = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((owner, repo)) = path.map_err(|_| Problem::bad_request("The address is not UTF-8."))?;
        RepoFullName::new(&owner, &repo).map(Self).map_err(|error| {
            let field = if error == RepoNameError::Repo { "repo" } else { "owner" };
            Problem::bad_field(field, error.to_string())
        })
    }
}
