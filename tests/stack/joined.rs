//! The whole loop: a comment, the deployed control plane, GitHub, and the delivered workflow with the real Claude Code.
//!
//! Owns the order of what people and GitHub do. What stands around the run – act, git, the model – is `target_repo`'s.

use local::sandbox::world::Repository;
use local::sandbox::{Conclusion, RunStep};
use serde_json::{Value, json};

use crate::folder::{RunFolder, repository};
use crate::program::Program;
use crate::programs::is_told;
use crate::stage::Stage;

const REPOSITORY: &str = "octo/bedrock";
const NUMBER: u64 = 1;
const AT: &str = "octo/bedrock#1";
const GAPS: &str = "## 🔍 AI Implementation Gap Analysis";

/// From the comment to the status comment that says how it went. The run works on Bedrock, pushes by the App's token,
/// analyses and reports in between.
pub(crate) async fn a_comment_runs_the_delivered_workflow(stage: &Stage<'_>, folder: &RunFolder) {
    let before = stage.sandbox.look(seeded);
    let (branch, start) = head(&before);
    std::fs::create_dir_all(folder.at("joined")).expect("a writable folder");
    let mut told = json!({
        "folder": folder.at("joined"), "sandbox": stage.sandbox.url(), "repository": REPOSITORY, "branch": branch,
        "controlPlane": stage.output("ApiUrl"), "workflow": "claude-implement.yml",
    });
    joined(folder, "prepare", &told).await;

    let count = stage.dispatches();
    stage.says("writer", AT, "/ai-implement\nGreet whoever is there.").await;
    let dispatch = stage.dispatched(AT, count).await;
    stage.sandbox.advance_run(dispatch.run_id, RunStep::InProgress).await.expect("the run can start");
    told["runId"] = json!(dispatch.run_id);
    told["inputs"] = json!(dispatch.inputs);
    let played = joined(folder, "run", &told).await;
    let pushed = head(&stage.sandbox.look(seeded)).1;
    stage.sandbox.edit_world(|world| {
        let repository = world.repository_mut(REPOSITORY).expect("it is still there");
        // What comes after has the workflows that don't ask.
        repository.branches = before.branches;
        repository.move_head(NUMBER, &start);
    });
    let log = played["log"].as_str().unwrap_or_default();
    assert_eq!(played["status"], 0, "{log}");
    for job in ["admit", "implement", "publish", "analyse", "report"] {
        assert_eq!(played["jobs"][job], "success", "{job}: {log}");
    }
    assert_eq!(played["exchanges"], 2, "{log}");
    assert!(!log.contains("is not posted") && !log.contains("is not reported"), "{log}");
    stage.sandbox.advance_run(dispatch.run_id, RunStep::Completed(Conclusion::Success)).await.expect("the run can end");

    is_told(stage, AT, dispatch.run_id, "**Succeeded.**").await;
    // Only a report tells that.
    is_told(stage, AT, dispatch.run_id, "| Model |").await;
    stage.hears(AT, GAPS).await;
    assert_ne!(pushed, start, "the run has pushed");
}

fn seeded(world: &local::sandbox::World) -> Repository {
    world.repository(REPOSITORY).expect("a repository of the sandbox").clone()
}

/// The pull request's branch, and its commit.
fn head(repository: &Repository) -> (String, String) {
    let pull = repository.issue(NUMBER).and_then(|issue| issue.pull_request.as_ref()).expect("a pull request");
    (pull.head_branch.clone(), pull.head_sha.clone())
}

/// What `joined.mjs` prints.
async fn joined(folder: &RunFolder, what: &str, told: &Value) -> Value {
    let file = folder.write(&format!("joined/{what}.json"), &told.to_string());
    let program = repository().join("tests/target_repo/joined.mjs");
    let ended = Program::run(folder.program("node").arg(program).arg(what).arg(&file)).await;
    assert!(ended.status.success(), "{what}: {}{}", ended.output, ended.errors);
    serde_json::from_str(&ended.output).unwrap_or(Value::Null)
}
