//! A mapping as the API shows it: what is stored, and what it amounts to.
//!
//! Owns the shape of the answer. Never leaves out what is broken: it is shown with its faults.

use aws::{MappingAction, MappingChange, MappingEntry};
use domain::installation::{InstallationMark, InstallationState};
use domain::mapping::{Mapping, MappingDraft, MappingFaults};
use jiff::Timestamp;
use serde::Serialize;
use web::FieldProblem;

/// One mapping.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MappingView {
    /// As stored; a PUT takes it back.
    mapping: MappingDraft,
    /// With every default filled in; null where the stored settings break a rule. What has no default and isn't set is
    /// not in it.
    effective: Option<MappingDraft>,
    /// The broken rules.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FieldProblem>,
    /// Whether GitHub's id of the repository is known.
    bound: bool,
    /// What keeps the App from acting there, as far as GitHub has told.
    #[serde(skip_serializing_if = "Option::is_none")]
    installation: Option<InstallationView>,
    updated_at: Timestamp,
    updated_by: String,
    /// What the last write could not make sure of.
    warnings: Vec<String>,
}

/// An installation that is not as it should be.
#[derive(Debug, Serialize)]
struct InstallationView {
    state: InstallationState,
    detail: &'static str,
    since: Timestamp,
}

/// One line of a mapping's history.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeView {
    version: u64,
    action: MappingAction,
    at: Timestamp,
    by: String,
    /// The name that the repository had before, where it has another one now.
    #[serde(rename = "renamedFrom", skip_serializing_if = "Option::is_none")]
    renamed_from: Option<String>,
    /// The settings that were saved or deleted.
    mapping: MappingDraft,
    /// Why they can't be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FieldProblem>,
}

impl ChangeView {
    pub(super) fn of(change: MappingChange) -> Self {
        let MappingChange { version, action, at, by, draft, renamed_from, unreadable } = change;
        let faults = unreadable.as_ref().map(told).unwrap_or_default();
        Self { version, action, at, by, renamed_from, mapping: draft, faults }
    }
}

impl MappingView {
    pub(super) fn of(entry: MappingEntry, warnings: Vec<String>) -> Self {
        let MappingEntry { draft, unreadable, installation, updated_at, updated_by } = entry;
        let judged = unreadable.map_or_else(|| Mapping::try_from(draft.clone()), Err);
        let (effective, faults) = match judged {
            Ok(mapping) => (Some(mapping.into()), Vec::new()),
            Err(faults) => (None, told(&faults)),
        };
        let bound = draft.repo_id.is_some();
        let installation = installation.and_then(InstallationView::of);
        Self { mapping: draft, effective, faults, bound, installation, updated_at, updated_by, warnings }
    }
}

impl InstallationView {
    fn of(mark: InstallationMark) -> Option<Self> {
        let detail = match mark.state {
            InstallationState::Installed => return None,
            InstallationState::Missing => "App not installed",
            InstallationState::Suspended => "App suspended",
        };
        Some(Self { state: mark.state, detail, since: mark.at })
    }
}

fn told(faults: &MappingFaults) -> Vec<FieldProblem> {
    faults.iter().map(|it| FieldProblem { field: it.field.into(), detail: it.problem.clone() }).collect()
}
