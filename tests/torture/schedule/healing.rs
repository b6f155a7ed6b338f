//! The end of a schedule: nothing fails any more, and everything has to come to its end.
//!
//! Owns how long that may take. Never helps: what is found again is found by the sweeper.

use domain::message::DueClaim;
use jiff::{SignedDuration, Timestamp};

use super::Schedule;
use crate::comments::{self, Comment};
use crate::faults;

/// Healing takes so many rounds of at least a minute each, or it has failed.
const MOST_ROUNDS: u32 = 60;

impl Schedule<'_> {
    /// Lets everything come to its end, with nothing failing any more.
    pub(crate) async fn heal(&mut self) -> Result<(), String> {
        self.trace.note(&self.stage.time, "everything is healed".to_owned());
        faults::heal(&self.stage);
        self.deaths.clear();
        self.idle.clear();
        self.idle_sweeper = None;
        while !self.to_say.is_empty() {
            self.comment().await;
        }
        for _ in 0..MOST_ROUNDS {
            self.sweep().await;
            if self.work_off().await && self.is_over().await {
                return Ok(());
            }
            let until = self.next_to_do().await;
            self.stage.time.pass(until.duration_since(self.stage.time.now())).await;
            self.end_those_out_of_time().await;
        }
        Err(format!("after {MOST_ROUNDS} rounds {} messages still wait", self.stage.queue.depth()))
    }

    /// Whether nothing is left to do, ever.
    async fn is_over(&self) -> bool {
        let is_taken = |comment: &Comment| {
            let repo = self.stage.repo_id(comment.plan.repo);
            !self.stage.proxy.item(&format!("IDEM#c:{repo}:{}", comment.id)).is_null()
        };
        if !self.comments.iter().all(is_taken) {
            return false;
        }
        self.due().await.is_empty()
    }

    /// When something can be done again, a minute from now at the soonest.
    async fn next_to_do(&self) -> Timestamp {
        let now = self.stage.time.now();
        let due = self.due().await.first().map(|claim| claim.due_at);
        let soonest = [due, self.stage.queue.next_visible_at()].into_iter().flatten().min();
        // What was never delivered is looked for every fifth minute.
        soonest.unwrap_or(now + SignedDuration::from_mins(5)).max(now + SignedDuration::from_mins(1))
    }

    /// What is due at some time, the soonest first.
    async fn due(&self) -> Vec<DueClaim> {
        let far = self.stage.time.now() + SignedDuration::from_hours(24 * 30);
        self.stage.dispatches.due(far, 50).await.expect("a working table")
    }

    /// Does what can be done now; whether nothing is left.
    async fn work_off(&mut self) -> bool {
        loop {
            while !self.players.is_empty() {
                self.move_on(0).await;
            }
            if self.stage.post_box.kept() > 0 {
                self.stage.time.wait_for(self.stage.post_box.bring(0)).await;
            } else if self.deliveries.poll(&self.stage) > 0 {
                let message = self.deliveries.hand_over(&mut self.dice);
                self.begin_work(message, false).await;
            } else if !comments::unfinished_runs(&self.stage).is_empty() {
                self.move_a_run().await;
            } else {
                return self.stage.queue.depth() == 0;
            }
        }
    }
}
