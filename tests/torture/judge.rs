//! What must hold when everything has come to its end, looked at from outside: at GitHub and in the table.
//!
//! Owns the sentences of a failure. Never asks the product's own code whether it did right.

mod fence;
mod runs;

use std::collections::BTreeMap;

use aws::Taken;
use domain::claim::{Claim, ClaimId, State};
use domain::command::Command;
use domain::feedback;
use domain::ids::{CommentId, InstallationId, IssueNumber, UserId};
use domain::message::{CommentCommand, Commenter, RepoRef, Resolution, Retry, SubjectKind};
use domain::request::{ApiRequest, Place};

use self::fence::judge_acting_runs;
use self::runs::{judge_calls, judge_dispatches, judge_runs};
use crate::comments::Comment;
use crate::runners::Runners;
use crate::stage::{REPOSITORIES, Stage, THIRD, UNMAPPED, Wish, left_in_line};

/// How the App calls itself.
pub(crate) const APP: &str = "ai-implement[bot]";

/// What came of a schedule.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// How many claims ended in each state.
    pub(crate) states: BTreeMap<&'static str, u32>,
    pub(crate) dispatches: u32,
    /// How many runs were admitted, and how many were told that they have nothing to do.
    pub(crate) admitted: u32,
    pub(crate) turned_away: u32,
    /// How many claims had two runs that acted, where no run asks.
    pub(crate) unfenced_doubles: u32,
    /// Dispatches that happened twice, and runs that acted beside another one.
    pub(crate) doubles: Vec<String>,
    /// Commands that people were told nothing of, or not the last of it, because nobody could speak for three days.
    pub(crate) untold: u32,
    /// Runs beside their claim's own that nobody could stop for three days, and that GitHub kept.
    pub(crate) unstopped: u32,
    /// Commands that were lost, or not told of, and whatever else must not be.
    pub(crate) losses: Vec<String>,
}

impl Verdict {
    pub(crate) const fn is_bad(&self) -> bool {
        !(self.doubles.is_empty() && self.losses.is_empty())
    }
}

/// What a schedule did that bears on what may come of it.
pub(crate) struct Played<'a> {
    pub(crate) stage: &'a Stage<'a>,
    pub(crate) comments: &'a [Comment],
    /// The status comments that somebody deleted.
    pub(crate) deleted: &'a [String],
    /// What people said of doubts.
    pub(crate) words: &'a [Resolution],
    /// What people wanted once more that was over.
    pub(crate) retries: &'a [Retry],
    /// What a program wants, where there is one.
    pub(crate) wish: Option<Wish>,
    pub(crate) runners: &'a Runners,
    /// Whether something was out for three days.
    pub(crate) was_silenced: bool,
}

pub(crate) async fn judge(played: &Played<'_>) -> Verdict {
    let stage = played.stage;
    let mut verdict = Verdict {
        admitted: count(played.runners.admitted.len()),
        turned_away: count(played.runners.turned_away.len()),
        losses: played.runners.mistaken.clone(),
        ..Verdict::default()
    };
    let mut claims = Vec::new();
    for comment in played.comments {
        match claim_of(stage, comment).await {
            Some(claim) => {
                let implementation = implementation_of(stage, &claim).await;
                claims.push((comment, claim));
                claims.extend(implementation.map(|claim| (comment, claim)));
            }
            None if is_out_of_reach(played.was_silenced, comment) => verdict.untold += 1,
            None => verdict.losses.push(format!("nobody took the comment {}", comment.id)),
        }
    }
    let mut wished: Vec<Claim> = wished(played, &mut verdict).await.into_iter().collect();
    for retry in played.retries {
        // Its last delivery may have met a table that was out.
        wished.extend(retried(stage, retry).await);
    }
    for (comment, claim) in &claims {
        *verdict.states.entry(claim.state.name()).or_default() += 1;
        judge_state(comment, claim, &mut verdict);
        judge_words(&said_of(stage, claim), played, (comment, claim), &claims, &mut verdict);
        judge_dispatches(played, claim, &mut verdict);
        judge_runs(played, claim, &mut verdict);
        judge_acting_runs(played, (comment, claim), &mut verdict);
    }
    for claim in &wished {
        judge_wished(played, claim, &mut verdict);
    }
    judge_calls(played, &claims, &wished, &mut verdict);
    judge_locks(stage, &mut verdict).await;
    verdict
}

