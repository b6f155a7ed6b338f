//! A look at the whole set-up, for a command that asks for it.
//!
//! Owns that only those who may write have it looked at: a look is two dozen requests. What is seen and what it means is
//! `checks`' and the domain's.

use aws::StoredMapping;
use checks::Question;
use domain::claim::Claim;
use domain::decide::asks_for_a_look;
use domain::doctor::MappingFact;
use domain::facts::{Authority, Facts};
use gather::{StoredFacts, gather, subject};
use github::{GitHubError, Repository};

use crate::state::{Runs, State};

/// The facts of a command, with what a look at the set-up shows where it asks for one.
#[failpoint::everywhere]
pub(crate) async fn gathered(
    state: &State,
    repository: &Repository,
    claim: &Claim,
    stored: StoredFacts,
) -> Result<Facts, GitHubError> {
    let mapping = asks_for_a_look(claim).then(|| settings(stored.mapping.clone()));
    let facts = gather(repository, claim, stored).await?;
    let may_write = match &facts.authority {
        Authority::Commenter(permission) => permission.may_write(),
        Authority::Caller => true,
    };
    let Some(mapping) = mapping.filter(|_| may_write) else { return Ok(facts) };
    let public_url = state.runs.as_ref().map(Runs::public_url).cloned();
    let question = Question { repo: repository.name().clone(), mapping, public_url };
    let (seen, subject) = tokio::join!(Box::pin(checks::see(&state.github, question)), subject(repository, claim));
    Ok(Facts { set_up: Some(Box::new((seen, subject?))), ..facts })
}

/// The stored settings as a look takes them.
fn settings(stored: StoredMapping) -> MappingFact {
    match stored {
        StoredMapping::Missing => MappingFact::Missing,
        StoredMapping::Foreign { bound } => MappingFact::Foreign(bound),
        StoredMapping::Invalid(faults) => MappingFact::Invalid(faults),
        StoredMapping::Found(mapping) => MappingFact::Found(mapping),
    }
}
