//! What runs report, and what comes of it – also for whoever reports in a run's name, or reports what nobody can take.

use std::path::PathBuf;

use aws::SecretSource;
use domain::claim::{Claim, DispatchOrder, Nonce, RunRef};
use domain::ids::RunId;
use domain::message::Message;
use domain::run_kind::RunKind;
use domain::run_token::RunToken;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, PUBLIC_URL, RUN_TOKEN_KEY, implement};

const RESULT: &str = "/runner/result";
const PROGRESS: &str = "/runner/progress";
/// More than a run's token of two hours lasts.
const LONG: SignedDuration = SignedDuration::from_hours(3);

#[tokio::test]
async fn each_way_to_have_no_token_has_its_code() {
    for (path, body) in [(RESULT, good_result()), (PROGRESS, word("Reading."))] {
        let desk = Desk::open().await;
        let claim = under_way(&desk).await;
        let (token, now) = (token(&claim, desk.time()), desk.time());
        let elsewhere = RunToken { audience: "https://elsewhere.example/runner".into(), ..token.clone() };
        let of_nobody = RunToken { dispatch_id: domain::claim::ClaimId::from_parts(1, 1), ..token.clone() };
        let over = RunToken { exp: now.as_second(), ..token.clone() };
        let good = signed(&token);
        for (bearer, code) in [
            (String::new(), "invalid_token"),
            ("x".to_owned(), "invalid_token"),
            ("a.b".to_owned(), "invalid_token"),
            (desk.token(2, &[], &RunKind::ALL).await, "invalid_token"),
            (tampered(&good), "invalid_token"),
            (format!("{good}x"), "invalid_token"),
            (good.repeat(40), "invalid_token"),
            (token.sign(b"another key of thirty-two bytes, or so"), "invalid_token"),
            (signed(&of_nobody), "invalid_token"),
            (signed(&elsewhere), "wrong_audience"),
            (signed(&over), "expired"),
        ] {
            assert_eq!(report(&desk, path, &bearer, &body).await.code(), (401, code), "{path} {bearer}");
        }
        let headers = [("content-type", "application/json")];
        let unsigned = desk.send(Method::POST, path, &headers, &body.to_string()).await;
        assert_eq!(unsigned.code(), (401, "invalid_token"), "{path}");
        assert!(desk.queued().await.is_empty());
        assert_eq!(report(&desk, path, &good, &body).await.status, 200, "{path}");
    }
}

#[tokio::test]
async fn a_token_is_over_when_its_time_is() {
    let desk = Desk::open().await;
    let good = signed(&token(&under_way(&desk).await, desk.time()));
    desk.hand.advance(LONG);
    assert_eq!(report(&desk, PROGRESS, &good, &word("Late.")).await.code(), (401, "expired"));
    assert_eq!(report(&desk, RESULT, &good, &good_result()).await.code(), (401, "expired"));
}