/// The claim of a program's wish. What was acknowledged is on record.
async fn wished(played: &Played<'_>, verdict: &mut Verdict) -> Option<Claim> {
    let wish = played.wish?;
    let claim = played.stage.claim_of_the_wish().await;
    if claim.is_none() && wish == Wish::Acknowledged {
        verdict.losses.push("a program's wish was acknowledged, and isn't on record".to_owned());
    }
    claim
}

/// The claim of what a person wanted once more.
async fn retried(stage: &Stage<'_>, retry: &Retry) -> Option<Claim> {
    let key = ApiRequest::natural_key_of(&retry.caller(), &retry.request_key());
    stage.dispatches.claim_of_natural_key(&key).await.expect("a working table")
}

/// It comes to its end like a command. Of a program's nobody is told: its record is the answer.
fn judge_wished(played: &Played<'_>, claim: &Claim, verdict: &mut Verdict) {
    *verdict.states.entry(claim.state.name()).or_default() += 1;
    if !is_at_its_end(claim) {
        verdict.losses.push(format!("the wish of {} ends as {}", claim.request.asker(), claim.state.name()));
    }
    judge_dispatches(played, claim, verdict);
    judge_runs(played, claim, verdict);
    let acting = played.runners.acting(claim.id).count();
    if acting > 1 && played.stage.is_fenced {
        verdict.doubles.push(format!(
            "{acting} runs act on the wish of {}, {}",
            claim.request.asker(),
            claim.state.name()
        ));
    }
}

fn is_at_its_end(claim: &Claim) -> bool {
    match &claim.state {
        State::Unknown { retry_by, .. } => retry_by.is_none(),
        state => state.is_over(),
    }
}

fn count(runs: usize) -> u32 {
    u32::try_from(runs).expect("few")
}

/// GitHub keeps a failed delivery for three days, and comments are looked for in mapped repositories only.
pub(crate) fn is_out_of_reach(was_silenced: bool, comment: &Comment) -> bool {
    was_silenced && comment.plan.repo == UNMAPPED
}

fn judge_state(comment: &Comment, claim: &Claim, verdict: &mut Verdict) {
    if claim.is_to_go_on() {
        verdict.losses.push(format!("the plan of the comment {} is followed by nothing", comment.id));
    }
    if !is_at_its_end(claim) {
        verdict.losses.push(format!("the comment {} ends as {}", comment.id, claim.state.name()));
    }
}

/// What the App said of a claim.
fn said_of(stage: &Stage<'_>, claim: &Claim) -> Vec<String> {
    let marker = feedback::marker(claim.id);
    stage.sandbox.look(|world| {
        let own = world.comments.iter().filter(|said| said.user == APP && said.body.contains(&marker));
        own.map(|said| said.body.clone()).collect()
    })
}

/// One status comment, which shows what the claim is.
fn judge_words(
    said: &[String],
    played: &Played<'_>,
    (comment, claim): (&Comment, &Claim),
    claims: &[(&Comment, Claim)],
    verdict: &mut Verdict,
) {
    let run = claim.state.run().map(|run| run.html_url.clone());
    let shown = run.or_else(|| claim.code().map(|code| format!("`{code}`"))).unwrap_or_default();
    let name = claim.state.name();
    match said {
        [one] if one.contains(&shown) => {}
        [] if is_repeated_refusal(comment, claim, claims) || is_unwanted(played.deleted, claim) => {}
        [_] | [] if played.was_silenced => verdict.untold += 1,
        [one] => verdict.losses.push(format!("the comment {} is {name}, and is told: {one}", comment.id)),
        [] => verdict.losses.push(format!("the comment {} is {name}, and nobody is told", comment.id)),
        many => verdict.losses.push(format!("the comment {} has {} status comments", comment.id, many.len())),
    }
}

