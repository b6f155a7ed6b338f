//! A run's jobs, and what they note.

use reqwest::StatusCode;
use serde_json::{Value, json};

use super::stage::{REPOSITORY, Stage, message};
use crate::sandbox::runs::{self, NewRun};
use crate::sandbox::world::RunStatus;
use crate::sandbox::{Annotation, Conclusion, FailedJob, RunStep, Sandbox, SandboxConfig};

const WORKFLOW: &str = "
on: workflow_dispatch
jobs:
  work:
    name: Do the work
    steps:
      - uses: actions/checkout@v5
      - name: Run Claude Code
        run: claude
      - run: |
          git push
          git log
  admit:
    runs-on: ubuntu-latest
    steps: []
";

fn add(sandbox: &Sandbox) -> u64 {
    let new = NewRun {
        repository_id: 810_001,
        workflow: "claude-implement.yml".to_owned(),
        name: "AI-Implement".to_owned(),
        display_title: "AI-Implement".to_owned(),
        head_branch: "main".to_owned(),
        head_sha: "0".repeat(40),
    };
    sandbox.edit_world(|world| runs::add(world, &new))
}

fn failing(job: &str, step: Option<&str>) -> FailedJob {
    let annotations = ["it broke", "Process completed with exit code 1."].map(Annotation::failure).to_vec();
    FailedJob { job: job.to_owned(), step: step.map(str::to_owned), annotations }
}

async fn get(stage: &Stage, path: &str) -> Value {
    let answer = stage.get(&format!("{REPOSITORY}/{path}"), &stage.token().await).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    answer.json().await.unwrap()
}

/// The jobs as `name: conclusion`, each with its steps.
async fn jobs(stage: &Stage, run: u64) -> Vec<(String, Vec<String>)> {
    let answer = get(stage, &format!("actions/runs/{run}/jobs?filter=latest&per_page=100")).await;
    let ended = |it: &Value| format!("{}: {}", it["name"].as_str().unwrap(), it["conclusion"].as_str().unwrap_or("-"));
    let jobs = answer["jobs"].as_array().unwrap().iter();
    jobs.map(|job| (ended(job), job["steps"].as_array().unwrap().iter().map(ended).collect())).collect()
}

fn set_workflow(stage: &Stage, text: &str) {
    stage.sandbox.edit_world(|world| {
        world.repository_mut("octo/anthropic").unwrap().set_workflow("claude-implement.yml", Some(text));
    });
}

#[tokio::test]
async fn jobs_and_steps_are_those_of_the_workflow_in_its_order() {
    let stage = Stage::new().await;
    set_workflow(&stage, WORKFLOW);
    let run = add(&stage.sandbox);
    assert_eq!(jobs(&stage, run).await, [("Do the work: -".to_owned(), vec![]), ("admit: -".to_owned(), vec![])]);
    stage.sandbox.advance_run(run, RunStep::Completed(Conclusion::Success)).await.unwrap();
    let [(work, steps), (admit, _)]: [_; 2] = jobs(&stage, run).await.try_into().unwrap();
    assert_eq!((work.as_str(), admit.as_str()), ("Do the work: success", "admit: success"));
    let expected = ["Set up job", "Run actions/checkout@v5", "Run Claude Code", "Run git push", "Complete job"];
    assert_eq!(steps, expected.map(|name| format!("{name}: success")));
}

#[tokio::test]
async fn a_run_fails_for_one_job_and_step_and_the_later_ones_are_skipped() {
    let stage = Stage::new().await;
    set_workflow(&stage, WORKFLOW);
    let run = add(&stage.sandbox);
    stage.sandbox.fail_run(run, failing("Do the work", Some("Run Claude Code"))).await.unwrap();
    assert_eq!(stage.events(), ["workflow_run.completed"]);
    let [(work, steps), (admit, none)]: [_; 2] = jobs(&stage, run).await.try_into().unwrap();
    assert_eq!((work.as_str(), admit.as_str(), none.len()), ("Do the work: failure", "admit: skipped", 0));
    assert_eq!(
        steps,
        [
            "Set up job: success",
            "Run actions/checkout@v5: success",
            "Run Claude Code: failure",
            "Run git push: skipped",
            "Complete job: success",
        ]
    );
    assert!(stage.sandbox.fail_run(run, failing("admit", None)).await.is_err());
}

#[tokio::test]
async fn a_run_that_just_fails_does_so_in_its_last_job_and_notes_nothing() {
    let stage = Stage::new().await;
    let run = add(&stage.sandbox);
    stage.sandbox.advance_run(run, RunStep::Completed(Conclusion::Failure)).await.unwrap();
    let found = jobs(&stage, run).await;
    assert_eq!((found[0].0.as_str(), found[1].0.as_str()), ("admit: success", "implement: failure"));
    assert_eq!(found[1].1[1], "Run echo \"implements\": failure");
    let id = get(&stage, &format!("actions/runs/{run}/jobs")).await["jobs"][1]["id"].clone();
    assert_eq!(get(&stage, &format!("check-runs/{id}/annotations")).await, json!([]));
}

