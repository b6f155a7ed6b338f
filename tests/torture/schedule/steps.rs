//! The steps of a schedule, but those of invocations.
//!
//! Owns what each step does. Never chooses one.

use aws::{InProcessQueue, Queue, Received};
use domain::message::Message;
use jiff::SignedDuration;

use super::plot::Plot;
use super::{Process, Schedule, Step};
use crate::comments;
use crate::faults::{self, Trouble};
use crate::stage::UNMAPPED;

/// So many of a hundred deliveries count as a message's last: the ones before failed.
const LAST_DELIVERIES_PERCENT: u32 = 10;
/// So many where a worker was to die in the dispatch: what it left is in the last one's hands.
const AFTER_A_DEATH_PERCENT: u32 = 60;
/// What comes so often has failed before: a further failure waits on record.
const DELIVERED_OFTEN: u32 = 4;
/// In so many of a hundred moves an invocation goes on that the plot leaves standing.
const MOVES_ALL_THE_SAME_PERCENT: u32 = 1;
/// In so many of a hundred of them the table is out.
const TABLE_IS_OUT_PERCENT: u32 = 40;

impl Schedule<'_> {
    pub(super) async fn take(&mut self, step: Step) {
        match step {
            Step::Comment => self.comment().await,
            Step::Trouble => {
                let next = self.to_come.iter().rposition(|trouble| self.can_meet(trouble));
                let trouble = self.to_come.remove(next.expect("there is trouble to come"));
                self.meet(&trouble).await;
            }
            Step::Begin => {
                let message = self.deliveries.hand_over(&mut self.dice);
                self.begin(message).await;
            }
            Step::Copy => {
                let copied = self.players.iter().find_map(|(_, message, _)| message.clone());
                let copied = copied.expect("somebody has a message");
                self.mishaps.push("copied message");
                self.begin_work(copied, true).await;
            }
            Step::Word => self.say_a_word().await,
            Step::Retry => self.want_it_once_more().await,
            Step::Foreign => self.bring_a_foreign_message().await,
            Step::Repeat => self.repeat().await,
            Step::Move => {
                let nth = self.next_to_move();
                self.move_on(nth).await;
            }
            Step::Run => self.move_a_run().await,
            Step::Post => {
                let nth = self.dice.index(self.stage.post_box.kept());
                let status = self.stage.time.wait_for(self.stage.post_box.bring(nth)).await;
                self.trace.note(&self.stage.time, format!("a late delivery arrives: {status}"));
            }
            Step::Sweep => self.sweep().await,
            Step::Pause => {
                let now = self.stage.time.now();
                let until = self.stage.queue.next_visible_at().map_or(now, |visible_at| visible_at.max(now));
                self.let_pass(until.duration_since(now)).await;
            }
            Step::Time => {
                let by = faults::step(&mut self.dice, !self.players.is_empty());
                self.let_pass(by).await;
            }
        }
    }

    fn is_left_standing(&self, nth: usize) -> bool {
        self.players[nth].0.stands_at(|place| self.plot.leaves_standing_at(place))
    }

    pub(super) fn all_are_left_standing(&self) -> bool {
        (0..self.players.len()).all(|nth| self.is_left_standing(nth))
    }

    pub(super) fn any_is_left_standing(&self) -> bool {
        (0..self.players.len()).any(|nth| self.is_left_standing(nth))
    }

    /// Mostly one that isn't left standing.
    fn next_to_move(&mut self) -> usize {
        let all = 0..self.players.len();
        let moving: Vec<usize> = all.filter(|nth| !self.is_left_standing(*nth)).collect();
        if moving.is_empty() || self.dice.percent(MOVES_ALL_THE_SAME_PERCENT) {
            return self.dice.index(self.players.len());
        }
        moving[self.dice.index(moving.len())]
    }

    async fn let_pass(&mut self, by: SignedDuration) {
        self.stage.time.pass(by).await;
        self.trace.note(&self.stage.time, format!("{by:#} pass"));
        self.end_those_out_of_time().await;
    }

    /// Begins the work at a message, by chance as if all deliveries but the last had failed.
    async fn begin(&mut self, mut message: Received) {
        if self.plot == Plot::TakenBack {
            message.receive_count = message.receive_count.max(DELIVERED_OFTEN);
        }
        let is_after_a_death = self.plot == Plot::DeathAtTheDispatch && message.receive_count > 1;
        let lasts = if is_after_a_death { AFTER_A_DEATH_PERCENT } else { LAST_DELIVERIES_PERCENT };
        if self.dice.percent(lasts) {
            self.mishaps.push("last delivery");
            message.receive_count = InProcessQueue::MAX_RECEIVES.get();
            // What nobody could take at all is found again in mapped repositories only.
            let is_mapped = !message.group.starts_with(&self.stage.repo_id(UNMAPPED).to_string());
            if is_mapped && self.dice.percent(TABLE_IS_OUT_PERCENT) {
                let trouble = Trouble::draw_at_the_last_delivery(&mut self.dice);
                self.meet(&trouble).await;
            }
        }
        self.begin_work(message, false).await;
    }

    pub(super) async fn comment(&mut self) {
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

    pub(super) fn sweeps(&self) -> bool {
        self.players.iter().any(|(_, _, process)| matches!(process, Process::Sweeper(_)))
    }

    pub(super) fn may_copy(&self) -> bool {
        self.players.iter().any(|(_, message, _)| message.is_some())
    }
}