/// A status comment that was deleted twice is not wanted; one that was deleted in its last form has nothing to add.
fn is_unwanted(deleted: &[String], claim: &Claim) -> bool {
    let marker = feedback::marker(claim.id);
    let of_it: Vec<&String> = deleted.iter().filter(|said| said.contains(&marker)).collect();
    of_it.len() > 1 || of_it.iter().any(|said| feedback::status_comment(claim).as_ref() == Some(said))
}

/// The same refusal is explained to the same person in the same conversation once in an hour.
fn is_repeated_refusal(comment: &Comment, claim: &Claim, claims: &[(&Comment, Claim)]) -> bool {
    let code = |claim: &Claim| match &claim.state {
        State::Refused { code, .. } => Some(code.clone()),
        _ => None,
    };
    let is_same = |other: &Comment| other.plan.repo == comment.plan.repo && other.id != comment.id;
    let Some(refused) = code(claim) else { return false };
    claims.iter().any(|(other, their)| is_same(other) && code(their).as_ref() == Some(&refused))
}

async fn judge_locks(stage: &Stage<'_>, verdict: &mut Verdict) {
    for repo in REPOSITORIES {
        let id = stage.repo_id(repo);
        for number in [1, 3, 4, 5, THIRD] {
            let record = stage
                .dispatches
                .conversation(&Place::of_number(id, IssueNumber::new(number)))
                .await
                .expect("a working table");
            if let Some(holder) = record.holder.filter(|holder| !holder.state.holds_lock()) {
                verdict.losses.push(format!("{repo}#{number} is held by a claim that is {}", holder.state.name()));
            }
        }
        for (attribute, is_right) in
            [("holders", State::holds_slot as fn(&State) -> bool), ("waiting", State::is_queued)]
        {
            // A place that another release left behind is in nobody's way while nobody waits behind it.
            for member in stage.in_the_slots(repo, attribute).into_iter().filter(|it| *it != left_in_line()) {
                let claim = stage.dispatches.claim(member).await.expect("a working table").expect("a claim");
                if !is_right(&claim.state) {
                    let stands = claim.state.name();
                    verdict.losses.push(format!("among the {attribute} of {repo} is a claim that is {stands}"));
                }
            }
        }
    }
}

/// The claim of the implementation that follows a plan by itself; a plan that has none is still open, and judged for that.
async fn implementation_of(stage: &Stage<'_>, plan: &Claim) -> Option<Claim> {
    if !plan.has_gone_on {
        return None;
    }
    let probe = plan.implementation(ClaimId::from_parts(0, 1), stage.time.now())?;
    match stage.dispatches.take(probe).await.expect("a working table") {
        Taken::Existing(claim) => Some(claim),
        Taken::New(_) => panic!("a plan has gone on without an implementation"),
    }
}

/// The claim that was taken for a comment.
async fn claim_of(stage: &Stage<'_>, comment: &Comment) -> Option<Claim> {
    let command = CommentCommand {
        repo: RepoRef {
            id: stage.repo_id(comment.plan.repo),
            name: comment.plan.repo.parse().expect("a name"),
            default_branch: "main".to_owned(),
        },
        installation: Some(InstallationId::new(1)),
        subject: SubjectKind::PullRequest,
        number: IssueNumber::new(comment.plan.number),
        comment: CommentId::new(comment.id),
        commenter: Commenter { id: UserId::new(1), login: comment.plan.user.to_owned() },
        commented_at: stage.time.now(),
        after: None,
        command: Command::parse(comment.plan.text).expect("a command"),
    };
    let probe = Claim::receive(ClaimId::from_parts(0, u128::from(comment.id)), command, stage.time.now());
    match stage.dispatches.take(probe).await.expect("a working table") {
        Taken::Existing(claim) => Some(claim),
        Taken::New(_) => None,
    }
}
