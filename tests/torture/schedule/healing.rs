//! The end of a schedule: nothing fails any more, and everything has to come to its end.
//!
//! Owns how long that may take. Never helps: what is found again is found by the sweeper.

use domain::claim::ClaimId;
use domain::message::DueClaim;
use jiff::{SignedDuration, Timestamp};

use super::Schedule;
use crate::comments::{self, Comment};
use crate::faults;
use crate::judge::is_out_of_reach;

/// Healing takes so many rounds of at least a minute each, or it has failed.
const MOST_ROUNDS: u32 = 60;
/// So many of them are waited for a run that nobody has heard of: what GitHub could not deliver is asked for again every
/// fifth minute.
const ROUNDS_FOR_TWINS: u32 = 12;

impl Schedule<'_> {
    /// Lets everything come to its end, with nothing failing any more.
    pub(crate) async fn heal(&mut self) -> Result<(), String> {
        self.trace.note(&self.stage.time, "everything is healed".to_owned());
        faults::heal(&self.stage);
        self.turn_records_back();
        self.deaths.clear();
        self.death_at_the_dispatch = None;
        self.idle.clear();
        self.idle_sweeper = None;
        while !self.to_say.is_empty() {
            self.comment().await;
        }
        self.want_it_once_more().await;
        while self.words_to_come > 0 && !self.doubts.is_empty() {
            self.say_a_word().await;
        }
        let mut rounds_for_twins = ROUNDS_FOR_TWINS;
        for _ in 0..MOST_ROUNDS {
            self.sweep().await;
            if self.work_off().await && self.is_over().await {
                if rounds_for_twins == 0 || comments::unfinished_runs(&self.stage).is_empty() {
                    return Ok(());
                }
                rounds_for_twins -= 1;
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
                || is_out_of_reach(self.was_silenced, comment)
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
    pub(super) async fn due(&self) -> Vec<DueClaim> {
        let far = self.stage.time.now() + SignedDuration::from_hours(24 * 30);
        self.stage.dispatches.due(far, 50).await.expect("a working table")
    }

    /// Does what can be done now; whether nothing is left.
    async fn work_off(&mut self) -> bool {
        loop {
            if self.stage.post_box.kept() > 0 {
                self.stage.time.wait_for(self.stage.post_box.bring(0)).await;
            } else if !self.work_off_messages().await {
                let runs = self.claims_own_runs().await;
                if runs.is_empty() {
                    return self.stage.queue.depth() == 0;
                }
                self.move_one_of(&runs).await;
            }
        }
    }

    /// Does what the queue has; whether that was anything.
    pub(super) async fn work_off_messages(&mut self) -> bool {
        let mut any = false;
        loop {
            while !self.players.is_empty() {
                self.move_on(0).await;
            }
            if self.deliveries.poll(&self.stage) == 0 {
                return any;
            }
            any = true;
            let message = self.deliveries.hand_over(&mut self.dice);
            self.begin_work(message, false).await;
        }
    }

    /// The runs that come to their end by themselves. What else GitHub started for a claim's one call does not: it is to
    /// be cancelled.
    async fn claims_own_runs(&self) -> Vec<u64> {
        let mut own = Vec::new();
        for run in comments::unfinished_runs(&self.stage) {
            let title = self.stage.sandbox.look(|world| world.run(run).map(|run| run.display_title.clone()));
            let claim = match title.as_deref().and_then(ClaimId::in_run_title) {
                Some(id) => self.stage.dispatches.claim(id).await.expect("a working table"),
                None => None,
            };
            let is_other = claim.is_some_and(|claim| claim.state.run().is_some_and(|own| own.id.get() != run));
            if !is_other {
                own.push(run);
            }
        }
        own
    }
}
