//! Runs that ask before they act: who is admitted, what they get, and what a run that never asked is called.

use local::sandbox::{Conclusion, RunStep};
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::conversation::conversations;
use crate::desk::Answer;
use crate::stage::Stage;

conversations![
    an_admitted_run_gets_the_pinned_facts_and_succeeds,
    of_two_runs_one_is_admitted,
    a_run_that_never_asked_has_not_succeeded,
    a_run_that_somebody_cancelled_is_turned_away,
    a_run_that_is_run_again_is_admitted_again,
    tokens_are_lent_to_the_admitted_run_only,
    what_a_run_reports_is_shown_and_its_tokens_are_taken_back,
    a_green_run_that_reports_a_failure_has_failed,
];

const HERE: &str = "octo/anthropic#1";

/// A run of a repository whose runs ask, and its claim.
async fn dispatched(stage: &Stage) -> (u64, String) {
    stage.fences("octo/anthropic");
    stage.says("writer", HERE, "/ai-implement").await;
    let dispatch = stage.dispatched(1).await;
    stage.hears(HERE, "**Dispatched.**").await;
    (dispatch.run_id, dispatch.inputs["claim_id"].clone())
}

async fn redeems(stage: &Stage, run: u64, claim: &str) -> Answer {
    stage.run_asks(run, claim, "redeem", &json!({})).await
}

fn code(answer: &Answer) -> (u16, &str) {
    (answer.status, answer.body["code"].as_str().unwrap_or_default())
}

/// GitHub has been seen to start two runs for one call.
fn doubled(stage: &Stage, run: u64) -> u64 {
    stage.at_github(|world| {
        let mut twin = world.run(run).expect("a run").clone();
        twin.id = world.next_id();
        world.runs.push(twin.clone());
        twin.id
    })
}

async fn an_admitted_run_gets_the_pinned_facts_and_succeeds(stage: &Stage) {
    let (run, claim) = dispatched(stage).await;
    let facts = redeems(stage, run, &claim).await;
    assert_eq!(facts.status, StatusCode::OK.as_u16(), "{facts:?}");
    let head = stage.at_github(|world| {
        let pull = world.issue_mut("octo/anthropic", 1).and_then(|issue| issue.pull_request.clone());
        pull.expect("a pull request").head_sha
    });
    assert_eq!((&facts.body["headSha"], &facts.body["prNumber"]), (&json!(head), &json!(1)));
    assert_eq!((&facts.body["phase"], &facts.body["issue"]["identifier"]), (&json!("gap-fill"), &json!("ENG-42")));
    stage.hears(HERE, "**Running.**").await;
    let again = redeems(stage, run, &claim).await;
    assert_eq!((again.status, &again.body), (200, &facts.body), "an answer that was lost is given again");
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears(HERE, "**Succeeded.**").await;
}

async fn of_two_runs_one_is_admitted(stage: &Stage) {
    let (run, claim) = dispatched(stage).await;
    let twin = doubled(stage, run);
    assert_eq!(redeems(stage, run, &claim).await.status, 200);
    assert_eq!(code(&redeems(stage, twin, &claim).await), (409, "ANOTHER_RUN"));
    // It ends green without having worked, and moves nothing.
    stage.run_ends(twin, Conclusion::Success).await;
    stage.idle().await;
    assert!(stage.said(HERE)[0].contains("**Running.**"), "{:?}", stage.said(HERE));
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears(HERE, "**Succeeded.**").await;
}

async fn a_run_that_never_asked_has_not_succeeded(stage: &Stage) {
    let (run, _) = dispatched(stage).await;
    stage.run_ends(run, Conclusion::Success).await;
    let told = stage.hears(HERE, "`NOT_ADMITTED`").await;
    assert!(told.body.contains("`AI_IMPLEMENT_URL`"), "{}", told.body);
}

async fn a_run_that_somebody_cancelled_is_turned_away(stage: &Stage) {
    let (run, claim) = dispatched(stage).await;
    stage.says("writer", HERE, "/ai-implement cancel").await;
    stage.cancelled_runs(1).await;
    assert_eq!(code(&redeems(stage, run, &claim).await), (410, "CLAIM_OVER"));
}

