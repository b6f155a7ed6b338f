//! A mapping as the API shows it: what is stored, and what it amounts to.
//!
//! Owns the shape of the answer. Never leaves out what is broken: it is shown with its faults.

use aws::{MappingAction, MappingChange, MappingEntry};
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
    updated_at: Timestamp,
    updated_by: String,
    /// What the last write could not make sure of.
    warnings: Vec<String>,
}

/// One line of a mapping's history.
#[derive(Debug, Serialize)]
pub(crate) struct ChangeView {
    version: u64,
    action: MappingAction,
    at: Timestamp,
    by: String,
    /// The settings that were saved or deleted.
    mapping: MappingDraft,
    /// Why they can't be read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    faults: Vec<FieldProblem>,
}

impl ChangeView {
    pub(super) fn of(change: MappingChange) -> Self {
        let MappingChange { version, action, at, by, draft, unreadable } = change;
        Self { version, action, at, by, mapping: draft, faults: unreadable.as_ref().map(told).unwrap_or_default() }
    }
}

impl MappingView {
    pub(super) fn of(entry: MappingEntry, warnings: Vec<String>) -> Self {
        let MappingEntry { draft, unreadable, updated_at, updated_by } = entry;
        let judged = unreadable.map_or_else(|| Mapping::try_from(draft.clone()), Err);
        let (effective, faults) = match judged {
            Ok(mapping) => (Some(mapping.into()), Vec::new()),
            Err(faults) => (None, told(&faults)),
        };
        let bound = draft.repo_id.is_some();
        Self { mapping: draft, effective, faults, bound, updated_at, updated_by, warnings }
    }
}

fn told(faults: &MappingFaults) -> Vec<FieldProblem> {
    faults.iter().map(|it| FieldProblem { field: it.field.into(), detail: it.problem.clone() }).collect()
}
