//! How often a claim was dispatched, and which of its runs may still act.
//!
//! Owns the counting at GitHub. Never counts what the product believes.

use std::collections::BTreeSet;

use domain::claim::{Claim, ClaimId};
use domain::message::{Resolution, Verdict as PersonsVerdict};
use local::sandbox::LoggedRequest;
use local::sandbox::world::{Dispatch, Run, RunStatus};

use super::{Played, Verdict};
use crate::comments::Comment;
use crate::stage::REPOSITORIES;

/// A claim is dispatched once, and once more for each dispatch that a person wants repeated; however many runs GitHub
/// makes of that.
pub(super) fn judge_dispatches(played: &Played<'_>, claim: &Claim, verdict: &mut Verdict) {
    let id = claim.id.to_string();
    let is_its = |dispatch: &&Dispatch| dispatch.inputs.get("claim_id") == Some(&id);
    let taken = played.stage.sandbox.look(|world| world.dispatches.iter().filter(is_its).count());
    verdict.dispatches += u32::try_from(taken).expect("few");
    let wanted = 1 + retries(played.words, claim);
    if taken > wanted {
        verdict.doubles.push(format!("the claim {id} was dispatched {taken} times, and {wanted} at most were wanted"));
    }
}

/// For how many of the claim's dispatches a person wanted another one.
fn retries(words: &[Resolution], claim: &Claim) -> usize {
    let of_it = words.iter().filter(|word| word.claim == claim.id && word.verdict == PersonsVerdict::Retry);
    of_it.map(|word| word.epoch).collect::<BTreeSet<_>>().len()
}

/// A call may have been taken unless GitHub's answer was a definite no: those count like dispatches, as far as the log of
/// requests tells them apart.
pub(super) fn judge_calls(played: &Played<'_>, claims: &[(&Comment, Claim)], wished: &[Claim], verdict: &mut Verdict) {
    let requests = played.stage.sandbox.requests();
    for repo in REPOSITORIES {
        let names = [repo.to_owned(), played.stage.name_of(repo)].map(|name| format!("/repos/{name}/"));
        let is_call = |request: &&LoggedRequest| {
            request.method == "POST"
                && request.path.ends_with("/dispatches")
                && names.iter().any(|name| request.path.starts_with(name))
                && !request.status.is_some_and(|status| (300..500).contains(&status))
        };
        let calls = requests.iter().filter(is_call).count();
        let here = claims.iter().filter(|(comment, claim)| comment.plan.repo == repo && claim.epoch > 0);
        let id = played.stage.repo_id(repo);
        let wished = wished.iter().filter(|claim| claim.request.repo().id == id && claim.epoch > 0);
        let here = here.map(|(_, claim)| claim).chain(wished);
        let wanted: usize = here.map(|claim| 1 + retries(played.words, claim)).sum();
        if calls > wanted {
            verdict
                .doubles
                .push(format!("{calls} calls may have been taken in {repo}, and {wanted} at most were wanted"));
        }
    }
}

/// Of the runs that GitHub made of a call, none is left to act beside the claim's own; in the end that one is over too.
/// Where the App was away for three days, a run beside the claim's own is given up with the rest: nobody could stop it.
pub(super) fn judge_runs(played: &Played<'_>, claim: &Claim, verdict: &mut Verdict) {
    let is_its = |run: &&Run| ClaimId::in_run_title(&run.display_title) == Some(claim.id);
    let alive: Vec<u64> = played.stage.sandbox.look(|world| {
        let its = world.runs.iter().filter(is_its);
        its.filter(|run| run.status != RunStatus::Completed).map(|run| run.id).collect()
    });
    let own = claim.state.run().map(|own| own.id.get());
    let are_strays = claim.state.is_over() && alive.iter().all(|run| Some(*run) != own);
    if played.was_silenced && are_strays {
        verdict.unstopped += u32::try_from(alive.len()).expect("few");
    } else if !alive.is_empty() {
        verdict.doubles.push(format!(
            "the runs {alive:?} of the claim {}, {}, are alive",
            claim.id,
            claim.state.name()
        ));
    }
}