async fn a_run_that_is_run_again_is_admitted_again(stage: &Stage) {
    let (run, claim) = dispatched(stage).await;
    assert_eq!(redeems(stage, run, &claim).await.status, 200);
    stage.run_ends(run, Conclusion::Failure).await;
    stage.hears(HERE, "**Failed.**").await;
    assert_eq!(code(&redeems(stage, run, &claim).await), (410, "CLAIM_OVER"), "this attempt has ended");
    stage.sandbox.advance_run(run, RunStep::Rerun).await.expect("it has ended");
    let facts = redeems(stage, run, &claim).await;
    assert_eq!((facts.status, &facts.body["runAttempt"]), (200, &json!(2)), "{facts:?}");
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears(HERE, "**Succeeded.**").await;
}

async fn tokens_are_lent_to_the_admitted_run_only(stage: &Stage) {
    let (run, claim) = dispatched(stage).await;
    let push = json!({"for": "push"});
    assert_eq!(code(&stage.run_asks(run, &claim, "token", &push).await), (403, "NOT_REDEEMED"));
    redeems(stage, run, &claim).await;
    let twin = doubled(stage, run);
    assert_eq!(code(&stage.run_asks(twin, &claim, "token", &push).await), (403, "NOT_REDEEMED"));
    let lent = stage.run_asks(run, &claim, "token", &push).await;
    let token = lent.body["token"].as_str().unwrap_or_else(|| panic!("{lent:?}"));
    assert!(token.starts_with("ghs_"), "a token of GitHub's");
    let report = stage.run_asks(run, &claim, "token", &json!({"for": "report"})).await;
    assert!(report.body["resultUrl"].as_str().is_some_and(|url| url.ends_with("/runner/result")), "{report:?}");
    stage.run_ends(run, Conclusion::Success).await;
    stage.hears(HERE, "**Succeeded.**").await;
    assert_eq!(code(&stage.run_asks(run, &claim, "token", &push).await), (410, "CLAIM_OVER"));
}

/// An admitted run, and the token that it reports with.
async fn reporting(stage: &Stage) -> (u64, String, String) {
    let (run, claim) = dispatched(stage).await;
    redeems(stage, run, &claim).await;
    let report = stage.run_asks(run, &claim, "token", &json!({"for": "report"})).await;
    let token = report.body["runToken"].as_str().unwrap_or_else(|| panic!("{report:?}")).to_owned();
    (run, claim, token)
}

async fn what_a_run_reports_is_shown_and_its_tokens_are_taken_back(stage: &Stage) {
    let (run, claim, token) = reporting(stage).await;
    let lent = stage.run_asks(run, &claim, "token", &json!({"for": "push"})).await;
    let lent = lent.body["token"].as_str().expect("a token").to_owned();
    let word = json!({"phase": "gap-fill", "message": "Reads the <tests>"});
    assert_eq!(stage.calls(Method::POST, "/runner/progress", &token, None, &word).await.status, 200);
    stage.hears(HERE, "Reads the <tests>").await;
    let result = json!({
        "phase": "gap-fill", "outcome": "success", "prUrl": "https://github.com/octo/anthropic/pull/1",
        "comments": [{"body": "All gaps are filled. @octo/everyone <!-- x -->"}],
        "usage": {"turns": 12, "costUsd": 0.4321, "model": "claude-sonnet-4-6"},
    });
    let answer = stage.calls(Method::POST, "/runner/result", &token, None, &result).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        code(&stage.calls(Method::POST, "/runner/result", &token, None, &result).await),
        (409, "already_consumed")
    );
    stage.run_ends(run, Conclusion::Success).await;
    let told = stage.hears(HERE, "**Succeeded.**").await.body;
    for words in
        ["| Model | `claude-sonnet-4-6` |", "12 turns, 0.43 US$", "[#1](https://github.com/octo/anthropic/pull/1)"]
    {
        assert!(told.contains(words), "{words} is not in {told}");
    }
    assert!(!told.contains("<!-- x"), "nothing hidden stands in our comment: {told}");
    let still = stage.is_token_of_github(&lent).await;
    assert!(!still, "the lent token was taken back");
}

async fn a_green_run_that_reports_a_failure_has_failed(stage: &Stage) {
    let (run, _, token) = reporting(stage).await;
    let result = json!({"phase": "gap-fill", "outcome": "failure", "failureReason": "The tests never passed."});
    assert_eq!(stage.calls(Method::POST, "/runner/result", &token, None, &result).await.status, 200);
    stage.run_ends(run, Conclusion::Success).await;
    let told = stage.hears(HERE, "**Failed.**").await.body;
    assert!(told.contains("The tests never passed."), "{told}");
}
