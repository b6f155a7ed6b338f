//! The three kinds of run.
//!
//! Owns their names. Never decides which one a command asks for.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a run is for; the workflow tells them apart by `pr_number`, the control plane by this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RunKind {
    /// Implement an issue.
    Implement,
    /// Plan an issue.
    Plan,
    /// Fill the gaps of a pull request.
    GapFill,
}

impl RunKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Implement, Self::Plan, Self::GapFill];
}

impl fmt::Display for RunKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Implement => "implement",
            Self::Plan => "plan",
            Self::GapFill => "gap-fill",
        })
    }
}
