//! The person, who alone may resolve a claim that is unknown.
//!
//! Owns the two ways out. Never acts on what wasn't told.

use std::fmt;

use crate::rules::Rules;
use crate::state::{Stage, State};

/// What the person decides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resolution {
    Retry,
    Drop,
}

/// What the person may decide now.
pub(super) fn possible(rules: &Rules, state: &State, mut may: impl FnMut(Resolution)) {
    if state.claim.stage == (Stage::Unknown { retry: false }) && state.claim.told {
        may(Resolution::Drop);
        if state.retries < rules.retries {
            may(Resolution::Retry);
        }
    }
}

/// Lets it be so.
pub(super) fn take(rules: &Rules, state: &mut State, resolution: Resolution) {
    match resolution {
        Resolution::Retry => {
            state.advance(rules, Stage::Unknown { retry: true });
            state.retries += 1;
        }
        Resolution::Drop => state.advance(rules, Stage::Dropped),
    }
}

impl fmt::Display for Resolution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Retry => "sends it off again",
            Self::Drop => "drops it",
        })
    }
}