#[tokio::test]
async fn a_job_that_the_workflow_does_not_declare_may_fail_before_its_first_step() {
    let stage = Stage::new().await;
    let run = add(&stage.sandbox);
    stage.sandbox.fail_run(run, failing("report", None)).await.unwrap();
    assert_eq!(jobs(&stage, run).await[2], ("report: failure".to_owned(), vec![]));
}

#[tokio::test]
async fn only_the_failed_jobs_check_run_has_its_annotations() {
    let stage = Stage::new().await;
    let run = add(&stage.sandbox);
    stage.sandbox.fail_run(run, failing("implement", Some("Run Claude Code"))).await.unwrap();
    let listed = get(&stage, &format!("actions/runs/{run}/jobs")).await;
    let check_run = |place: usize| {
        let url = listed["jobs"][place]["check_run_url"].as_str().unwrap();
        url.rsplit('/').next().unwrap().to_owned()
    };
    assert_eq!(get(&stage, &format!("check-runs/{}/annotations", check_run(0))).await, json!([]));
    let noted = get(&stage, &format!("check-runs/{}/annotations?per_page=1&page=2", check_run(1))).await;
    assert_eq!(noted.as_array().unwrap().len(), 1);
    assert_eq!(noted[0]["message"], "Process completed with exit code 1.");
    assert_eq!(noted[0]["annotation_level"], "failure");
    let absent = stage.get(&format!("{REPOSITORY}/check-runs/1/annotations"), &stage.token().await).await;
    assert_eq!(absent.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn annotations_take_the_permission_for_checks() {
    let stage = Stage::new().await;
    let run = add(&stage.sandbox);
    let id = get(&stage, &format!("actions/runs/{run}/jobs")).await["jobs"][0]["id"].clone();
    let granted = stage.mint(json!({ "permissions": { "checks": "read" } })).await;
    assert_eq!(granted.status(), StatusCode::CREATED);
    stage.sandbox.edit_world(|world| world.installation.permissions.remove("checks"));
    let refused = stage.mint(json!({ "permissions": { "checks": "read" } })).await;
    assert_eq!(refused.status(), StatusCode::UNPROCESSABLE_ENTITY);
    let path = format!("{REPOSITORY}/check-runs/{id}/annotations");
    let answer = stage.get(&path, &stage.token().await).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
    assert_eq!(message(answer).await, "Resource not accessible by integration");
}

#[tokio::test]
async fn a_new_attempt_has_new_jobs() {
    let stage = Stage::new().await;
    let run = add(&stage.sandbox);
    stage.sandbox.fail_run(run, failing("implement", None)).await.unwrap();
    let path = format!("actions/runs/{run}/jobs");
    let before = get(&stage, &path).await;
    stage.sandbox.advance_run(run, RunStep::Rerun).await.unwrap();
    let after = get(&stage, &path).await;
    assert_ne!(before["jobs"][1]["id"], after["jobs"][1]["id"]);
    assert_eq!((&after["jobs"][1]["status"], &after["jobs"][1]["run_attempt"]), (&json!("queued"), &json!(2)));
    stage.sandbox.advance_run(run, RunStep::Completed(Conclusion::Failure)).await.unwrap();
    assert_eq!(jobs(&stage, run).await[1].1.len(), 3);
}

#[tokio::test]
async fn a_run_fails_through_the_control_route_too() {
    let stage = Stage::new().await;
    let run = add(&stage.sandbox);
    let failure = json!({ "run_id": run, "job": "implement", "step": "Verify", "annotations": ["1 failed"] });
    let answer = stage.post("/_sandbox/failures", "", failure.clone()).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.json::<Value>().await.unwrap()["delivery"]["status"], 202);
    let kept = stage.sandbox.look(|world| world.failed_jobs[&run].clone());
    assert_eq!(kept.annotations, [Annotation::failure("1 failed")]);
    let again = stage.post("/_sandbox/failures", "", failure).await;
    assert_eq!(again.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn how_a_run_failed_survives_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state_file = Some(folder.path().join("github.json"));
    let start =
        || Sandbox::start(SandboxConfig { state_file: state_file.clone(), ..SandboxConfig::default() }).unwrap();
    let first = start();
    let run = add(&first);
    first.fail_run(run, failing("implement", Some("Verify"))).await.unwrap();
    first.shutdown().await.unwrap();
    let second = start();
    let kept = second.look(|world| (world.run(run).unwrap().status, world.failed_jobs.get(&run).cloned()));
    assert_eq!(kept, (RunStatus::Completed, Some(failing("implement", Some("Verify")))));
    second.shutdown().await.unwrap();
}
