//! What has happened before a schedule begins, where its plot is about what comes then.
//!
//! Owns bringing that about. Nothing in it is at once with anything else.

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

impl Schedule<'_> {
    pub(super) async fn play_the_prelude(&mut self) {
        match self.plot {
            Plot::RunAgain => {
                self.queue_one_behind_another().await;
                self.end_the_first_run().await;
                self.to_say.push(comments::plan_of_a_run(FIRST));
                self.to_come.insert(0, Trouble::RunAgain);
            }
            Plot::Doubt if self.dice.percent(DOUBTS_BEFORE_PERCENT) => {
                if let Some(doubt) = self.to_come.pop() {
                    self.meet(&doubt).await;
                }
                self.comment().await;
                self.work_off_messages().await;
            }
            Plot::Closing => self.queue_one_behind_another().await,
            _ => {}
        }
    }

    async fn queue_one_behind_another(&mut self) {
        for number in [FIRST, SECOND] {
            self.to_say.push(comments::plan_of_a_run(number));
            self.comment().await;
            self.work_off_messages().await;
        }
    }

    /// The next in the line has its slot then.
    async fn end_the_first_run(&mut self) {
        let Some(first) = comments::unfinished_runs(&self.stage).first().copied() else { return };
        let ends = RunStep::Completed(Conclusion::Failure);
        let ended = self.stage.time.wait_for(self.stage.sandbox.advance_run(first, ends)).await;
        ended.expect("it is under way");
        self.work_off_messages().await;
    }
}