#[tokio::test]
async fn no_result_that_can_not_be_taken_uses_the_token_up() {
    let phase = json!("implementation");
    let with = |name: &str, value: Value| {
        let mut report = good_result();
        report[name] = value;
        report.to_string()
    };
    let unusable = [
        (String::new(), 400, "BAD_REQUEST"),
        ("{".to_owned(), 400, "BAD_REQUEST"),
        ("hunter2".to_owned(), 400, "BAD_REQUEST"),
        (format!("{0}{0}", good_result()), 400, "BAD_REQUEST"),
        (deep(), 400, "BAD_REQUEST"),
        (json!({"phase": phase}).to_string(), 400, "BAD_REQUEST"),
        (with("phase", json!("thinking")), 400, "BAD_REQUEST"),
        (with("extra", json!(1)), 400, "BAD_REQUEST"),
        (with("comments", json!("hunter2")), 400, "BAD_REQUEST"),
        (with("usage", json!({"turns": -1})), 400, "BAD_REQUEST"),
        (format!(r#"{{"comments":{}}}"#, deep()), 400, "BAD_REQUEST"),
        (with("phase", json!("planning")), 400, "phase_mismatch"),
        (json!({"phase": phase, "outcome": "success"}).to_string(), 400, "missing_prUrl"),
        (with("prUrl", json!("javascript:alert(1)")), 400, "bad_prUrl"),
        (with("comments", json!([{"body": "x".repeat(60_000)}])), 400, "report_too_long"),
        (with("comments", json!([{"body": "x".repeat(600_000)}])), 413, "TOO_LARGE"),
    ];
    uses_nothing_up(RESULT, &unusable, &good_result()).await;
}

#[tokio::test]
async fn no_word_that_can_not_be_taken_uses_the_token_up() {
    let of = |phase: &str, message: Value| json!({"phase": phase, "message": message}).to_string();
    let unusable = [
        (String::new(), 400, "BAD_REQUEST"),
        ("[".to_owned(), 400, "BAD_REQUEST"),
        (deep(), 400, "BAD_REQUEST"),
        (json!({"phase": "implementation"}).to_string(), 400, "BAD_REQUEST"),
        (of("implementation", json!({"text": "hunter2"})), 400, "BAD_REQUEST"),
        (of("gap-fill", json!("Reading.")), 400, "phase_mismatch"),
        (of("implementation", json!("x".repeat(501))), 400, "report_too_long"),
        (of("implementation", json!("x".repeat(600_000))), 413, "TOO_LARGE"),
    ];
    uses_nothing_up(PROGRESS, &unusable, &word("Reading.")).await;
}

async fn uses_nothing_up(path: &str, unusable: &[(String, u16, &str)], good: &Value) {
    let desk = Desk::open().await;
    let claim = under_way(&desk).await;
    let bearer = signed(&token(&claim, desk.time()));
    for (body, status, code) in unusable {
        let answer = post(&desk, path, &bearer, body).await;
        let shown = &body[..body.len().min(80)];
        assert_eq!(answer.code(), (*status, *code), "{shown}");
        assert!(!answer.body.to_string().contains("hunter2"), "{answer:?}");
    }
    assert_eq!(stored(&desk, &claim).await, claim, "nothing is on record");
    assert!(desk.queued().await.is_empty());
    assert_eq!(report(&desk, path, &bearer, good).await.status, 200);
}

#[tokio::test]
async fn a_result_is_on_record_before_it_is_acknowledged_and_counts_once() {
    let desk = Desk::open().await;
    let claim = under_way(&desk).await;
    let bearer = signed(&token(&claim, desk.time()));
    let taken = report(&desk, RESULT, &bearer, &good_result()).await;
    assert_eq!((taken.status, &taken.body), (200, &json!({"acknowledged": true})));
    assert_eq!(calls_for(&desk, &claim).await, 1);
    let reported = stored(&desk, &claim).await;
    assert_eq!(serde_json::to_value(&reported.report).expect("plain JSON"), good_result());
    for (path, body) in [(RESULT, good_result()), (RESULT, failed()), (PROGRESS, word("Still here."))] {
        assert_eq!(report(&desk, path, &bearer, &body).await.code(), (409, "already_consumed"), "{path}");
    }
    assert_eq!(stored(&desk, &claim).await, reported);
    assert!(desk.queued().await.is_empty());
}

#[tokio::test]
async fn of_two_results_at_once_one_counts() {
    let desk = Desk::open().await;
    let claim = under_way(&desk).await;
    let bearer = signed(&token(&claim, desk.time()));
    let (good, bad) = (good_result(), failed());
    let (one, other) = tokio::join!(report(&desk, RESULT, &bearer, &good), report(&desk, RESULT, &bearer, &bad));
    let mut answers = [one.code(), other.code()];
    answers.sort_unstable();
    assert_eq!(answers, [(200, ""), (409, "already_consumed")]);
    assert_eq!(calls_for(&desk, &claim).await, 1);
}

#[tokio::test]
async fn words_on_the_way_call_the_worker_once_a_minute() {
    let desk = Desk::open().await;
    let claim = under_way(&desk).await;
    let bearer = signed(&token(&claim, desk.time()));
    for (text, after_seconds, calls) in [("Reading.", 0, 1), ("Writing.", 59, 0), ("Testing.", 1, 1)] {
        desk.hand.advance(SignedDuration::from_secs(after_seconds));
        let answer = report(&desk, PROGRESS, &bearer, &word(text)).await;
        assert_eq!((answer.status, &answer.body), (200, &json!({"acknowledged": true})), "{text}");
        assert_eq!(calls_for(&desk, &claim).await, calls, "{text}");
        let last = stored(&desk, &claim).await.progress.expect("words");
        assert_eq!(last.message, text);
    }
}

#[tokio::test]
async fn a_claim_without_a_run_hears_none() {
    let desk = Desk::open().await;
    let claim = received(&desk).await;
    let bearer = signed(&token(&claim, desk.time()));
    for (path, body) in [(RESULT, good_result()), (PROGRESS, word("Reading."))] {
        assert_eq!(report(&desk, path, &bearer, &body).await.code(), (409, "no_run"), "{path}");
    }
    assert_eq!(stored(&desk, &claim).await, claim);
}

#[tokio::test]
async fn without_the_runs_secret_nobody_can_be_told_from_anybody_else() {
    let path = secret_file("missing");
    let desk = Desk::with_run_secret(SecretSource::File(path.clone())).await;
    let bearer = signed(&token(&under_way(&desk).await, desk.time()));
    assert_eq!(report(&desk, RESULT, &bearer, &good_result()).await.code(), (503, "NO_SECRET"));
    write_key(&path, RUN_TOKEN_KEY);
    desk.hand.advance(SignedDuration::from_mins(1));
    assert_eq!(report(&desk, RESULT, &bearer, &good_result()).await.status, 200);
}

#[tokio::test]
async fn a_key_that_has_not_arrived_here_is_read_when_a_token_does_not_match() {
    let path = secret_file("rotated");
    write_key(&path, RUN_TOKEN_KEY);
    let desk = Desk::with_run_secret(SecretSource::File(path.clone())).await;
    let claim = under_way(&desk).await;
    let token = token(&claim, desk.time());
    assert_eq!(report(&desk, PROGRESS, &signed(&token), &word("Reading.")).await.status, 200);
    let new_key = "another key of thirty-two bytes, or so";
    write_key(&path, new_key);
    desk.hand.advance(SignedDuration::from_mins(1));
    let answer = report(&desk, RESULT, &token.sign(new_key.as_bytes()), &good_result()).await;
    assert_eq!(answer.status, 200, "{answer:?}");
}

/// A claim that nothing was dispatched for.
async fn received(desk: &Desk) -> Claim {
    let answer = desk.post("/v1/dispatches", &desk.master().await, "1", &implement("octo/anthropic")).await;
    desk.queued().await;
    let id = answer.id().parse().expect("an id");
    desk.dispatches.claim(id).await.expect("a working table").expect("a claim")
}

/// A claim whose run is under way, as the worker leaves it.
async fn under_way(desk: &Desk) -> Claim {
    let received = received(desk).await;
    let intended = received.intend(order(), Nonce::new(1), desk.time()).expect("from received");
    let run = RunRef::first(RunId::new(31), "https://github.com/octo/anthropic/actions/runs/31".into());
    let dispatched = intended.dispatched(run, desk.time()).expect("from dispatching");
    for (from, to) in [(&received, &intended), (&intended, &dispatched)] {
        assert!(desk.dispatches.advance(from, to).await.expect("a working table"));
    }
    stored(desk, &dispatched).await
}

async fn stored(desk: &Desk, claim: &Claim) -> Claim {
    desk.dispatches.claim(claim.id).await.expect("a working table").expect("a claim")
}

fn order() -> DispatchOrder {
    serde_json::from_value(json!({
        "kind": "implement", "workflow_file": "claude-implement.yml", "git_ref": "main", "provider": {"name": "anthropic"},
        "ticket": {"id": "7f3c", "identifier": "ENG-42", "title": "Retry uploads", "description": "", "origin": "conversation"},
    }))
    .expect("an order")
}

fn token(claim: &Claim, now: Timestamp) -> RunToken {
    RunToken::of(claim.id, &order(), &format!("{PUBLIC_URL}/runner"), now)
}

fn signed(token: &RunToken) -> String {
    token.sign(RUN_TOKEN_KEY.as_bytes())
}

/// The same claims but for one bit, under the same signature.
fn tampered(token: &str) -> String {
    let (first, rest) = token.split_at(8);
    let (changed, rest) = rest.split_at(1);
    format!("{first}{}{rest}", if changed == "A" { "B" } else { "A" })
}

fn good_result() -> Value {
    json!({
        "phase": "implementation", "outcome": "success", "comments": [{"body": "Uploads are retried."}],
        "prUrl": "https://github.com/octo/anthropic/pull/7",
        "usage": {"turns": 12, "costUsd": 0.42, "model": "claude-sonnet-4-6"},
    })
}

fn failed() -> Value {
    json!({"phase": "implementation", "outcome": "failure", "failureReason": "The tests fail."})
}

fn word(message: &str) -> Value {
    json!({"phase": "implementation", "message": message})
}

/// A thousand lists, one in the other.
fn deep() -> String {
    format!("{}{}", "[".repeat(1_000), "]".repeat(1_000))
}

async fn report(desk: &Desk, path: &str, bearer: &str, body: &Value) -> Answer {
    post(desk, path, bearer, &body.to_string()).await
}

async fn post(desk: &Desk, path: &str, bearer: &str, body: &str) -> Answer {
    let bearer = format!("Bearer {bearer}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    desk.send(Method::POST, path, &headers, body).await
}

/// How often the worker was called to a claim since somebody last looked.
async fn calls_for(desk: &Desk, claim: &Claim) -> usize {
    let queued = desk.queued().await;
    let is_call = |message: &&Message| matches!(message, Message::Due(due) if due.claim == claim.id);
    assert_eq!(queued.iter().filter(is_call).count(), queued.len(), "{queued:?}");
    queued.len()
}

fn secret_file(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("dispatch-run-secret-{}-{name}", std::process::id()))
}

fn write_key(path: &PathBuf, key: &str) {
    std::fs::write(path, json!({"run_token_key": key}).to_string()).expect("a writable folder");
}
