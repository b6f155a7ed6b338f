//! One schedule: everything that happens in it, in one order that follows from its seed.
//!
//! Owns the choice of the next step. At most two invocations are under way, and one of them moves at a time. Never
//! judges what came of it.

mod healing;
mod moves;

use aws::{Queue, Received};
use domain::message::Message;
use failpoint::{Point, Safeguard};

use crate::comments::{self, Comment};
use crate::delivery::Deliveries;
use crate::dice::Dice;
use crate::faults::{self, Trouble};
use crate::player::Player;
use crate::stage::Stage;
use crate::trace::Trace;

/// So many steps in all; a schedule that is not over by then is healed in the middle of it.
const MOST_STEPS: u32 = 220;
const COPY: &str = "copied message";
const MOST_AT_ONCE: usize = 2;

/// A schedule under way.
pub(crate) struct Schedule<'a> {
    pub(crate) stage: Stage<'a>,
    pub(crate) trace: Trace,
    pub(crate) comments: Vec<Comment>,
    pub(crate) points: Vec<Point>,
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
}

impl<'a> Schedule<'a> {
    pub(crate) fn new(stage: Stage<'a>, mut dice: Dice, removed: Option<Safeguard>) -> Self {
        let to_say = (0..dice.weighed(&[(50, 1), (35, 2), (15, 3)])).map(|_| comments::plan(&mut dice)).collect();
        let to_come =
            (0..dice.weighed(&[(15, 0), (40, 1), (30, 2), (15, 3)])).map(|_| Trouble::draw(&mut dice)).collect();
        let mut deaths: Vec<usize> = (0..dice.weighed(&[(35, 0), (45, 1), (20, 2)])).map(|_| dice.index(90)).collect();
        deaths.sort_unstable_by(|a, b| b.cmp(a));
        Self {
            stage,
            trace: Trace::default(),
            comments: Vec::new(),
            points: Vec::new(),
            mishaps: Vec::new(),
            dice,
            removed,
            deliveries: Deliveries::default(),
            players: Vec::new(),
            idle: Vec::new(),
            idle_sweeper: None,
            to_say,
            to_come,
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

    /// Whether two workers had one message at the same time.
    pub(crate) fn was_copied(&self) -> bool {
        self.mishaps.contains(&COPY)
    }

    /// Plays until nothing more is planned and nothing can be done at once.
    pub(crate) async fn play(&mut self) {
        for _ in 0..MOST_STEPS {
            let Some(step) = self.choose() else { return };
            self.take(step).await;
        }
    }

    fn choose(&mut self) -> Option<Step> {
        let waiting = self.deliveries.poll(&self.stage);
        let (busy, free) = (!self.players.is_empty(), self.players.len() < MOST_AT_ONCE);
        let runs = self.stage.sandbox.look(|world| world.runs.iter().any(|run| run.conclusion.is_none()));
        let post = self.stage.post_box.kept() > 0;
        let if_so = |condition: bool, weight: u32| if condition { weight } else { 0 };
        let weights = [
            (if_so(!self.to_say.is_empty(), 12), Step::Comment),
            (if_so(!self.to_come.is_empty() && self.to_say.is_empty() | self.dice.percent(50), 12), Step::Trouble),
            (if_so(free && waiting > 0, 14), Step::Begin),
            (if_so(free && busy && self.may_copy(), 1), Step::Copy),
            (if_so(!self.deliveries.seen.is_empty(), 1), Step::Repeat),
            (if_so(busy, 80), Step::Move),
            (if_so(runs, 3), Step::Run),
            (if_so(post, 3), Step::Post),
            (if_so(free && !self.sweeps(), 2), Step::Sweep),
            (3, Step::Time),
        ];
        let is_over = self.to_say.is_empty() && self.to_come.is_empty() && !busy && waiting == 0 && !post;
        (!is_over || self.dice.percent(60)).then(|| self.dice.weighed(&weights))
    }

    async fn take(&mut self, step: Step) {
        match step {
            Step::Comment => self.comment().await,
            Step::Trouble => {
                let trouble = self.to_come.pop().expect("there is trouble to come");
                self.trace.note(&self.stage.time, format!("trouble: {trouble:?}"));
                self.mishaps.extend(trouble.name());
                trouble.begins(&self.stage);
            }
            Step::Begin => {
                let message = self.deliveries.hand_over(&mut self.dice);
                self.begin_work(message, false).await;
            }
            Step::Copy => {
                let copied = self.players.iter().find_map(|(_, message, _)| message.clone());
                self.mishaps.push(COPY);
                self.begin_work(copied.expect("somebody has a message"), true).await;
            }
            Step::Repeat => self.repeat().await,
            Step::Move => {
                let nth = self.dice.index(self.players.len());
                self.move_on(nth).await;
            }
            Step::Run => self.move_a_run().await,
            Step::Post => {
                let nth = self.dice.index(self.stage.post_box.kept());
                let status = self.stage.time.wait_for(self.stage.post_box.bring(nth)).await;
                self.trace.note(&self.stage.time, format!("a late delivery arrives: {status}"));
            }
            Step::Sweep => self.sweep().await,
            Step::Time => {
                let by = faults::step(&mut self.dice);
                self.stage.time.pass(by).await;
                self.trace.note(&self.stage.time, format!("{by:#} pass"));
                self.end_those_out_of_time().await;
            }
        }
    }

    async fn comment(&mut self) {
        let plan = self.to_say.pop().expect("there is something to say");
        self.trace.note(
            &self.stage.time,
            format!("{} comments at {}#{}: {:?}", plan.user, plan.repo, plan.number, plan.text),
        );
        self.comments.push(self.stage.time.wait_for(comments::say(&self.stage, &plan)).await);
    }

    /// A message that was handed over once comes in anew, as a redrive or a late redelivery does. Within five minutes
    /// the queue knows it.
    async fn repeat(&mut self) {
        let old = self.deliveries.seen[self.dice.index(self.deliveries.seen.len())].clone();
        let message = Message::from_json(&old.body).expect("a message of ours");
        let before = self.stage.queue.depth();
        Queue::InProcess(self.stage.queue.clone()).send(&message).await.expect("it takes all");
        if self.stage.queue.depth() > before {
            self.mishaps.push("repeated message");
            self.trace.note(&self.stage.time, format!("an old message of {} comes in again", old.group));
        }
    }

    fn sweeps(&self) -> bool {
        self.players.iter().any(|(_, _, process)| matches!(process, Process::Sweeper(_)))
    }

    fn may_copy(&self) -> bool {
        self.players.iter().any(|(_, message, _)| message.is_some())
    }

    async fn move_a_run(&mut self) {
        let unfinished = comments::unfinished_runs(&self.stage);
        let run = unfinished[self.dice.index(unfinished.len())];
        let step = comments::next_step(&self.stage, run, &mut self.dice);
        self.trace.note(&self.stage.time, format!("run {run} moves: {step:?}"));
        let moved = self.stage.time.wait_for(self.stage.sandbox.advance_run(run, step)).await;
        moved.expect("the run can take it");
    }
}
