//! What a planning run is told of the tickets around its own.
//!
//! Owns the three texts, which are opaque to us. Never reads them.

use serde::{Deserialize, Serialize};

/// The tickets around the one that is planned, as whoever asks for the plan describes them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanningContext {
    /// The ticket above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<String>,
    /// The tickets beside it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub siblings: Option<String>,
    /// The tickets that it waits for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dependencies: Option<String>,
}

impl PlanningContext {
    /// Whether nothing is told.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.parent.is_none() && self.siblings.is_none() && self.dependencies.is_none()
    }
}
