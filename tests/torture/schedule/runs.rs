//! The runs of a schedule: how they move, and what those do that ask before they act.
//!
//! Owns each run's next step. What it is answered is the dispatch function's, what is recorded of it the runners'.

use domain::claim::ClaimId;
use local::sandbox::world::RunStatus;
use local::sandbox::{Conclusion, RunStep};

use super::Schedule;
use crate::comments;
use crate::faults::Trouble;
use crate::runners::Attempt;
use crate::stage::{Answer, REPOSITORIES};

/// In so many of a hundred questions the table fails.
const TABLE_FAILS_PERCENT: u32 = 15;
/// So many answers are lost: the run asks once more.
const LOST_ANSWERS_PERCENT: u32 = 15;
/// So many ask as soon as they begin; the others have to wait for their runner.
const ASK_AT_ONCE_PERCENT: u32 = 60;
/// So many fail when they are answered nothing that they could go by.
const GIVE_UP_PERCENT: u32 = 25;

impl Schedule<'_> {
    /// One of all runs moves, and the table may be out when it asks.
    pub(super) async fn move_a_run(&mut self) {
        let run = self.dice.of_these(&comments::unfinished_runs(&self.stage));
        if self.question_of(run).is_some() && self.dice.percent(TABLE_FAILS_PERCENT) {
            let trouble = Trouble::draw_at_a_redemption(&mut self.dice);
            self.meet(&trouble).await;
        }
        self.move_the_run(run).await;
    }

    pub(super) async fn move_one_of(&mut self, unfinished: &[u64]) {
        let run = self.dice.of_these(unfinished);
        self.move_the_run(run).await;
    }

    async fn move_the_run(&mut self, run: u64) {
        if let Some(attempt) = self.question_of(run) {
            return self.ask(attempt).await;
        }
        let step = self.next_step(run);
        self.take_a_runs_step(run, step).await;
        if let Some(attempt) = self.question_of(run)
            && self.dice.percent(ASK_AT_ONCE_PERCENT)
        {
            self.ask(attempt).await;
        }
    }

    fn next_step(&mut self, run: u64) -> RunStep {
        let step = comments::next_step(&self.stage, run, &mut self.dice);
        let Some(attempt) = self.attempt_of(run).filter(|_| self.asks_first(run)) else { return step };
        match self.runners.has_heard(attempt) {
            Some(Answer::NothingToDo) => RunStep::Completed(Conclusion::Success),
            // It ends before it has begun.
            None if step == RunStep::Completed(Conclusion::Success) => RunStep::Completed(Conclusion::Failure),
            _ => step,
        }
    }

    async fn take_a_runs_step(&mut self, run: u64, step: RunStep) {
        self.trace.note(&self.stage.time, format!("run {run} moves: {step:?}"));
        if let Some(attempt) = self.attempt_of(run) {
            let is_cancelled = step == RunStep::Completed(Conclusion::Cancelled);
            if is_cancelled {
                self.runners.cancelled_by_people.insert(attempt);
            } else if !self.asks_first(run) {
                self.runners.acts(attempt);
            }
        }
        let moved = self.stage.time.wait_for(self.stage.sandbox.advance_run(run, step)).await;
        moved.expect("the run can take it");
    }

    /// Asks, and once more where the answer is lost.
    async fn ask(&mut self, attempt: Attempt) {
        if self.dice.percent(LOST_ANSWERS_PERCENT) {
            self.redeem(attempt, "and doesn't hear it").await;
        }
        let answer = self.redeem(attempt, "and hears it").await;
        self.runners.hears(attempt, answer);
        let fails = self.runners.is_to_ask(attempt) && self.dice.percent(GIVE_UP_PERCENT);
        if fails && comments::unfinished_runs(&self.stage).contains(&attempt.run) {
            self.take_a_runs_step(attempt.run, RunStep::Completed(Conclusion::Failure)).await;
        }
    }

    async fn redeem(&mut self, attempt: Attempt, heard: &str) -> Answer {
        let answer = self.stage.redeem(attempt.claim, attempt.run).await;
        let Attempt { run, attempt: number, .. } = attempt;
        self.trace.note(&self.stage.time, format!("run {run}, attempt {number}, is answered {answer:?} {heard}"));
        self.runners.is_answered(attempt, answer);
        answer
    }

    /// The attempt that a run is in, where it has begun and is still to ask.
    fn question_of(&self, run: u64) -> Option<Attempt> {
        let has_begun = |run: u64| self.stage.sandbox.look(|world| world.run(run).map(|run| run.status));
        let asks = self.asks_first(run) && has_begun(run) == Some(RunStatus::InProgress);
        self.attempt_of(run).filter(|attempt| asks && self.runners.is_to_ask(*attempt))
    }

    /// The attempt that a run is in, where it carries a claim.
    pub(super) fn attempt_of(&self, run: u64) -> Option<Attempt> {
        self.stage.sandbox.look(|world| {
            let shown = world.run(run)?;
            Some(Attempt { claim: ClaimId::in_run_title(&shown.display_title)?, run, attempt: shown.attempt })
        })
    }

    /// Whether it is one of the workflows whose runs ask.
    pub(super) fn asks_first(&self, run: u64) -> bool {
        let fenced = self.stage.repo_id(REPOSITORIES[0]).get();
        self.stage.is_fenced
            && self.stage.sandbox.look(|world| world.run(run).is_some_and(|run| run.repository_id == fenced))
    }
}
