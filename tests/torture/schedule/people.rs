//! What people do besides commenting: they decide on doubts, delete what they don't want to see, start runs by hand, and
//! try another release.
//!
//! Owns their choices. A word goes through the queue, as the admin's API sends it.

use aws::{InProcessQueue, Queue, Received};
use domain::claim::ClaimId;
use domain::ids::IssueNumber;
use domain::message::{Message, Resolution, Retry, Verdict};
use local::sandbox::world::{Run, RunStatus};
use local::sandbox::{Conclusion, RunStep};

use super::{Plot, Schedule};
use crate::comments;
use crate::faults::Trouble;
use crate::judge::APP;
use crate::stage::{Answer, REPOSITORIES, Stage, THIRD};

impl Schedule<'_> {
    /// Whether what the trouble is about is there.
    pub(super) fn can_meet(&self, trouble: &Trouble) -> bool {
        match trouble {
            Trouble::CommentVanishes => !said(&self.stage).is_empty(),
            Trouble::RunVanishes | Trouble::RunByHand => self.stage.sandbox.look(|world| !world.runs.is_empty()),
            Trouble::RecordTurns => !self.deliveries.seen.is_empty(),
            Trouble::RunEndsUnheard => !comments::unfinished_runs(&self.stage).is_empty(),
            Trouble::RunAgain => {
                let is_its_moment = !self.plot.is_about_a_run_again() || self.any_is_left_standing();
                is_its_moment && !comments::ended_runs(&self.stage).is_empty()
            }
            Trouble::PullRequestCloses if self.plot == Plot::Closing => !self.waiting().is_empty(),
            _ => true,
        }
    }

    pub(super) async fn meet(&mut self, trouble: &Trouble) {
        self.trace.note(&self.stage.time, format!("trouble: {trouble:?}"));
        let happens = match trouble {
            Trouble::CommentVanishes => self.delete_a_comment(),
            Trouble::RunVanishes => self.delete_a_run(),
            Trouble::RunByHand => self.start_a_run_by_hand().await,
            Trouble::RunAgain => self.run_again().await,
            Trouble::RunEndsUnheard => self.end_a_run_unheard(Conclusion::Success),
            Trouble::RecordTurns => self.turn_a_record().await,
            Trouble::Renamed => self.stage.time.wait_for(self.stage.rename()).await,
            Trouble::PullRequestCloses => self.close_a_pull_request().await,
            Trouble::AppGoesAndComes => self.stage.time.wait_for(self.stage.let_the_app_go_and_come()).await,
            Trouble::CursorTurns => {
                self.stage.turn_the_rounds_cursor().await;
                true
            }
            _ => true,
        };
        if happens {
            self.mishaps.extend(trouble.name());
            self.lasts_all_night |= trouble.lasts();
            trouble.begins(&self.stage);
        }
    }

    /// Where commands were given, mostly.
    async fn close_a_pull_request(&mut self) -> bool {
        let waiting = self.waiting().first().copied().filter(|_| self.plot == Plot::Closing);
        let number = match waiting {
            Some(first) => self.number_of(first).await,
            None => self.dice.of_these(&[1, 5, THIRD]),
        };
        let repo = self.stage.name_of(REPOSITORIES[0]);
        let closed = self.stage.sandbox.close(&repo, number, "maintainer");
        self.stage.time.wait_for(closed).await.is_ok()
    }

    /// The claims in the line before the slots.
    fn waiting(&self) -> Vec<ClaimId> {
        self.stage.in_the_slots(REPOSITORIES[0], "waiting")
    }

    /// Where a claim was asked for.
    async fn number_of(&self, claim: ClaimId) -> u64 {
        let claim = self.stage.dispatches.claim(claim).await.expect("a working table");
        claim.and_then(|claim| claim.request.number()).map_or(1, IssueNumber::get)
    }

    /// GitHub tells nobody, and never will.
    pub(super) fn end_a_run_unheard(&mut self, conclusion: Conclusion) -> bool {
        let unfinished = comments::unfinished_runs(&self.stage);
        if unfinished.is_empty() {
            return false;
        }
        let id = unfinished[self.dice.index(unfinished.len())];
        let has_asked_in_vain = |attempt| self.runners.has_heard(attempt) == Some(Answer::Unclear);
        let fails = self.attempt_of(id).is_some_and(has_asked_in_vain);
        let conclusion = if fails { Conclusion::Failure } else { conclusion };
        self.stage.sandbox.edit_world(|world| {
            let now = world.now();
            let run = world.run_mut(id).expect("it is there");
            (run.status, run.conclusion, run.updated_at) = (RunStatus::Completed, Some(conclusion), now);
        });
        true
    }

    /// Whatever it was, a claim's run or one beside it.
    async fn run_again(&mut self) -> bool {
        let ended = comments::ended_runs(&self.stage);
        let run = ended[self.dice.index(ended.len())];
        self.stage.time.wait_for(self.stage.sandbox.advance_run(run, RunStep::Rerun)).await.is_ok()
    }

    /// Somebody decides on one of the doubts, in whatever state it is by now.
    pub(super) async fn say_a_word(&mut self) {
        self.words_to_come -= 1;
        let claim = &self.doubts[self.dice.index(self.doubts.len())];
        let verdict = self.dice.weighed(&[(65, Verdict::Retry), (35, Verdict::Drop)]);
        let (group, by) = (claim.group_id(), "operator".to_owned());
        let word = Resolution { claim: claim.id, group, epoch: claim.epoch, verdict, by };
        self.trace.note(&self.stage.time, format!("a person says {} of {}", verdict.as_str(), word.group));
        let message = Message::Resolve(word.clone());
        Queue::InProcess(self.stage.queue.clone()).send(&message).await.expect("it takes all");
        self.words.push(word);
    }

    /// Somebody wants once more what is over, where there is something.
    pub(super) async fn want_it_once_more(&mut self) {
        let Some(claim) = self.to_retry.take() else { return };
        let (group, by, key) = (claim.group_id(), "operator".to_owned(), "once".to_owned());
        let wish = Retry { claim: claim.id, group, by, key, asked_at: self.stage.time.now() };
        self.trace.note(&self.stage.time, format!("a person wants {} once more", wish.group));
        let message = Message::Retry(wish.clone());
        Queue::InProcess(self.stage.queue.clone()).send(&message).await.expect("it takes all");
        self.retries.push(wish);
    }

    /// A message comes that another release wrote, for the last time.
    pub(super) async fn bring_a_foreign_message(&mut self) {
        let old = self.deliveries.seen[self.dice.index(self.deliveries.seen.len())].clone();
        let foreign = Received {
            receipt: "another release's".to_owned(),
            body: old.body.replacen(r#""v":1"#, r#""v":9"#, 1),
            receive_count: InProcessQueue::MAX_RECEIVES.get(),
            ..old
        };
        self.mishaps.push("message of another release");
        self.begin_work(foreign, true).await;
    }

    fn delete_a_comment(&mut self) -> bool {
        let said = said(&self.stage);
        if said.is_empty() {
            return false;
        }
        let (id, body) = said[self.dice.index(said.len())].clone();
        self.stage.sandbox.edit_world(|world| world.remove_comment(id));
        self.deleted.push(body);
        true
    }

    fn delete_a_run(&mut self) -> bool {
        let runs: Vec<u64> = self.stage.sandbox.look(|world| world.runs.iter().map(|run| run.id).collect());
        if runs.is_empty() {
            return false;
        }
        let id = runs[self.dice.index(runs.len())];
        self.stage.sandbox.edit_world(|world| world.runs.retain(|run| run.id != id));
        true
    }

    /// One of the workflow's, and no claim's.
    async fn start_a_run_by_hand(&mut self) -> bool {
        let id = self.stage.sandbox.edit_world(|world| {
            let like = world.runs.last()?.clone();
            let (id, now) = (world.next_id(), world.now());
            let (status, display_title) = (RunStatus::Queued, "AI-Implement by hand".to_owned());
            let like = Run { created_at: now, started_at: now, updated_at: now, ..like };
            world.runs.push(Run { id, display_title, status, conclusion: None, ..like });
            Some(id)
        });
        let Some(id) = id else { return false };
        let moved = self.stage.time.wait_for(self.stage.sandbox.advance_run(id, RunStep::InProgress)).await;
        moved.expect("the run can take it");
        true
    }

    /// One claim that somebody is still to look at, by chance.
    async fn turn_a_record(&mut self) -> bool {
        let due = self.due().await;
        if due.is_empty() {
            return false;
        }
        let claim = due[self.dice.index(due.len())].claim;
        if self.turned.iter().all(|(turned, _)| *turned != claim) {
            self.turned.push((claim, self.stage.turn_a_record(claim)));
        }
        true
    }

    /// What another release wrote is taken back.
    pub(super) fn turn_records_back(&mut self) {
        for (claim, state) in self.turned.drain(..) {
            self.stage.turn_a_record_back(claim, &state);
        }
    }
}

/// What the App has said, by the comments' ids.
fn said(stage: &Stage<'_>) -> Vec<(u64, String)> {
    stage.sandbox.look(|world| {
        let own = world.comments.iter().filter(|comment| comment.user == APP);
        own.map(|comment| (comment.id, comment.body.clone())).collect()
    })
}
