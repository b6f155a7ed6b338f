//! The facts of one request, gathered at once.
//!
//! Owns what is asked for which request, and that nothing is asked one after the other that could be asked together.
//! Never judges.

use aws::StoredMapping;
use domain::claim::Claim;
use domain::decide::{dispatch_ref, wants_a_run};
use domain::facts::{Authority, Facts, MappedFacts, RepositoryFacts, Subject};
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
        _ if !wants_a_run(claim) => RepositoryFacts::NotAsked,
        StoredMapping::Missing => RepositoryFacts::Unmapped,
        StoredMapping::Foreign { bound } => {
            alarm_of_a_recycled_name(claim, bound);
            RepositoryFacts::Unmapped
        }
        StoredMapping::Invalid(faults) => RepositoryFacts::Invalid(faults),
        StoredMapping::Found(mapping) => {
            let asked = ask(repository, claim, *mapping, in_flight, last);
            let (authority, mapped) = tokio::try_join!(authority, asked)?;
            return Ok(Facts {
                authority,
                earlier,
                repository: RepositoryFacts::Mapped(Box::new(mapped)),
                set_up: None,
            });
        }
    };
    Ok(Facts { authority: authority.await?, earlier, repository: unasked, set_up: None })
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
    let (subject, workflow) = tokio::try_join!(subject(repository, claim), workflow)?;
    Ok(MappedFacts { mapping, subject, workflow, in_flight, last, callbacks: None })
}

/// What a command stands on, read live.
#[failpoint::everywhere]
pub async fn subject(repository: &Repository, claim: &Claim) -> Result<Subject, GitHubError> {
    match claim.request.subject() {
        Some((SubjectKind::PullRequest, number)) => repository.pull_request(number).await.map(Subject::PullRequest),
        Some((SubjectKind::Issue, number)) => repository.issue(number).await.map(Subject::Issue),
        None => Ok(Subject::Ticket),
    }
}
