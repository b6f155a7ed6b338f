//! Why a run failed, as its jobs and their annotations tell.

use domain::failure::{Failure, KnownCause};
use domain::ids::RunId;
use github::GitHubError;
use local::sandbox::world::Access;
use local::sandbox::{Annotation, AnnotationLevel, Conclusion, FailedJob, Fault, RunStep};
use serde_json::json;

use crate::runs::start;
use crate::stage::{REPOSITORY, Stage};

const OIDC: &str = "Could not assume role with OIDC: Not authorized to perform sts:AssumeRoleWithWebIdentity";
const TIME_LIMIT: &str = "The job has exceeded the maximum execution time of 1h30m0s";

fn in_step(step: &str, annotations: &[&str]) -> FailedJob {
    let annotations = annotations.iter().map(|&message| Annotation::failure(message)).collect();
    FailedJob { job: "implement".into(), step: Some(step.into()), annotations }
}

async fn failed(stage: &Stage, job: FailedJob) -> u64 {
    let run = start(stage, 0);
    stage.sandbox.fail_run(run, job).await.expect("a step");
    run
}

async fn failure_of(stage: &Stage, run: u64) -> Result<Option<Failure>, GitHubError> {
    stage.repository().failure_of(RunId::new(run)).await
}

async fn told(stage: &Stage, run: u64) -> Failure {
    failure_of(stage, run).await.expect("an answer").expect("a failure")
}

fn failure(cause: Option<KnownCause>, excerpt: Option<&str>) -> Failure {
    let step = Some("Assume the role".into());
    Failure { job: "implement".into(), step, cause, excerpt: excerpt.map(str::to_owned) }
}

#[tokio::test]
async fn a_failed_run_tells_job_step_and_cause() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    assert_eq!(told(&stage, run).await, failure(Some(KnownCause::OidcSubjectMismatch), None));
}

#[tokio::test]
async fn an_unknown_cause_is_told_in_the_jobs_own_words() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &["one", "two", "Process completed with exit code 1."])).await;
    assert_eq!(told(&stage, run).await, failure(None, Some("one\ntwo")));
}

#[tokio::test]
async fn warnings_and_notices_are_no_reason() {
    let stage = Stage::new();
    let mut job = in_step("Assume the role", &["it broke"]);
    for level in [AnnotationLevel::Warning, AnnotationLevel::Notice] {
        job.annotations.push(Annotation { level, message: OIDC.into() });
    }
    let run = failed(&stage, job).await;
    assert_eq!(told(&stage, run).await, failure(None, Some("it broke")));
}

#[tokio::test]
async fn without_the_permission_for_checks_job_and_step_are_told() {
    let stage = Stage::new();
    stage.sandbox.edit_world(|world| world.installation.permissions.remove("checks"));
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    assert_eq!(told(&stage, run).await, failure(None, None));
    assert_eq!(stage.statuses("access_tokens"), [Some(201), Some(422)]);
    assert_eq!(stage.statuses("/annotations"), []);
}

#[tokio::test]
async fn a_permission_that_is_taken_back_is_not_missed() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    told(&stage, run).await;
    stage.sandbox.edit_world(|world| world.installation.permissions.remove("checks"));
    assert_eq!(told(&stage, run).await, failure(None, None));
    assert_eq!(stage.statuses("/annotations"), [Some(200), Some(403)]);
}

#[tokio::test]
async fn annotations_that_are_refused_or_not_there_are_not_missed() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    for status in [403, 404, 422] {
        stage.sandbox.script_fault(Fault { status: Some(status), ..Fault::on("GET", "*/annotations") });
        assert_eq!(told(&stage, run).await, failure(None, None), "{status}");
    }
}

#[tokio::test]
async fn what_may_heal_is_an_error_and_can_be_asked_again() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    stage.repository().failed_job(RunId::new(run)).await.expect("an answer");
    // The token for annotations is the next to be made.
    for (path, status) in [("*/access_tokens", 500), ("*/annotations", 502), ("*/annotations", 429), ("*/jobs", 503)] {
        stage.sandbox.script_fault(Fault { status: Some(status), ..Fault::on("*", path) });
        let error = failure_of(&stage, run).await.expect_err("a failure");
        assert!(error.is_transient(), "{path}: {error}");
    }
    told(&stage, run).await;
}

