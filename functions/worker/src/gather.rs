//! The facts of one command, gathered at once.
//!
//! Owns what is asked for which command, and that nothing is asked one after the other that could be asked together.
//! Never judges.

use aws::StoredMapping;
use domain::claim::Claim;
use domain::decide::wants_a_run;
use domain::facts::{Facts, InFlight, MappedFacts, RepositoryFacts, Subject};
use domain::ids::RepoId;
use domain::mapping::Mapping;
use domain::message::SubjectKind;
use github::{GitHubError, Repository};

/// What of the tables' knowledge a judgement takes.
pub(crate) struct StoredFacts {
    /// The settings.
    pub(crate) mapping: StoredMapping,
    /// The claim that holds the conversation, unless it is this one.
    pub(crate) holder: Option<Claim>,
    /// The claim that was last dispatched there.
    pub(crate) last: Option<Claim>,
}

/// Asks GitHub for what the tables don't know, in one generation of concurrent requests.
#[failpoint::everywhere]
pub(crate) async fn gather(repository: &Repository, claim: &Claim, stored: StoredFacts) -> Result<Facts, GitHubError> {
    let permission = repository.permission_of(&claim.request.commenter.login);
    let unasked = match stored.mapping {
        _ if !wants_a_run(claim) => RepositoryFacts::NotAsked,
        StoredMapping::Missing => RepositoryFacts::Unmapped,
        StoredMapping::Foreign { bound } => {
            alarm_of_a_recycled_name(claim, bound);
            RepositoryFacts::Unmapped
        }
        StoredMapping::Invalid(faults) => RepositoryFacts::Invalid(faults),
        StoredMapping::Found(mapping) => {
            let asked = ask(repository, claim, *mapping, stored.holder, stored.last);
            let (permission, mapped) = tokio::try_join!(permission, asked)?;
            return Ok(Facts { permission, repository: RepositoryFacts::Mapped(Box::new(mapped)) });
        }
    };
    Ok(Facts { permission: permission.await?, repository: unasked })
}

/// Whoever has the name now gets nothing; that somebody asks is for the operators to know.
fn alarm_of_a_recycled_name(claim: &Claim, bound: RepoId) {
    let repo = &claim.request.repo;
    tracing::error!(
        claim.id = %claim.id, repo = %repo.name, repo.id = %repo.id, %bound,
        "the mapping of this name belongs to another repository"
    );
}

#[failpoint::everywhere]
async fn ask(
    repository: &Repository,
    claim: &Claim,
    mapping: Mapping,
    holder: Option<Claim>,
    last: Option<Claim>,
) -> Result<MappedFacts, GitHubError> {
    let branch = mapping.default_branch.as_ref().unwrap_or(&claim.request.repo.default_branch);
    let workflow = repository.workflow(&mapping.workflow_file, branch);
    let (subject, workflow) = tokio::try_join!(subject(repository, claim), workflow)?;
    let in_flight =
        holder.map(|holder| InFlight { claim: holder.id, run_url: holder.state.run().map(|run| run.html_url.clone()) });
    let last_ticket = last.and_then(|last| last.order).map(|order| order.ticket);
    Ok(MappedFacts { mapping, subject, workflow, in_flight, last_ticket })
}

#[failpoint::everywhere]
async fn subject(repository: &Repository, claim: &Claim) -> Result<Subject, GitHubError> {
    let number = claim.request.number;
    match claim.request.subject {
        SubjectKind::PullRequest => repository.pull_request(number).await.map(Subject::PullRequest),
        SubjectKind::Issue => repository.issue(number).await.map(Subject::Issue),
    }
}
