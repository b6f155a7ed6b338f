//! What has happened before a schedule begins, where its plot is about what comes then.
//!
//! Owns bringing that about. Nothing in it is at once with anything else.

use jiff::SignedDuration;
use local::sandbox::{Conclusion, RunStep};

use super::Schedule;
use super::plot::Plot;
use crate::comments;
use crate::faults::Trouble;

/// Two pull requests, of which the repository has room for one run.
const FIRST: u64 = 1;
const SECOND: u64 = 5;
/// So many of a hundred doubts are there from the beginning.
const DOUBTS_BEFORE_PERCENT: u32 = 40;

/// In so many of a hundred nights a run is under way from the beginning.
const RUNS_BEFORE_PERCENT: u32 = 50;
/// By then a run that is silent is looked at.
const SILENT_FOR: SignedDuration = SignedDuration::from_mins(11);

impl Schedule<'_> {
    pub(super) async fn play_the_prelude(&mut self) {
        match self.plot {
            Plot::RunAgain => {
                self.queue_one_behind_another().await;
                self.end_the_first_run().await;
                self.plan_a_run_again(Some(FIRST));
            }
            Plot::RunAgainFirst => {
                self.work_off_a_command(FIRST).await;
                self.end_the_first_run().await;
                self.plan_a_run_again(Some(FIRST));
            }
            Plot::RunAgainUntold => {
                self.work_off_a_command(FIRST).await;
                self.end_a_run_unheard(Conclusion::Failure);
                self.stage.time.pass(SILENT_FOR).await;
                self.sweep_alone().await;
                self.plan_a_run_again(None);
            }
            Plot::Doubt if self.dice.percent(DOUBTS_BEFORE_PERCENT) => {
                if let Some(doubt) = self.to_come.pop() {
                    self.meet(&doubt).await;
                }
                self.work_off_what_is_said().await;
            }
            Plot::Night if self.dice.percent(RUNS_BEFORE_PERCENT) => self.work_off_what_is_said().await,
            Plot::Closing => self.queue_one_behind_another().await,
            _ => {}
        }
    }

    async fn queue_one_behind_another(&mut self) {
        for number in [FIRST, SECOND] {
            self.work_off_a_command(number).await;
        }
    }

    async fn work_off_a_command(&mut self, number: u64) {
        self.to_say.push(comments::plan_of_a_run(number));
        self.work_off_what_is_said().await;
    }

    async fn work_off_what_is_said(&mut self) {
        self.comment().await;
        self.work_off_messages().await;
    }

    /// The next in the line has its slot then.
    async fn end_the_first_run(&mut self) {
        let Some(first) = comments::unfinished_runs(&self.stage).first().copied() else { return };
        let ends = RunStep::Completed(Conclusion::Failure);
        let ended = self.stage.time.wait_for(self.stage.sandbox.advance_run(first, ends)).await;
        ended.expect("it is under way");
        self.work_off_messages().await;
    }

    /// Somebody runs it again, and perhaps another command is given there.
    fn plan_a_run_again(&mut self, number: Option<u64>) {
        self.to_say.extend(number.map(comments::plan_of_a_run));
        self.to_come.insert(0, Trouble::RunAgain);
    }

    async fn sweep_alone(&mut self) {
        self.sweep().await;
        while !self.players.is_empty() {
            self.move_on(0).await;
        }
    }
}
