//! One schedule: everything that happens in it, in one order that follows from its seed.
//!
//! Owns the choice of the next step. At most two invocations are under way, and one of them moves at a time. Never
//! judges what came of it.

mod healing;
mod moves;
mod people;
mod plot;
mod prelude;
mod programs;
mod quiet;
mod runs;
mod steps;

use std::ops::Range;

use aws::Received;
use domain::claim::{Claim, ClaimId};
use domain::message::{Resolution, Retry};
use failpoint::{Point, Safeguard};
use serde_json::Value;

pub(crate) use self::plot::{Lack, Plot};
use crate::comments::{self, Comment};
use crate::delivery::Deliveries;
use crate::dice::Dice;
use crate::faults::Trouble;
use crate::player::Player;
use crate::runners::Runners;
use crate::stage::{Stage, Wish};
use crate::trace::Trace;

/// So many steps in all; a schedule that is not over by then is healed in the middle of it.
const MOST_STEPS: u32 = 220;
const MOST_AT_ONCE: usize = 2;
/// What is about a moment has more of them, so that everybody gets there.
const MOST_STEPS_TO_A_MOMENT: u32 = 330;
/// So many of a hundred schedules have a second act, of those whose plot doesn't have one anyway.
const SECOND_ACTS_PERCENT: u32 = 20;
/// Between these points of the dispatch, on a way without obstacles, the intent is on record and GitHub's answer isn't.
const POINTS_OF_THE_DISPATCH: Range<u32> = 3..10;
/// In so many of a hundred pauses somebody waits for the messages that come again; and in so many where the plot is
/// about one of them.
const PAUSES_PERCENT: u32 = 60;
const OF_A_PLOT_PERCENT: u32 = 95;
/// Where the dispatch is.
const DISPATCH: &str = "worker::start::";

/// A schedule under way.
pub(crate) struct Schedule<'a> {
    pub(crate) stage: Stage<'a>,
    pub(crate) trace: Trace,
    pub(crate) comments: Vec<Comment>,
    pub(crate) points: Vec<Point>,
    /// The status comments that somebody deleted, as they were.
    pub(crate) deleted: Vec<String>,
    /// What people said of doubts.
    pub(crate) words: Vec<Resolution>,
    /// What people wanted once more that was over.
    pub(crate) retries: Vec<Retry>,
    /// What a program wants, where there is one.
    pub(crate) wish: Option<Wish>,
    /// What runs know and did.
    pub(crate) runners: Runners,
    /// Whether something is out that may last until everything heals.
    lasts_all_night: bool,
    /// Whether something was out for three days.
    pub(crate) was_silenced: bool,
    /// What else went wrong: deaths, copies, repeats.
    mishaps: Vec<&'static str>,
    dice: Dice,
    removed: Option<Safeguard>,
    deliveries: Deliveries,
    players: Vec<(Player, Option<Received>, Process)>,
    /// The processes that wait for work, warm.
    idle: Vec<worker::State>,
    idle_sweeper: Option<sweeper::State>,
    to_say: Vec<comments::Plan>,
    to_come: Vec<Trouble>,
    /// The doubts that people have seen, and how often they are still to speak of them.
    doubts: Vec<Claim>,
    words_to_come: u32,
    /// The claim that somebody is still to want once more.
    to_retry: Option<Claim>,
    plot: Plot,
    /// The claims whose records another release wrote, with their states as they were.
    turned: Vec<(ClaimId, Value)>,
    /// After so many points of the dispatch its process dies.
    death_at_the_dispatch: Option<u32>,
    /// A process dies when so many points were left; the soonest last.
    deaths: Vec<usize>,
    begun: u32,
}

