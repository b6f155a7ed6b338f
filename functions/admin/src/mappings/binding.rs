//! Binding a mapping to GitHub's id of its repository, so that nobody inherits it with the name.
//!
//! Owns the question and the words for each way that it goes unanswered. Never keeps a mapping from being saved:
//! an unbound one is bound by the first command.

use std::time::Duration;

use domain::ids::RepoId;
use domain::repo_name::RepoFullName;
use github::GitHubError;
use github_app::AccessError;
use web::Problem;

use crate::state::State;

/// A person waits.
const PATIENCE: Duration = Duration::from_secs(4);

/// What came of the question.
pub(super) struct Binding {
    /// The id to save.
    pub(super) repo_id: Option<RepoId>,
    /// Why GitHub didn't tell, if it didn't.
    pub(super) unanswered: Option<String>,
}

/// Why there is no answer.
enum Silence {
    NoCredentials,
    NotAccepted,
    Out,
}

/// The id to save: GitHub's, or the given one where GitHub doesn't tell. One that GitHub contradicts is a fault.
pub(super) async fn bind(state: &State, name: &RepoFullName, given: Option<RepoId>) -> Result<Binding, Problem> {
    let asked = tokio::time::timeout(PATIENCE, ask(state, name)).await.unwrap_or(Err(Silence::Out));
    let unanswered = match asked {
        Ok(Some(id)) if given.is_some_and(|given| given != id) => {
            return Err(Problem::bad_field(
                "repoId",
                format!("GitHub's id of {name} is {id}; leave this out to take it"),
            ));
        }
        Ok(Some(id)) => return Ok(Binding { repo_id: Some(id), unanswered: None }),
        Ok(None) => format!("The App is not installed on {name}, or there is no such repository."),
        Err(Silence::NoCredentials) => {
            "The github-app secret is missing or malformed (/healthz says which), so GitHub could not be asked."
                .to_owned()
        }
        Err(Silence::NotAccepted) => {
            "GitHub does not accept the App's credentials, so it could not be asked.".to_owned()
        }
        Err(Silence::Out) => "GitHub could not be asked just now.".to_owned(),
    };
    Ok(Binding { repo_id: given, unanswered: Some(unanswered) })
}

/// What it means for the mapping that GitHub didn't tell: with the id that was given, and the one that is saved now.
pub(super) fn consequence(given: Option<RepoId>, saved: Option<RepoId>) -> String {
    match (given, saved) {
        (Some(id), _) => format!("The repository's id {id} is saved unchecked."),
        (None, Some(id)) => format!("The mapping stays bound to the repository with the id {id}."),
        (None, None) => "The mapping is saved without the repository's id; it takes effect when the App is installed \
                         and the first command comes."
            .to_owned(),
    }
}

async fn ask(state: &State, name: &RepoFullName) -> Result<Option<RepoId>, Silence> {
    let github = state.github.client().await.map_err(|error| {
        tracing::error!(error = %environment::chain(&error), "no credentials of the App");
        match error {
            AccessError::Secret(_) | AccessError::Credentials(_) => Silence::NoCredentials,
        }
    })?;
    match github.repository_id(name).await {
        Ok(id) => Ok(id),
        Err(error) => {
            tracing::warn!(error = %environment::chain(&error), repo = %name, "a repository's id is not known");
            if matches!(error, GitHubError::Unauthorized { .. }) {
                // The key may have been rotated: the next write reads it anew.
                state.github.forget().await;
                return Err(Silence::NotAccepted);
            }
            Err(Silence::Out)
        }
    }
}
