//! A mapping as the API shows it: what is stored, and what it amounts to.
//!
//! Owns the shape of the answer. Never leaves out what is broken: it is shown with its faults.

use aws::MappingEntry;
use domain::mapping::{Mapping, MappingDraft};
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

impl MappingView {
    pub(super) fn of(entry: MappingEntry, warnings: Vec<String>) -> Self {
        let MappingEntry { draft, unreadable, updated_at, updated_by } = entry;
        let judged = unreadable.map_or_else(|| Mapping::try_from(draft.clone()), Err);
        let (effective, faults) = match judged {
            Ok(mapping) => (Some(mapping.into()), Vec::new()),
            Err(faults) => {
                let told = faults.iter().map(|it| FieldProblem { field: it.field.into(), detail: it.problem.clone() });
                (None, told.collect())
            }
        };
        let bound = draft.repo_id.is_some();
        Self { mapping: draft, effective, faults, bound, updated_at, updated_by, warnings }
    }
}