/// What a player runs in, and what runs again once it is idle.
enum Process {
    Worker(worker::State),
    Sweeper(sweeper::State),
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Comment,
    Trouble,
    Begin,
    Copy,
    Repeat,
    Move,
    Run,
    Post,
    Sweep,
    Time,
    Pause,
    Word,
    Retry,
    Foreign,
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(stage: Stage<'a>, plot: Plot, mut dice: Dice, lack: Option<Lack>) -> Self {
        let (to_say, to_come) = (plot.to_say(&mut dice), plot.to_come(&mut dice));
        let death_at_the_dispatch = (plot == Plot::DeathAtTheDispatch).then(|| dice.within(POINTS_OF_THE_DISPATCH));
        let mut deaths: Vec<usize> = (0..dice.weighed(&[(35, 0), (45, 1), (20, 2)])).map(|_| dice.index(90)).collect();
        if plot.is_about_a_moment() {
            deaths.clear();
        }
        deaths.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            stage,
            trace: Trace::default(),
            comments: Vec::new(),
            points: Vec::new(),
            deleted: Vec::new(),
            words: Vec::new(),
            retries: Vec::new(),
            wish: None,
            runners: Runners::new(lack == Some(Lack::Fence)),
            lasts_all_night: false,
            was_silenced: false,
            mishaps: Vec::new(),
            dice,
            removed: lack.and_then(Lack::of_the_product),
            deliveries: Deliveries::default(),
            players: Vec::new(),
            idle: Vec::new(),
            idle_sweeper: None,
            to_say,
            to_come,
            doubts: Vec::new(),
            words_to_come: 0,
            to_retry: None,
            plot,
            turned: Vec::new(),
            death_at_the_dispatch,
            deaths,
            begun: 0,
        }
    }

    /// The faults that fired, by their names.
    pub(crate) fn fired(&self) -> Vec<String> {
        let github = (0..self.stage.sandbox.fault_hits()).map(|_| "call to GitHub".to_owned());
        let engine = self.stage.proxy.fired().into_iter().map(|fault| format!("table {fault:?}"));
        let post = self.stage.post_box.mishaps().into_iter().map(|fate| format!("delivery {fate:?}"));
        github.chain(engine).chain(post).chain(self.mishaps.iter().map(|mishap| (*mishap).to_owned())).collect()
    }

    /// Plays, and where chance wants it lets time pass until doubts are out in the open, and plays on.
    pub(crate) async fn play(&mut self) {
        self.trace.note(&self.stage.time, format!("the plot: {:?}", self.plot));
        // What webhooks name is so from the beginning.
        while let Some(first) = self.to_come.iter().position(|trouble| matches!(trouble, Trouble::Unnamed { .. })) {
            let unnamed = self.to_come.remove(first);
            self.meet(&unnamed).await;
        }
        if let Some(oddity) = self.plot.oddity(&mut self.dice) {
            self.meet(&Trouble::Dispatch(oddity)).await;
        }
        self.play_the_prelude().await;
        self.play_an_act().await;
        if self.plot.goes_on() || self.dice.percent(SECOND_ACTS_PERCENT) {
            self.let_time_pass().await;
            self.plan_the_second_act().await;
            self.play_an_act().await;
        }
    }

    /// Until nothing more is planned and nothing can be done at once.
    async fn play_an_act(&mut self) {
        let most_steps = if self.plot.is_about_a_moment() { MOST_STEPS_TO_A_MOMENT } else { MOST_STEPS };
        for _ in 0..most_steps {
            let Some(step) = self.choose() else { return };
            self.take(step).await;
        }
    }

    fn choose(&mut self) -> Option<Step> {
        let waiting = self.deliveries.poll(&self.stage);
        let (busy, free) = (!self.players.is_empty(), self.players.len() < MOST_AT_ONCE);
        // A run that fills the repository's room goes on when everything is healed.
        let runs = !self.plot.is_about_a_run_again() && !comments::unfinished_runs(&self.stage).is_empty();
        let post = self.stage.post_box.kept() > 0;
        let trouble = self.to_come.iter().any(|trouble| self.can_meet(trouble));
        let is_a_moment = self.plot.is_about_a_moment();
        let if_so = |condition: bool, weight: u32| if condition { weight } else { 0 };
        let weights = [
            (if_so(!self.to_say.is_empty(), 12), Step::Comment),
            (if_so(trouble && self.to_say.is_empty() | self.dice.percent(50), 12), Step::Trouble),
            (if_so(free && waiting > 0, 14), Step::Begin),
            (if_so(free && busy && self.may_copy(), if self.plot.copies() { 12 } else { 1 }), Step::Copy),
            (if_so(!self.deliveries.seen.is_empty(), 1), Step::Repeat),
            (if_so(busy, if self.all_are_left_standing() { 6 } else { 80 }), Step::Move),
            (if_so(runs, self.plot.moves_runs()), Step::Run),
            (if_so(post, 3), Step::Post),
            (if_so(free && !self.sweeps() && !is_a_moment, 2), Step::Sweep),
            (if is_a_moment { 1 } else { 3 }, Step::Time),
            (if_so(self.words_to_come > 0 && !self.doubts.is_empty(), 8), Step::Word),
            (if_so(self.to_retry.is_some(), 8), Step::Retry),
            (if_so(free && !self.deliveries.seen.is_empty() && self.dice.percent(10), 1), Step::Foreign),
        ];
        let is_silent =
            self.to_say.is_empty() && self.to_retry.is_none() && (self.words_to_come == 0 || self.doubts.is_empty());
        let is_over = is_silent && !trouble && !busy && waiting == 0 && !post;
        let pauses = if self.plot == Plot::Any { PAUSES_PERCENT } else { OF_A_PLOT_PERCENT };
        if is_over && self.stage.queue.depth() > 0 && self.dice.percent(pauses) {
            return Some(Step::Pause);
        }
        (!is_over || self.dice.percent(60)).then(|| self.dice.weighed(&weights))
    }
}
