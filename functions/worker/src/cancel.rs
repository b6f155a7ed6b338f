//! Taking back what waits or runs in a conversation.
//!
//! Owns which commands a wish to cancel meets: those that were written before it. A cancellation is on the other claim's record
//! before GitHub is asked, so it is made up for where GitHub can't be asked now. Never touches a command that came later.

use domain::claim::{Cancelled, Claim};
use domain::decide::wants_a_run;
use domain::feedback::{Answer, CancelledCommand};
use github::Repository;

use crate::error::Undone;
use crate::look::cancel_strays;
use crate::record::record;
use crate::state::State;
use crate::tell::tell;

/// Cancels the earlier commands; the words say what became of each.
#[failpoint::everywhere]
pub(crate) async fn cancel(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    earlier: &[Claim],
) -> Result<Claim, Undone> {
    let by = claim.request.asker();
    let mut met = Vec::new();
    for other in earlier.iter().filter(|other| is_earlier(other, claim) && wants_a_run(other)) {
        match other.cancelled(by, state.clock.now()) {
            Cancelled::Over => {}
            Cancelled::Already => met.push(asked(other)),
            Cancelled::Withdrawn(next) => {
                let next = record(state, other, next).await?;
                // One whose run may yet show itself has been dropped.
                let is_certain = !other.state.may_have_run();
                met.push(if is_certain { CancelledCommand::Withdrawn } else { CancelledCommand::Unclear });
                show(state, repository, next).await;
            }
            Cancelled::Asked(next) => {
                let next = record(state, other, next).await?;
                met.push(asked(&next));
                show(state, repository, next).await;
            }
        }
    }
    let answered = claim.answered(Answer::Cancelled(met).text(), state.clock.now())?;
    record(state, claim, answered).await
}

/// Comments are in the order of their ids; what a program asked for has only its time.
fn is_earlier(other: &Claim, wish: &Claim) -> bool {
    match (other.request.comment(), wish.request.comment()) {
        (Some(other), Some(wish)) => other < wish,
        _ => other.request.asked_at() <= wish.request.asked_at(),
    }
}

fn asked(other: &Claim) -> CancelledCommand {
    match other.state.run() {
        Some(run) => CancelledCommand::Run { url: run.html_url.clone() },
        None => CancelledCommand::Unclear,
    }
}

/// What fails here stays on the other claim's record, and is done when that is due.
#[failpoint::everywhere]
async fn show(state: &State, repository: &Repository, other: Claim) {
    let id = other.id;
    let told = Box::pin(tell(state, repository, other)).await;
    if let Err(error) = told.and(Box::pin(cancel_strays(state, repository, id)).await) {
        tracing::warn!(claim.id = %id, error = %environment::chain(&error), "a cancellation is carried out later");
    }
}
