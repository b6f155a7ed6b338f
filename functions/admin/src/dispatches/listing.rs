//! Which dispatches somebody wants to see, and the index that has them.
//!
//! Owns that choice. Every list is read from an index, from the place where its page begins: none takes longer for there being
//! more dispatches.

use std::time::Duration;

use aws::ListedClaims;
use domain::claim::{OPEN_KEYS, OVER_STATES};
use domain::ids::RepoId;
use domain::repo_name::RepoFullName;
use records::store_failed;
use web::{ApiError, Problem};

use crate::state::State;

const PAGE_SIZE: u32 = 50;
/// A person waits for the list.
const PATIENCE: Duration = Duration::from_secs(3);

/// What a list is narrowed to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Filter {
    /// One repository's.
    pub(crate) repo: Option<RepoFullName>,
    /// Those in one state, or those that are open for one reason: one of [`OPEN_KEYS`] or [`OVER_STATES`].
    pub(crate) state: Option<&'static str>,
}

impl Filter {
    /// The filter that a query or a form asks for; what it leaves empty narrows nothing.
    pub(crate) fn parse(repo: Option<&str>, state: Option<&str>) -> Result<Self, Problem> {
        let repo = repo.filter(|name| !name.is_empty()).map(str::parse).transpose();
        let repo = repo.map_err(|_| Problem::bad_field("repo", "owner/name, as GitHub has it"))?;
        let state = state.filter(|word| !word.is_empty()).map(known_word).transpose()?;
        Ok(Self { repo, state })
    }
}

fn known_word(asked: &str) -> Result<&'static str, Problem> {
    let mut known = OPEN_KEYS.into_iter().chain(OVER_STATES);
    known.find(|word| *word == asked).ok_or_else(|| {
        let words = [OPEN_KEYS.join(", "), OVER_STATES.join(", ")];
        Problem::bad_field("state", format!("one of {}", words.join(", ")))
    })
}

/// A page of the list.
pub(super) async fn page(state: &State, filter: &Filter, cursor: Option<&str>) -> Result<ListedClaims, ApiError> {
    let claims = &state.dispatches;
    let page = match (&filter.repo, filter.state) {
        (Some(name), word) => {
            let repo = repo_id(state, name).await?;
            match word {
                Some(word) => claims.of_repository_in(repo, word, PAGE_SIZE, cursor).await,
                None => claims.of_repository(repo, None, PAGE_SIZE, cursor).await,
            }
        }
        (None, Some(word)) if OPEN_KEYS.contains(&word) => claims.open(word, PAGE_SIZE, cursor).await,
        (None, word) => claims.all_by_time(state.clock.now(), word, PAGE_SIZE, cursor).await,
    };
    page.map_err(store_failed)
}

/// The id that the mapping knows, else GitHub: a command in a repository without a mapping has its record too.
async fn repo_id(state: &State, name: &RepoFullName) -> Result<RepoId, ApiError> {
    let entry = state.mappings.named(name).await.map_err(store_failed)?;
    if let Some(id) = entry.and_then(|entry| entry.draft.repo_id) {
        return Ok(id);
    }
    let told = tokio::time::timeout(PATIENCE, ask_for_id(state, name)).await.ok().flatten();
    told.ok_or_else(|| Problem::bad_field("repo", "a repository that is mapped, or has the App installed").into())
}

async fn ask_for_id(state: &State, name: &RepoFullName) -> Option<RepoId> {
    let github = state.github.client().await.ok()?;
    let told = github.repository_id(name).await;
    told.inspect_err(|error| {
        tracing::warn!(error = %environment::chain(error), repo = %name, "a repository's id is not known");
    })
    .ok()
    .flatten()
}