#[tokio::test]
async fn a_run_without_a_failed_job_has_no_failure() {
    let stage = Stage::new();
    let run = start(&stage, 0);
    assert_eq!(failure_of(&stage, run).await.expect("an answer"), None);
    stage.sandbox.advance_run(run, RunStep::InProgress).await.expect("a step");
    assert_eq!(failure_of(&stage, run).await.expect("an answer"), None);
    stage.sandbox.advance_run(run, RunStep::Completed(Conclusion::Success)).await.expect("a step");
    assert_eq!(failure_of(&stage, run).await.expect("an answer"), None);
    assert_eq!(stage.statuses("/annotations"), []);
}

#[tokio::test]
async fn a_run_that_is_gone_has_no_failure() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    stage.sandbox.edit_world(|world| world.runs.clear());
    assert_eq!(failure_of(&stage, run).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_run_that_is_run_again_has_not_failed_yet() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    stage.sandbox.advance_run(run, RunStep::Rerun).await.expect("a step");
    assert_eq!(failure_of(&stage, run).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_run_that_somebody_cancelled_has_not_failed() {
    let stage = Stage::new();
    let run = start(&stage, 0);
    stage.sandbox.advance_run(run, RunStep::Completed(Conclusion::Cancelled)).await.expect("a step");
    assert_eq!(failure_of(&stage, run).await.expect("an answer"), None);
}

#[tokio::test]
async fn a_job_whose_time_was_over_has_failed_although_github_calls_it_cancelled() {
    let stage = Stage::new();
    for conclusion in [Conclusion::Cancelled, Conclusion::TimedOut] {
        let run = start(&stage, 0);
        let job = in_step("Assume the role", &[TIME_LIMIT, "The operation was canceled."]);
        stage.sandbox.edit_world(|world| world.failed_jobs.insert(run, job));
        stage.sandbox.advance_run(run, RunStep::Completed(conclusion)).await.expect("a step");
        assert_eq!(told(&stage, run).await, failure(Some(KnownCause::JobTimeLimit), None), "{conclusion:?}");
    }
}

#[tokio::test]
async fn the_failed_job_is_found_on_a_later_page_and_goes_before_a_cancelled_one() {
    let stage = Stage::new();
    let run = start(&stage, 0);
    let job = |id: u32, conclusion: &str| json!({"id": id, "name": format!("job {id}"), "conclusion": conclusion});
    let first: Vec<_> = (1..=100).map(|id| job(id, if id == 9 { "cancelled" } else { "success" })).collect();
    for jobs in [first, vec![job(101, "success"), job(102, "timed_out"), job(103, "failure")]] {
        let body = Some(json!({"total_count": 103, "jobs": jobs}));
        stage.sandbox.script_fault(Fault { status: Some(200), body, ..Fault::on("GET", "*/jobs") });
    }
    let found = stage.repository().failed_job(RunId::new(run)).await.expect("an answer").expect("a job");
    assert_eq!((found.id.get(), found.name.as_str(), found.step, found.was_cancelled), (102, "job 102", None, false));
    let paths: Vec<String> = stage.sandbox.requests().into_iter().map(|request| request.path).collect();
    let page = |number| format!("/repos/{REPOSITORY}/actions/runs/{run}/jobs?filter=latest&per_page=100&page={number}");
    assert!(paths.contains(&page(1)) && paths.contains(&page(2)) && !paths.contains(&page(3)), "{paths:?}");
}

#[tokio::test]
async fn the_annotations_are_read_with_a_token_that_can_do_nothing_else() {
    let stage = Stage::new();
    let run = failed(&stage, in_step("Assume the role", &[OIDC])).await;
    told(&stage, run).await;
    let scopes = stage.sandbox.look(|world| world.tokens.iter().map(|it| it.permissions.clone()).collect::<Vec<_>>());
    let [work, checks] = scopes.try_into().expect("two tokens");
    assert_eq!(checks, [("checks".to_owned(), Access::Read), ("metadata".to_owned(), Access::Read)].into());
    assert!(!work.contains_key("checks"));
}
