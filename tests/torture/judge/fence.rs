//! How many runs of a claim act, and what becomes of the one that may.
//!
//! Owns the comparison of what runs were answered with how their claims and GitHub's world end. Never trusts the product to
//! know whose workflow asks.

use domain::claim::Claim;
use jiff::SignedDuration;
use local::sandbox::Conclusion;

use super::{Played, Verdict};
use crate::comments::Comment;
use crate::runners::Attempt;
use crate::stage::REPOSITORIES;

/// A run that works for longer is cancelled by the App itself.
const LONGEST_RUN: SignedDuration = SignedDuration::from_mins(90);

/// Where runs ask, one acts: however many GitHub starts, and however often a person wants another dispatch.
pub(super) fn judge_acting_runs(played: &Played<'_>, (comment, claim): (&Comment, &Claim), verdict: &mut Verdict) {
    let acting: Vec<u64> = played.runners.acting(claim.id).collect();
    let is_fenced = played.stage.is_fenced && comment.plan.repo == REPOSITORIES[0];
    if !is_fenced {
        verdict.unfenced_doubles += u32::from(acting.len() > 1);
        return;
    }
    if acting.len() > 1 {
        verdict.doubles.push(format!("the runs {acting:?} act on the claim {}, {}", claim.id, claim.state.name()));
    }
    judge_end(played, claim, verdict);
    for attempt in played.runners.admitted.iter().filter(|attempt| attempt.claim == claim.id) {
        judge_admitted(played, *attempt, (comment, claim), verdict);
    }
}

/// Green is no proof of work where nobody was admitted, and is one where the claim's run was.
fn judge_end(played: &Played<'_>, claim: &Claim, verdict: &mut Verdict) {
    let own = claim.state.run();
    let own = own.map(|own| Attempt { claim: claim.id, run: own.id.get(), attempt: own.attempt.into() });
    let was_admitted = own.is_some_and(|own| played.runners.admitted.contains(&own));
    let name = claim.state.name();
    if name == "succeeded" && !was_admitted || name == "not-admitted" && was_admitted {
        let answer = if was_admitted { "was" } else { "was not" };
        verdict.losses.push(format!("the claim {} is {name}, and its run {answer} admitted", claim.id));
    }
}

/// A run that may act stays the claim's, and is left alone.
fn judge_admitted(played: &Played<'_>, admitted: Attempt, (comment, claim): (&Comment, &Claim), verdict: &mut Verdict) {
    let own = claim.state.run().map(|own| own.id.get());
    if own != Some(admitted.run) {
        let name = claim.state.name();
        verdict.losses.push(format!("{admitted:?} was admitted, and the claim is {name} with the run {own:?}"));
    }
    if is_cancelled_by_the_app(played, admitted) && !is_taken_back(played, comment) {
        verdict.losses.push(format!("{admitted:?} was admitted, and cancelled"));
    }
}

/// Whether the App cancelled it, and not because it worked for too long.
fn is_cancelled_by_the_app(played: &Played<'_>, admitted: Attempt) -> bool {
    let was_cancelled_in_time = played.stage.sandbox.look(|world| {
        world.run(admitted.run).is_some_and(|run| {
            run.attempt == admitted.attempt
                && run.conclusion == Some(Conclusion::Cancelled)
                && run.updated_at.duration_since(run.started_at) < LONGEST_RUN
        })
    });
    was_cancelled_in_time && !played.runners.cancelled_by_people.contains(&admitted)
}

/// Whether somebody who may write took a command of that conversation back.
fn is_taken_back(played: &Played<'_>, comment: &Comment) -> bool {
    let takes_back = |it: &&Comment| it.plan.user == "writer" && it.plan.text.ends_with("cancel");
    let is_there = |it: &Comment| (it.plan.repo, it.plan.number) == (comment.plan.repo, comment.plan.number);
    played.comments.iter().filter(takes_back).any(is_there)
}
