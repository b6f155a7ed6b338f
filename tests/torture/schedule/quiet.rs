//! The time between two acts: sweeps, what they queue, and little else. Faults that wait still happen.
//!
//! Owns how long it lasts, and what people make of the doubts that it leaves.

use aws::ListedClaim;
use domain::claim::{Claim, State};
use jiff::SignedDuration;
use local::sandbox::RunStep;

use super::Schedule;
use super::plot::Plot;
use crate::comments;
use crate::faults::Trouble;

/// As many rounds of two minutes as the looks at a doubt take, and a few more.
const MOST_ROUNDS: u32 = 7;
const A_ROUND: SignedDuration = SignedDuration::from_mins(2);
/// A night's rounds: they last longer than a command waits, or long enough for the last try at telling people.
const AT_NIGHT: u32 = 9;
const OF_A_NIGHT: SignedDuration = SignedDuration::from_mins(50);
const OF_THREE_DAYS: SignedDuration = SignedDuration::from_hours(12);
/// In so many of a hundred rounds a run moves.
const RUNS_MOVE_PERCENT: u32 = 25;
const AT_NIGHT_PERCENT: u32 = 3;
/// In so many of a hundred second acts somebody wants once more what is over.
const RETRIES_PERCENT: u32 = 40;
/// Of so many of a hundred doubts the run shows itself when a person has begun to look.
const SHOWS_ITSELF_PERCENT: u32 = 60;
/// So many of a hundred second looks find GitHub's list out.
const BLIND_PERCENT: u32 = 30;

impl Schedule<'_> {
    pub(super) async fn let_time_pass(&mut self) {
        self.trace.note(&self.stage.time, "time passes".to_owned());
        let (rounds, round, runs_move) = match self.plot {
            Plot::Night => (AT_NIGHT, self.dice.of_these(&[OF_A_NIGHT, OF_THREE_DAYS]), AT_NIGHT_PERCENT),
            _ => (self.dice.weighed(&[(20, 2), (80, MOST_ROUNDS)]), A_ROUND, RUNS_MOVE_PERCENT),
        };
        if self.plot == Plot::Night
            && let Some(trouble) = Trouble::draw_for_a_night(&mut self.dice)
        {
            self.meet(&trouble).await;
            self.lasts_all_night = true;
        }
        if self.plot == Plot::Night {
            // For so long nobody is tried to be told.
            self.was_silenced |= round == OF_THREE_DAYS && self.lasts_all_night;
            self.start_what_waits().await;
        }
        for _ in 0..rounds {
            self.sweep().await;
            self.work_off_messages().await;
            if self.dice.percent(runs_move) && !comments::unfinished_runs(&self.stage).is_empty() {
                self.move_a_run().await;
            }
            self.stage.time.pass(round).await;
            self.end_those_out_of_time().await;
        }
    }

    /// Runners take up what waits for one, and may be at it for the whole night.
    async fn start_what_waits(&mut self) {
        for run in comments::unfinished_runs(&self.stage) {
            // What is under way can't begin once more.
            let _ = self.stage.time.wait_for(self.stage.sandbox.advance_run(run, RunStep::InProgress)).await;
        }
    }

    /// People look at the doubts, decide, and comment again; something fails again.
    pub(super) async fn plan_the_second_act(&mut self) {
        let open = self.stage.dispatches.open("unknown", 20, None).await.expect("a working table");
        for open in open.claims {
            let ListedClaim::Readable(claim) = open else { continue };
            if matches!(claim.state, State::Unknown { retry_by: None, .. }) {
                self.doubts.push(*claim);
            }
        }
        if self.plot == Plot::Doubt && self.dice.percent(SHOWS_ITSELF_PERCENT) {
            self.stage.sandbox.edit_world(|world| world.dispatch_behaviour.listing_lag_seconds = 0);
        }
        let is_blind = self.plot == Plot::Doubt && self.dice.percent(BLIND_PERCENT);
        if is_blind {
            self.to_come.push(Trouble::draw_a_blind_look(&mut self.dice));
        }
        self.to_retry = self.something_that_is_over().await;
        self.words_to_come = self.dice.weighed(&[(25, 0), (40, 1), (35, 2)]);
        let comments = if is_blind { 2 } else { self.dice.weighed(&[(40, 0), (60, 1)]) };
        for _ in 0..comments {
            let known = self.doubts.first().and_then(|claim| self.comments.iter().find(|it| it.is_of(claim)));
            let plan = match known {
                Some(comment) if self.dice.percent(80) => {
                    comments::plan_at(comment.plan.repo, comment.plan.number, &mut self.dice)
                }
                _ => comments::plan(&mut self.dice),
            };
            self.to_say.push(plan);
        }
        let troubles = self.dice.weighed(&[(40, 0), (45, 1), (15, 2)]);
        self.to_come.extend((0..troubles).map(|_| Trouble::draw(&mut self.dice)));
    }

    /// What somebody may want once more, in some of the schedules.
    async fn something_that_is_over(&mut self) -> Option<Claim> {
        if !self.dice.percent(RETRIES_PERCENT) {
            return None;
        }
        let all = self.stage.dispatches.all_by_time(self.stage.time.now(), None, 50, None).await;
        let claims = all.expect("a working table").claims.into_iter().filter_map(|listed| match listed {
            ListedClaim::Readable(claim) => Some(*claim),
            ListedClaim::Unreadable { .. } => None,
        });
        let over: Vec<Claim> = claims.filter(|claim| claim.possible().retry).collect();
        if over.is_empty() { None } else { Some(over[self.dice.index(over.len())].clone()) }
    }
}
