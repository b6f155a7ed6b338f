//! The odd ways in which GitHub may take a dispatch.
//!
//! Owns what each is at GitHub. Never says when one begins.

use local::sandbox::Fault;
use local::sandbox::world::RunDetails;

use crate::stage::Stage;

/// Longer than the first looks at a doubt, shorter than the last.
const LISTING_LAG_SECONDS: u32 = 300;

/// How GitHub may take a dispatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Oddity {
    /// It answers 204.
    NamesNoRun,
    /// It starts two runs.
    StartsTwo,
    /// And lets none be cancelled for a while.
    StartsTwoAndKeepsThem,
    /// It doesn't know the field for the run's details.
    RefusesTheField,
    /// It names no run, and shows it in the list only minutes later.
    ListsLate,
    /// It answers 204, tells nobody of the run for long, and shows it in no list.
    Hides,
}

impl Oddity {
    /// Lets it be so from now on.
    pub(super) fn begins(self, stage: &Stage<'_>) {
        if self == Self::Hides {
            stage.post_box.delay_runs();
        }
        if self == Self::StartsTwoAndKeepsThem {
            let kept = Fault { status: Some(502), times: 4, ..Fault::on("POST", "/repos/*/cancel") };
            stage.sandbox.script_fault(kept);
        }
        stage.sandbox.edit_world(|world| {
            let behaviour = &mut world.dispatch_behaviour;
            match self {
                Self::NamesNoRun => behaviour.run_details = RunDetails::Ignored,
                Self::StartsTwo | Self::StartsTwoAndKeepsThem => behaviour.runs_per_call = 2,
                Self::RefusesTheField => behaviour.run_details = RunDetails::Rejected { status: 422 },
                Self::ListsLate => {
                    behaviour.run_details = RunDetails::Ignored;
                    behaviour.listing_lag_seconds = LISTING_LAG_SECONDS;
                }
                Self::Hides => {
                    behaviour.run_details = RunDetails::Ignored;
                    behaviour.listing_lag_seconds = u32::MAX;
                }
            }
        });
    }
}
