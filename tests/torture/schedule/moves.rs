//! The invocations of a schedule: how they begin, move, end and die.
//!
//! Owns what becomes of an invocation's message and process. Never chooses between invocations.

use std::collections::HashSet;

use aws::Received;
use failpoint::Point;

use super::{DISPATCH, Process, Schedule};
use crate::delivery;
use crate::player::{Player, Standing};

impl Schedule<'_> {
    pub(super) async fn sweep(&mut self) {
        self.begun += 1;
        let name = format!("sweeper {}", self.begun);
        self.trace.note(&self.stage.time, format!("{name} begins"));
        let state = self.idle_sweeper.take().unwrap_or_else(|| self.stage.sweeper());
        let process = state.clone();
        let player = Player::begin(name, &self.stage.time, self.removed, |_| {
            Box::pin(async move {
                // What failed is found again by the next one.
                let _ = sweeper::sweep(&state).await;
                HashSet::new()
            })
        });
        self.players.push((player, None, Process::Sweeper(process)));
        self.look_at(self.players.len() - 1).await;
    }

    pub(super) async fn begin_work(&mut self, message: Received, is_copy: bool) {
        self.begun += 1;
        let name = format!("worker {}", self.begun);
        let what = if is_copy { "a copy of the" } else { "the" };
        self.trace.note(
            &self.stage.time,
            format!("{name} gets {what} message of {}, receipt {}", message.group, message.receive_count),
        );
        let state = self.idle.pop().unwrap_or_else(|| self.stage.worker());
        let (event, process) = (delivery::event(&message), state.clone());
        let player = Player::begin(name, &self.stage.time, self.removed, |deadline| {
            Box::pin(async move {
                let response = worker::handle(&state, event, deadline).await;
                response.batch_item_failures.into_iter().map(|failure| failure.item_identifier).collect()
            })
        });
        self.players.push((player, (!is_copy).then_some(message), Process::Worker(process)));
        let nth = self.players.len() - 1;
        self.look_at(nth).await;
    }

    /// Lets a player go on from one of the points where it stands, or lets it die there.
    pub(super) async fn move_on(&mut self, nth: usize) {
        let Standing::At(points) = self.players[nth].0.stands(&self.stage.time).await else {
            self.look_at(nth).await;
            return;
        };
        let chosen = self.dice.index(points.len());
        let point = points[chosen];
        self.points.push(point);
        let name = self.players[nth].0.name.clone();
        if self.is_to_die_at(point) {
            self.mishaps.push("death at a point");
            self.trace.note(&self.stage.time, format!("{name} dies at {point}"));
            self.players.swap_remove(nth).0.dies().await;
            return;
        }
        self.trace.note(&self.stage.time, format!("{name} goes on from {point}"));
        self.players[nth].0.goes_on(chosen);
        self.look_at(nth).await;
        self.stage.runs_are_announced().await;
        self.end_those_out_of_time().await;
    }

    fn is_to_die_at(&mut self, point: Point) -> bool {
        if self.deaths.last().is_some_and(|after| *after <= self.points.len()) {
            self.deaths.pop();
            return true;
        }
        if !point.place.starts_with(DISPATCH) {
            return false;
        }
        let left = self.death_at_the_dispatch.take();
        self.death_at_the_dispatch = left.and_then(|left| left.checked_sub(1));
        left == Some(0)
    }

    /// Takes a player off that has ended.
    pub(super) async fn look_at(&mut self, nth: usize) {
        match self.players[nth].0.stands(&self.stage.time).await {
            Standing::At(_) => {}
            Standing::OutOfTime => self.out_of_time(nth).await,
            Standing::Ended(failed) => {
                let (player, message, process) = self.players.swap_remove(nth);
                match process {
                    Process::Worker(state) => self.idle.push(state),
                    Process::Sweeper(state) => self.idle_sweeper = Some(state),
                }
                self.ended(&player.name, message.as_ref(), &failed);
            }
        }
    }

    fn ended(&mut self, name: &str, message: Option<&Received>, failed: &HashSet<String>) {
        let how = if failed.is_empty() { "is done" } else { "failed, and its message comes again" };
        self.trace.note(&self.stage.time, format!("{name} {how}"));
        if let Some(message) = message {
            delivery::settle(&self.stage.queue, message, failed);
        }
    }

    async fn out_of_time(&mut self, nth: usize) {
        let (player, ..) = self.players.swap_remove(nth);
        self.mishaps.push("death at the time limit");
        self.trace.note(&self.stage.time, format!("{} is stopped at its time limit", player.name));
        player.dies().await;
    }

    pub(super) async fn end_those_out_of_time(&mut self) {
        let now = self.stage.time.now();
        while let Some(late) = self.players.iter().position(|(player, ..)| player.deadline <= now) {
            self.out_of_time(late).await;
        }
    }
}
