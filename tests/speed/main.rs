//! Two figures that a commenter feels: what a delivery costs at the door, and how long a command takes to its run.
//!
//! Prints what it measures and judges nothing: a benchmark on a busy machine is no test. The number of times that a
//! command waits for GitHub is a test (`e2e::speed`).

use std::io::Write as _;
use std::time::{Duration, Instant};

use aws::{InProcessQueue, Queue, SecretSource};
use axum::Router;
use axum::body::Body;
use clock::Clock;
use domain::webhook::signature::Signature;
use http::Request;
use local::sandbox::{Conclusion, Fault, Pace, RunStep, Sandbox};
use local::{GitHubChoice, Storage, System, SystemConfig};
use serde_json::json;
use tower::ServiceExt as _;

const SECRET: &str = "It's a Secret to Everybody";
const BODY_BYTES: usize = 14 * 1024;
const DELIVERIES: u32 = 20_000;
const COMMANDS: usize = 20;
const GITHUB_LATENCY: Duration = Duration::from_millis(100);
const PATIENCE: Duration = Duration::from_secs(30);

fn main() {
    let one_thread = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    report(&one_thread.block_on(door("/ai-implement")));
    report(&one_thread.block_on(door("looks good to me")));
    let threads =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("a runtime");
    report(&threads.block_on(way_to_the_run()));
}

fn report(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads");
}

/// Time on the one thread that does everything, which is never less than its CPU time. The queue takes the same
/// message once, so that its own cost stays out.
async fn door(comment: &str) -> String {
    let state = webhook::State::new(
        SecretSource::Given(json!({"secrets": [SECRET, "previous"]}).to_string().into()),
        Queue::InProcess(InProcessQueue::default()),
        Clock::System,
    );
    let router = webhook::router(state);
    let body = payload(comment);
    let signature = Signature::of(body.as_bytes(), SECRET).header_value();
    for _ in 0..DELIVERIES / 10 {
        deliver(&router, &body, &signature).await;
    }
    let begin = Instant::now();
    for _ in 0..DELIVERIES {
        deliver(&router, &body, &signature).await;
    }
    let each = begin.elapsed() / DELIVERIES;
    format!("webhook, {} bytes, {comment:?}: {each:.1?} a delivery (mean of {DELIVERIES})", body.len())
}

async fn deliver(router: &Router, body: &str, signature: &str) {
    let request = Request::post("/webhooks/github")
        .header("content-type", "application/json")
        .header("x-github-event", "issue_comment")
        .header("x-hub-signature-256", signature)
        .body(Body::from(body.to_owned()))
        .expect("a request");
    let answer = router.clone().oneshot(request).await.expect("a router always answers");
    assert!(answer.status().is_success(), "{}", answer.status());
}

/// As large as GitHub's own payloads, of whose fields most are none of ours.
fn payload(comment: &str) -> String {
    let urls: serde_json::Map<_, _> = (0..60)
        .map(|n| (format!("field_{n}_url"), json!(format!("https://api.github.com/repos/octo/hello/field/{n}"))))
        .collect();
    let mut payload = json!({
        "action": "created",
        "comment": {"id": 900, "body": comment, "created_at": "2026-11-01T10:00:00Z", "user": {"id": 4, "login": "writer", "type": "User", "more": urls}},
        "issue": {"number": 5, "locked": false, "pull_request": {}, "more": urls},
        "repository": {"id": 7, "full_name": "octo/hello", "default_branch": "main", "more": urls},
        "sender": {"id": 4, "login": "writer", "type": "User"},
    });
    let room = BODY_BYTES.saturating_sub(payload.to_string().len());
    payload["issue"]["body"] = json!("x".repeat(room));
    payload.to_string()
}

/// From the webhook's 202 to GitHub's answer to the dispatch, every call to GitHub taking its latency.
async fn way_to_the_run() -> String {
    let system = System::start(SystemConfig {
        port: 0,
        storage: Storage::Memory,
        github: GitHubChoice::Sandbox { port: 0, pace: Pace::Manual },
        mappings: None,
        clock: Clock::System,
    });
    let system = system.await.expect("the system starts");
    let sandbox = system.sandbox().expect("its sandbox").clone();
    command(&system, &sandbox).await;
    let slow = Fault {
        delay_ms: Some(u64::try_from(GITHUB_LATENCY.as_millis()).expect("a short time")),
        times: u32::MAX,
        ..Fault::on("*", "*")
    };
    sandbox.script_fault(slow);
    let mut times = Vec::new();
    for _ in 0..COMMANDS {
        times.push(command(&system, &sandbox).await);
    }
    times.sort();
    let (min, median, max) = (times[0], times[COMMANDS / 2], times[COMMANDS - 1]);
    format!(
        "comment accepted → dispatch accepted, {GITHUB_LATENCY:?} a call: min {min:.0?}, median {median:.0?}, max {max:.0?} of {COMMANDS}"
    )
}

async fn command(system: &System, sandbox: &Sandbox) -> Duration {
    sandbox.clear_requests();
    sandbox.comment("octo/bedrock", 1, "writer", "/ai-implement").await.expect("the sandbox takes it");
    let accepted = sandbox.log_time();
    let run = sandbox.wait_for(PATIENCE, |world| {
        let latest = world.runs.last().filter(|run| run.conclusion.is_none())?;
        let said = world.comments.iter().any(|comment| comment.body.contains(&format!("/actions/runs/{}", latest.id)));
        said.then_some(latest.id)
    });
    let run = run.await.expect("a run");
    let requests = sandbox.requests();
    let dispatch = requests.iter().find(|request| request.path.ends_with("/dispatches")).expect("a dispatch");
    let dispatched = dispatch.ended.expect("it was answered");
    sandbox.advance_run(run, RunStep::Completed(Conclusion::Success)).await.expect("the run can end");
    system.queue().idle().await;
    dispatched.saturating_sub(accepted)
}
