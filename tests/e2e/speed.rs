//! How many times the way of a command waits for GitHub before its dispatch is sent.
//!
//! Counted, not timed: each call is delayed so that calls which are made together overlap for certain.

use std::time::Duration;

use local::sandbox::{Fault, LoggedRequest};

use crate::stage::Stage;

/// The longest chain of requests each of which began after the one before had ended, up to the dispatch.
fn generations(requests: &[LoggedRequest]) -> usize {
    let dispatch = requests.iter().find(|it| it.path.ends_with("/dispatches")).expect("a dispatch");
    let mut chain = 1;
    let mut begin = dispatch.started;
    while let Some(before) =
        requests.iter().filter(|it| it.ended.is_some_and(|ended| ended <= begin)).max_by_key(|it| it.started)
    {
        chain += 1;
        begin = before.started;
    }
    chain
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_waits_for_github_twice_before_its_run_is_started() {
    let stage = Stage::open().await;
    stage.says("writer", "octo/anthropic#1", "/ai-implement").await;
    stage.hears("octo/anthropic#1", "Dispatched").await;
    stage.idle().await;

    stage.sandbox.script_fault(Fault { delay_ms: Some(100), times: 1_000, ..Fault::on("*", "*") });
    stage.sandbox.clear_requests();
    stage.says("writer", "octo/anthropic#5", "/ai-implement").await;
    stage.dispatched(2).await;
    stage.hears("octo/anthropic#5", "Dispatched").await;
    let requests = stage.sandbox.requests();
    assert_eq!(generations(&requests), 2, "{requests:#?}");
}

#[test]
fn a_chain_is_counted_as_one() {
    let request = |path: &str, started, ended| LoggedRequest {
        method: "GET".into(),
        path: path.into(),
        started: Duration::from_millis(started),
        ended: Some(Duration::from_millis(ended)),
        status: Some(200),
    };
    let side_by_side = [request("/a", 0, 10), request("/b", 1, 12), request("/x/dispatches", 12, 20)];
    assert_eq!(generations(&side_by_side), 2);
    let one_after_the_other = [request("/a", 0, 10), request("/b", 10, 12), request("/x/dispatches", 12, 20)];
    assert_eq!(generations(&one_after_the_other), 3);
}
