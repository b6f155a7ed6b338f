//! The repository that a request is for.
//!
//! Owns the way from a name or a team key to a mapping that is bound to GitHub's id, and what may be asked of it. Never tells
//! a caller of a repository that isn't its own.

use aws::MappingEntry;
use domain::ids::{InstallationId, RepoId};
use domain::mapping::{Mapping, MappingDraft};
use domain::message::RepoRef;
use domain::refusal::Refusal;
use domain::repo_name::RepoFullName;
use domain::request::{ApiRequest, Request};
use domain::run_kind::RunKind;
use github::Repository;
use http::StatusCode;
use records::store_failed;
use web::{ApiError, Problem};

use super::body::{Place, Wanted};
use crate::at_github::at_github;
use crate::caller::Caller;
use crate::state::State;
use crate::store::{conflict, github_failed, no_access, refused};

/// A mapped repository.
pub(crate) struct Target {
    pub(crate) mapping: Mapping,
    pub(crate) repo_id: RepoId,
}

impl Target {
    /// The mapping that a request names. 404 where there is none, and where the caller may not know of it.
    pub(crate) async fn find(state: &State, caller: &Caller, place: &Place) -> Result<Self, ApiError> {
        let entry = match place {
            Place::Repository(name) => state.mappings.named(name).await,
            Place::Team(key) => state.mappings.of_team(key).await,
        };
        let Some(entry) = entry.map_err(store_failed)? else { return Err(unmapped().into()) };
        let repo_id = match entry.draft.repo_id {
            Some(id) => id,
            None => ask_for_id(state, &entry).await?,
        };
        if !caller.sees(repo_id) {
            return Err(unmapped().into());
        }
        Ok(Self { mapping: judged(entry)?, repo_id })
    }

    /// The mapping of a claim's repository, whatever its name is now.
    pub(crate) async fn of_request(state: &State, request: &Request) -> Result<Self, ApiError> {
        let repo = request.repo();
        let stored = state.mappings.of_repository(repo.id, &repo.name).await.map_err(store_failed)?;
        match stored {
            aws::StoredMapping::Found(mapping) => Ok(Self { mapping: *mapping, repo_id: repo.id }),
            aws::StoredMapping::Missing | aws::StoredMapping::Foreign { .. } => Err(unmapped().into()),
            aws::StoredMapping::Invalid(faults) => Err(conflict(&Refusal::MappingInvalid(faults.to_string())).into()),
        }
    }

    /// Whether the caller may start such a run there.
    pub(crate) fn admit(&self, caller: &Caller, kind: RunKind) -> Result<(), Problem> {
        caller.may(self.repo_id, kind, &self.mapping)
    }

    /// Whether it takes new runs.
    pub(crate) fn is_open(&self) -> Result<(), Problem> {
        if self.mapping.paused { Err(super::paused()) } else { Ok(()) }
    }

    /// The request as its claim remembers it.
    pub(crate) async fn request(
        &self,
        state: &State,
        wanted: Wanted,
        caller: &Caller,
        key: String,
        payload: String,
    ) -> Result<ApiRequest, ApiError> {
        let (installation, repo) = self.repo(state).await?;
        let Wanted { kind, number, ticket, instructions, planning, .. } = wanted;
        Ok(ApiRequest {
            repo,
            installation,
            kind,
            number,
            ticket,
            instructions,
            planning,
            caller: caller.named(),
            key,
            payload,
            retry_of: None,
            asked_at: state.clock.now(),
        })
    }

    /// The repository as a claim names it. GitHub is asked only where the mapping leaves the branch to it.
    pub(crate) async fn repo(&self, state: &State) -> Result<(Option<InstallationId>, RepoRef), ApiError> {
        if let Some(default_branch) = self.mapping.default_branch.clone() {
            return Ok((None, RepoRef { id: self.repo_id, name: self.mapping.repo.clone(), default_branch }));
        }
        let (installation, repository) = self.at_github(state).await?;
        let described = repository.description().await.map_err(github_failed)?;
        let repo = RepoRef { id: self.repo_id, name: described.name, default_branch: described.default_branch };
        Ok((Some(installation), repo))
    }

    /// The repository at GitHub, through the App's installation there.
    pub(crate) async fn at_github(&self, state: &State) -> Result<(InstallationId, Repository), ApiError> {
        at_github(state, self.repo_id, &self.mapping.repo).await
    }
}

/// A mapping that nobody has used yet is bound by the worker; here its id is only asked for.
async fn ask_for_id(state: &State, entry: &MappingEntry) -> Result<RepoId, ApiError> {
    let MappingDraft { owner, repo, .. } = &entry.draft;
    let name: RepoFullName = format!("{owner}/{repo}").parse().map_err(|_| unmapped())?;
    let github = state.github.client().await.map_err(no_access)?;
    let id = github.repository_id(&name).await.map_err(github_failed)?;
    id.ok_or_else(|| conflict(&Refusal::AppNotInstalled).into())
}

fn judged(entry: MappingEntry) -> Result<Mapping, Problem> {
    let invalid = |faults: &dyn std::fmt::Display| conflict(&Refusal::MappingInvalid(faults.to_string()));
    if let Some(faults) = &entry.unreadable {
        return Err(invalid(faults));
    }
    Mapping::try_from(entry.draft).map_err(|faults| invalid(&faults))
}

fn unmapped() -> Problem {
    refused(StatusCode::NOT_FOUND, &Refusal::MappingMissing)
}
