//! The facts of one request, gathered at once.
//!
//! Owns what is asked for which request, and that nothing is asked one after the other that could be asked together.
//! Never judges.

use aws::StoredMapping;
use domain::claim::Claim;
use domain::command::Verb;
use domain::decide::{dispatch_ref, takes_repository_facts};
use domain::facts::{Authority, Facts, MappedFacts, RepositoryFacts, Subject, WorkflowFact};
use domain::ids::RepoId;
use domain::mapping::Mapping;
use domain::message::SubjectKind;
use domain::refusal::Busy;
use domain::request::Request;
use domain::task::Task;
use github::{GitHubError, Repository};

/// What of the tables' knowledge a judgement takes.
pub struct StoredFacts {
    /// The settings.
    pub mapping: StoredMapping,
    /// What holds the conversation, unless it is this claim.
    pub in_flight: Option<Busy>,
    /// The claim that was last dispatched there.
    pub last: Option<Claim>,
    /// The conversation's earlier commands, where they are asked about.
    pub earlier: Vec<Claim>,
}

/// Asks GitHub for what the tables don't know, in one generation of concurrent requests.
#[failpoint::everywhere]
pub async fn gather(repository: &Repository, claim: &Claim, stored: StoredFacts) -> Result<Facts, GitHubError> {
    let authority = authority(repository, claim);
    let StoredFacts { mapping, in_flight, last, earlier } = stored;
    let unasked = match mapping {
        _ if !takes_repository_facts(claim) => RepositoryFacts::NotAsked,
        StoredMapping::Missing => RepositoryFacts::Unmapped,
        StoredMapping::Foreign { bound } => {
            alarm_of_a_recycled_name(claim, bound);
            RepositoryFacts::Unmapped
        }
        StoredMapping::Invalid(faults) => RepositoryFacts::Invalid(faults),
        StoredMapping::Found(mapping) => {
            let asked = ask(repository, claim, *mapping, in_flight, last);
            let (authority, mapped) = tokio::try_join!(authority, asked)?;
            return Ok(Facts { authority, earlier, repository: RepositoryFacts::Mapped(Box::new(mapped)) });
        }
    };
    Ok(Facts { authority: authority.await?, earlier, repository: unasked })
}

/// A program's right was judged when it asked, a person's is read live.
#[failpoint::everywhere]
async fn authority(repository: &Repository, claim: &Claim) -> Result<Authority, GitHubError> {
    match &claim.request {
        Request::Comment(command) => repository.permission_of(&command.commenter.login).await.map(Authority::Commenter),
        Request::Api(_) => Ok(Authority::Caller),
    }
}

/// Whoever has the name now gets nothing; that somebody asks is for the operators to know.
fn alarm_of_a_recycled_name(claim: &Claim, bound: RepoId) {
    let repo = claim.request.repo();
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
    in_flight: Option<Busy>,
    last: Option<Claim>,
) -> Result<MappedFacts, GitHubError> {
    let branch = dispatch_ref(claim, &mapping);
    // Where there is nothing to do, the judgement says so whatever the file.
    let file =
        Task::of(claim, &mapping, last.as_ref()).map_or(&mapping.workflow_file, |task| task.workflow_file(&mapping));
    let workflow = repository.workflow(file, branch);
    let planning = planning(repository, claim, &mapping);
    let (subject, workflow, planning) = tokio::try_join!(subject(repository, claim), workflow, planning)?;
    Ok(MappedFacts { mapping, subject, workflow, planning, in_flight, last, callbacks: None })
}

/// Only a look at the whole set-up takes the planning workflow beside the task's own.
#[failpoint::everywhere]
async fn planning(
    repository: &Repository,
    claim: &Claim,
    mapping: &Mapping,
) -> Result<Option<WorkflowFact>, GitHubError> {
    let looks_at_everything = claim.request.command().is_some_and(|command| command.command.verb == Verb::Doctor);
    if !looks_at_everything || !mapping.planning_enabled {
        return Ok(None);
    }
    repository.workflow(&mapping.planning_workflow_file, dispatch_ref(claim, mapping)).await.map(Some)
}

#[failpoint::everywhere]
async fn subject(repository: &Repository, claim: &Claim) -> Result<Subject, GitHubError> {
    match claim.request.subject() {
        Some((SubjectKind::PullRequest, number)) => repository.pull_request(number).await.map(Subject::PullRequest),
        Some((SubjectKind::Issue, number)) => repository.issue(number).await.map(Subject::Issue),
        None => Ok(Subject::Ticket),
    }
}
