//! The jobs of a run: what its workflow declares, as far as the run is.
//!
//! Never stores a job: each follows from the run, from the workflow file, and from how somebody said that the run fails.

use super::digest::stable_number;
use super::workflow_file::{DeclaredJob, WorkflowFile};
use super::world::{Conclusion, FailedJob, Repository, Run, RunStatus, World, workflow_path};

/// A job as GitHub shows it. It is as far as its run, and ends with it.
pub(super) struct Job {
    /// Its id, and its check run's.
    pub(super) id: u64,
    pub(super) name: String,
    pub(super) status: RunStatus,
    pub(super) conclusion: Option<Conclusion>,
    /// The steps that it came to.
    pub(super) steps: Vec<Step>,
    /// Whether the run ended for it.
    ended_the_run: bool,
}

/// A step that has ended.
pub(super) struct Step {
    pub(super) name: String,
    pub(super) conclusion: Conclusion,
}

/// The jobs of a run's last attempt, in the file's order.
pub(super) fn of(world: &World, repository: &Repository, run: &Run) -> Vec<Job> {
    let failed = world.failed_jobs.get(&run.id);
    let mut declared = declared(repository, run);
    if let Some(failed) = failed.filter(|failed| !declared.iter().any(|job| job.name == failed.job)) {
        declared.push(DeclaredJob { name: failed.job.clone(), steps: Vec::new() });
    }
    let last = declared.len() - 1;
    let culprit = failed.and_then(|failed| declared.iter().position(|job| job.name == failed.job)).unwrap_or(last);
    let jobs = declared.into_iter().enumerate();
    jobs.map(|(place, job)| {
        let conclusion = run.conclusion.map(|conclusion| match conclusion {
            Conclusion::Success | Conclusion::Skipped => conclusion,
            _ if place < culprit => Conclusion::Success,
            _ if place > culprit => Conclusion::Skipped,
            ended => ended,
        });
        Job {
            id: u64::from(stable_number(&format!("{}/{}/{}", run.id, run.attempt, job.name))),
            steps: conclusion.map(|conclusion| steps(&job, conclusion, failed)).unwrap_or_default(),
            name: job.name,
            status: run.status,
            conclusion,
            ended_the_run: place == culprit && conclusion.is_some_and(is_bad),
        }
    })
    .collect()
}

/// The job of that id, with its run and what it noted.
pub(super) fn annotated<'w>(
    world: &'w World,
    repository: &Repository,
    id: u64,
) -> Option<(&'w Run, Option<&'w FailedJob>)> {
    let runs = world.runs.iter().filter(|run| run.repository_id == repository.id);
    let mut found = runs.filter_map(|run| {
        let job = of(world, repository, run).into_iter().find(|job| job.id == id)?;
        Some((run, world.failed_jobs.get(&run.id).filter(|_| job.ended_the_run)))
    });
    found.next()
}

/// What the file says on the run's branch; a run without a file still has a job.
fn declared(repository: &Repository, run: &Run) -> Vec<DeclaredJob> {
    let branch = repository.branches.get(&run.head_branch);
    let text = branch.and_then(|branch| branch.files.get(&workflow_path(&run.workflow)));
    let jobs = text.and_then(|text| WorkflowFile::parse(text).ok()).map(|file| file.jobs).unwrap_or_default();
    if jobs.is_empty() { vec![DeclaredJob { name: run.name.clone(), steps: Vec::new() }] } else { jobs }
}

/// Without a word about it, the last of the declared steps ends the job.
fn steps(job: &DeclaredJob, conclusion: Conclusion, failed: Option<&FailedJob>) -> Vec<Step> {
    let failed = failed.filter(|failed| is_bad(conclusion) && failed.job == job.name);
    let comes_to_none = failed.is_some_and(|failed| failed.step.is_none());
    if conclusion == Conclusion::Skipped || comes_to_none {
        return Vec::new();
    }
    let told = failed.and_then(|failed| failed.step.as_ref());
    let mut names = job.steps.clone();
    names.extend(told.filter(|step| !job.steps.contains(step)).cloned());
    let place_told = told.and_then(|step| names.iter().position(|name| name == step));
    let culprit = place_told.or(names.len().checked_sub(1)).filter(|_| is_bad(conclusion));
    let judged = names.iter().enumerate().map(|(place, name)| Step {
        name: name.clone(),
        conclusion: match culprit {
            Some(culprit) if place == culprit => step_conclusion(conclusion),
            Some(culprit) if place > culprit => Conclusion::Skipped,
            _ => Conclusion::Success,
        },
    });
    let own = |name: &str| Step { name: name.to_owned(), conclusion: Conclusion::Success };
    [own("Set up job")].into_iter().chain(judged).chain([own("Complete job")]).collect()
}

/// A job that is ended from outside cancels the step that it is at.
fn step_conclusion(of_the_job: Conclusion) -> Conclusion {
    if of_the_job == Conclusion::TimedOut { Conclusion::Cancelled } else { of_the_job }
}

fn is_bad(conclusion: Conclusion) -> bool {
    !matches!(conclusion, Conclusion::Success | Conclusion::Skipped)
}
