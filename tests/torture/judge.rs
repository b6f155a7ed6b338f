//! What must hold when everything has come to its end, looked at from outside: at GitHub and in the table.
//!
//! Owns the sentences of a failure. Never asks the product's own code whether it did right.

use std::collections::BTreeMap;

use aws::Taken;
use domain::claim::{Claim, ClaimId, State};
use domain::command::Command;
use domain::feedback;
use domain::ids::{CommentId, InstallationId, IssueNumber, UserId};
use domain::message::{CommentCommand, Commenter, RepoRef, SubjectKind};

use crate::comments::Comment;
use crate::stage::{REPOSITORIES, Stage};

const APP: &str = "ai-implement[bot]";

/// What came of a schedule.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// How many claims ended in each state.
    pub(crate) states: BTreeMap<&'static str, u32>,
    pub(crate) dispatches: u32,
    /// Dispatches that happened twice.
    pub(crate) doubles: Vec<String>,
    /// Status comments beyond a command's one, where two workers had one message at the same time.
    pub(crate) told_twice: u32,
    /// Commands that were lost, or not told of, and whatever else must not be.
    pub(crate) losses: Vec<String>,
}

impl Verdict {
    pub(crate) const fn is_bad(&self) -> bool {
        !(self.doubles.is_empty() && self.losses.is_empty())
    }
}

pub(crate) async fn judge(stage: &Stage<'_>, comments: &[Comment], was_copied: bool) -> Verdict {
    let mut verdict = Verdict::default();
    let mut claims = Vec::new();
    for comment in comments {
        match claim_of(stage, comment).await {
            Some(claim) => claims.push((comment, claim)),
            None => verdict.losses.push(format!("nobody took the comment {}", comment.id)),
        }
    }
    for (comment, claim) in &claims {
        *verdict.states.entry(claim.state.name()).or_default() += 1;
        judge_state(comment, claim, &mut verdict);
        judge_words(&said_of(stage, claim), comment, claim, &claims, was_copied, &mut verdict);
        judge_dispatches(stage, claim, &mut verdict);
    }
    judge_locks(stage, &mut verdict).await;
    verdict
}

fn judge_state(comment: &Comment, claim: &Claim, verdict: &mut Verdict) {
    let is_at_its_end = match &claim.state {
        State::Unknown { retry_by, .. } => retry_by.is_none(),
        state => state.is_over(),
    };
    if !is_at_its_end {
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
    comment: &Comment,
    claim: &Claim,
    claims: &[(&Comment, Claim)],
    was_copied: bool,
    verdict: &mut Verdict,
) {
    let shown = match &claim.state {
        State::Refused { code, .. } => format!("`{code}`"),
        State::Answered { .. } => String::new(),
        state => state.run().map_or_else(|| "`UNKNOWN_OUTCOME`".to_owned(), |run| run.html_url.clone()),
    };
    match said {
        [one] if one.contains(&shown) => {}
        // Two workers that have one message at the same time, which the queue doesn't do, may both be first to speak.
        [_, _, ..] if was_copied && said.iter().any(|one| one.contains(&shown)) => {
            verdict.told_twice += u32::try_from(said.len() - 1).expect("few");
        }
        [] if is_repeated_refusal(comment, claim, claims) => {}
        [one] => {
            verdict.losses.push(format!("the comment {} is {}, and is told: {one}", comment.id, claim.state.name()));
        }
        [] => verdict.losses.push(format!("the comment {} is {}, and nobody is told", comment.id, claim.state.name())),
        many => verdict.losses.push(format!("the comment {} has {} status comments", comment.id, many.len())),
    }
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

/// A claim is dispatched once, however many runs GitHub makes of that.
fn judge_dispatches(stage: &Stage<'_>, claim: &Claim, verdict: &mut Verdict) {
    let id = claim.id.to_string();
    let taken = stage
        .sandbox
        .look(|world| world.dispatches.iter().filter(|dispatch| dispatch.inputs.get("claim_id") == Some(&id)).count());
    verdict.dispatches += u32::try_from(taken).expect("few");
    if taken > 1 {
        verdict.doubles.push(format!("the claim {id} was dispatched {taken} times"));
    }
}

async fn judge_locks(stage: &Stage<'_>, verdict: &mut Verdict) {
    for repo in REPOSITORIES {
        let id = stage.repo_id(repo);
        for number in [1, 3, 5] {
            let record = stage.dispatches.conversation(id, IssueNumber::new(number)).await.expect("a working table");
            if let Some(holder) = record.holder.filter(|holder| !holder.state.holds_lock()) {
                verdict.losses.push(format!("{repo}#{number} is held by a claim that is {}", holder.state.name()));
            }
        }
        let slots = stage.proxy.item(&format!("SLOT#{id}"));
        for holder in slots["holders"]["SS"].as_array().into_iter().flatten() {
            let holder: ClaimId = holder.as_str().and_then(|id| id.parse().ok()).expect("a claim's id");
            let claim = stage.dispatches.claim(holder).await.expect("a working table").expect("a claim");
            if !claim.state.holds_slot() {
                verdict.losses.push(format!("a slot of {repo} is held by a claim that is {}", claim.state.name()));
            }
        }
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
        command: Command::parse(comment.plan.text).expect("a command"),
    };
    let probe = Claim::receive(ClaimId::from_parts(0, u128::from(comment.id)), command, stage.time.now());
    match stage.dispatches.take(probe).await.expect("a working table") {
        Taken::Existing(claim) => Some(claim),
        Taken::New(_) => None,
    }
}
