//! Saving a mapping, and the answers to a save that may not be.
//!
//! Owns who is told what about a conflict. Logs that somebody wrote, never what.

use aws::{Deleted, MappingEntry, Saved};
use domain::mapping::{MappingDraft, MappingFaults};
use domain::repo_name::RepoFullName;
use http::StatusCode;
use records::store_failed;
use web::{ApiError, Problem};

use super::binding::{bind, consequence};
use super::missing;
use crate::session::Session;
use crate::state::State;

/// A mapping that was saved.
pub(crate) struct SavedMapping {
    /// As it is stored now.
    pub(crate) entry: MappingEntry,
    /// Whether there was none before.
    pub(crate) is_new: bool,
    /// What could not be made sure of.
    pub(crate) warning: Option<String>,
}

/// Where a draft's repository id comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RepoIdIs {
    /// From the caller, or it is not there: GitHub is asked.
    Unchecked,
    /// From the table, where it was checked.
    Stored,
}

/// Saves a draft that keeps every rule; the answer shows what was saved.
pub(crate) async fn save(
    state: &State,
    session: &Session,
    name: &RepoFullName,
    mut draft: MappingDraft,
    repo_id: RepoIdIs,
) -> Result<SavedMapping, ApiError> {
    let given = draft.repo_id;
    let mut unanswered = None;
    if repo_id == RepoIdIs::Unchecked {
        let binding = bind(state, name, given).await?;
        draft.repo_id = binding.repo_id;
        unanswered = binding.unanswered;
    }
    let saved = state.mappings.save(&draft, &session.subject, state.clock.now()).await.map_err(store_failed)?;
    let (is_new, entry) = match saved {
        Saved::Created(entry) => (true, entry),
        Saved::Updated(entry) => (false, entry),
        Saved::Conflict { current: Some(current) } => {
            return Err(changed_meanwhile(name, draft.version, current).into());
        }
        Saved::Conflict { current: None } => return Err(gone(name).into()),
        Saved::TeamKeyTaken { key } => return Err(team_key_taken(&key).into()),
        Saved::RepositoryTaken => return Err(repository_taken(name).into()),
        Saved::BoundElsewhere { bound } => {
            let detail = format!(
                "This mapping is bound to the repository with the id {bound}, and not to another one of the name {name}. \
                 Delete the mapping and make it anew, if it is meant for that one."
            );
            return Err(conflict("BOUND_ELSEWHERE", detail).into());
        }
    };
    let MappingEntry { draft, .. } = &entry;
    tracing::info!(audit = true, subject = session.subject, repo = %name, mapping.version = draft.version, "a mapping was saved");
    let warning = unanswered.map(|why| format!("{why} {}", consequence(given, draft.repo_id)));
    Ok(SavedMapping { entry, is_new, warning })
}

/// Deletes the mapping, if its version is this one.
pub(crate) async fn delete(
    state: &State,
    session: &Session,
    name: &RepoFullName,
    version: u64,
) -> Result<(), ApiError> {
    let deleted = state.mappings.delete(name, version, &session.subject, state.clock.now()).await;
    match deleted.map_err(store_failed)? {
        Deleted::Done => {
            tracing::info!(audit = true, subject = session.subject, repo = %name, mapping.version = version, "a mapping was removed");
            Ok(())
        }
        Deleted::Conflict { current } => Err(changed_meanwhile(name, version, current).into()),
        Deleted::Missing => Err(missing(name).into()),
    }
}

/// The answer to a write that was made from another version than the present one.
pub(super) fn changed_meanwhile(name: &RepoFullName, from: u64, current: u64) -> Problem {
    let detail = if from == 0 {
        format!("{name} has a mapping already, at version {current}. Read it, then send your change with that version.")
    } else {
        format!(
            "The mapping of {name} is at version {current}, and your change was made from version {from}. Read it anew, \
             then send your change with its version."
        )
    };
    conflict("VERSION_CONFLICT", detail).with_current_version(current)
}

/// A version that doesn't exist yet is 0, as in a body that creates.
fn gone(name: &RepoFullName) -> Problem {
    let detail = format!("There is no mapping of {name} to change. Leave `version` out to make one.");
    conflict("VERSION_CONFLICT", detail).with_current_version(0)
}

/// A patch of settings that can't be read would lose them.
pub(crate) fn unreadable(name: &RepoFullName, faults: &MappingFaults) -> Problem {
    let detail = format!(
        "The stored settings of {name} can't be read ({faults}), so they can't be changed one by one. Replace them with \
         PUT."
    );
    conflict("UNREADABLE", detail)
}

fn team_key_taken(key: &str) -> Problem {
    conflict(
        "TEAM_KEY_TAKEN",
        format!("Another mapping has the team key `{key}`. Change that one, or take another key."),
    )
}

fn repository_taken(name: &RepoFullName) -> Problem {
    let detail = format!(
        "Another name's mapping has the repository that is called {name} now. Delete the one that is out of date."
    );
    conflict("REPOSITORY_TAKEN", detail)
}

fn conflict(code: &'static str, detail: String) -> Problem {
    Problem::new(StatusCode::CONFLICT, code, detail)
}
