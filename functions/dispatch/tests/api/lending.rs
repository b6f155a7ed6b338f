//! Tokens for the run that was admitted: who gets one, what it is good for, and how it ends.

use std::collections::BTreeMap;

use domain::run_kind::RunKind;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use local::sandbox::Fault;
use local::sandbox::world::{Access, World};
use serde_json::{Value, json};

use crate::desk::{Answer, Desk, PUBLIC_URL};
use crate::running::{REPOSITORY, token_path};

fn lent(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body["token"].as_str().expect("a text").to_owned()
}

#[tokio::test]
async fn a_run_is_lent_a_token_of_its_own_for_its_own_repository() {
    let desk = Desk::open().await;
    for (kind, expected) in [
        (RunKind::GapFill, [("contents", Access::Write), ("metadata", Access::Read), ("pull_requests", Access::Write)]),
        (RunKind::Plan, [("contents", Access::Read), ("issues", Access::Write), ("metadata", Access::Read)]),
    ] {
        let (claim, run) = desk.redeemed(kind).await;
        let (one, other) = (desk.token_for(&claim, run, "push").await, desk.token_for(&claim, run, "push").await);
        assert_ne!(lent(&one), lent(&other), "each call has its own");
        assert_eq!(one.headers["cache-control"], "no-store");
        let expires_at: Timestamp = one.body["expiresAt"].as_str().expect("a time").parse().expect("a time");
        desk.sandbox.look(|world| {
            assert_eq!(one.body["appId"], world.app.id);
            let token = world.tokens.iter().find(|token| token.token == lent(&one)).expect("GitHub knows it");
            assert_eq!(token.expires_at, expires_at);
            let permissions: BTreeMap<&str, Access> =
                token.permissions.iter().map(|(name, access)| (name.as_str(), *access)).collect();
            assert_eq!(permissions, expected.into(), "{kind}");
            assert!(token.repositories.contains(desk.repo_id(REPOSITORY).get()));
            assert!(!token.repositories.contains(desk.repo_id("octo/bedrock").get()));
        });
    }
}

#[tokio::test]
async fn what_is_kept_of_a_lent_token_is_sealed() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    let token = lent(&desk.token_for(&claim, run, "push").await);
    let kept = desk.dispatches.loans(claim.id).await.expect("a working table");
    let [loan] = kept.as_slice() else { panic!("{kept:?}") };
    assert!(!loan.sealed.contains(&token[..8]), "it is sealed");
}

#[tokio::test]
async fn a_run_that_reports_is_told_where_and_by_what_token() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    let answer = desk.token_for(&claim, run, "report").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let expires_at: Timestamp = answer.body["expiresAt"].as_str().expect("a time").parse().expect("a time");
    let life = expires_at.duration_since(desk.time());
    assert!((SignedDuration::from_mins(119)..=SignedDuration::from_hours(2)).contains(&life), "{life}");
    assert_eq!(answer.body["resultUrl"], format!("{PUBLIC_URL}/runner/result"));
    assert_eq!(answer.body["progressUrl"], format!("{PUBLIC_URL}/runner/progress"));
    assert!(answer.body.get("token").is_none() && desk.dispatches.loans(claim.id).await.expect("a table").is_empty());
}

#[tokio::test]
async fn only_the_run_and_the_attempt_that_redeemed_get_tokens() {
    let desk = Desk::open().await;
    let (unredeemed, own) = desk.dispatched(RunKind::Implement).await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    let other = desk.run_of(RunKind::Implement);
    for purpose in ["push", "report"] {
        assert_eq!(desk.token_for(&unredeemed, own, purpose).await.code(), (403, "NOT_REDEEMED"));
        assert_eq!(desk.token_for(&claim, other, purpose).await.code(), (403, "NOT_REDEEMED"));
    }
    let first = desk.own_proof(run, |it| it);
    desk.ends(&claim, run).await;
    desk.runs_again(run);
    for purpose in ["push", "report"] {
        assert_eq!(desk.token_for(&claim, run, purpose).await.code(), (403, "NOT_REDEEMED"), "not before it redeems");
        let over = desk.tells(&token_path(&claim), &first, &json!({"for": purpose})).await;
        assert_eq!(over.code(), (410, "CLAIM_OVER"));
    }
    assert_eq!(desk.redeem(&claim, run).await.status, 200);
    let late = desk.tells(&token_path(&claim), &first, &json!({"for": "push"})).await;
    assert_eq!(late.code(), (403, "NOT_REDEEMED"), "the attempt before it gets none");
    assert_eq!(desk.token_for(&claim, run, "push").await.status, 200);
}

#[tokio::test]
async fn a_run_that_is_to_be_cancelled_pushes_no_more_and_may_still_report() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    desk.cancels(&claim).await;
    assert_eq!(desk.token_for(&claim, run, "push").await.code(), (410, "CLAIM_OVER"));
    assert_eq!(desk.token_for(&claim, run, "report").await.status, 200);
}

#[tokio::test]
async fn what_is_no_request_for_a_token_hurts_nobody() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    let (path, proof) = (token_path(&claim), desk.own_proof(run, |it| it));
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    let nested = format!("{{\"for\":{deep}}}");
    let large = format!("{{\"for\":\"{}\"}}", "x".repeat(600 * 1024));
    for (body, status) in [
        ("", 400),
        ("{}", 400),
        (r#"{"for":"everything"}"#, 400),
        (r#"{"for":["push"]}"#, 400),
        (r#"{"for":"push","repo":"octo/bedrock"}"#, 400),
        (&deep, 400),
        (&nested, 400),
        (&large, 413),
    ] {
        let answer = desk.tells_text(&path, &proof, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let bearer = format!("Bearer {proof}");
    let bare = desk.send(Method::POST, &path, &[("authorization", &bearer)], r#"{"for":"push"}"#).await;
    assert_eq!(bare.status, 415);
    assert_eq!(desk.send(Method::GET, &path, &[("authorization", &bearer)], "").await.status, 405);
    assert!(desk.dispatches.loans(claim.id).await.expect("a table").is_empty());
}

#[tokio::test]
async fn where_github_makes_no_token_there_is_none() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    desk.sandbox.script_fault(Fault { status: Some(502), ..Fault::on("POST", "/app/installations/*") });
    let out = desk.token_for(&claim, run, "push").await;
    assert_eq!((out.status, &out.body["code"]), (503, &json!("UNAVAILABLE")), "{out:?}");
    desk.sandbox.edit_world(|world| world.installation.permissions.remove("pull_requests"));
    assert_eq!(desk.token_for(&claim, run, "push").await.code(), (409, "APP_PERMISSION_MISSING"));
    desk.sandbox.edit_world(|world| world.installation.installed = false);
    assert_eq!(desk.token_for(&claim, run, "push").await.code(), (409, "APP_NOT_INSTALLED"));
    assert!(desk.dispatches.loans(claim.id).await.expect("a table").is_empty());
}

#[tokio::test]
async fn a_lent_token_ends_with_the_runs_report() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    let (other_claim, other_run) = desk.redeemed(RunKind::Implement).await;
    let bystander = lent(&desk.token_for(&other_claim, other_run, "push").await);
    let lent = [lent(&desk.token_for(&claim, run, "push").await), lent(&desk.token_for(&claim, run, "push").await)];
    let run_token = desk.run_token(&claim, run).await;
    assert!(lent.iter().all(|token| desk.knows(token)));
    assert_eq!(desk.tells("/runner/result", &run_token, &no_work()).await.status, 200);
    assert!(!lent.iter().any(|token| desk.knows(token)), "GitHub answers 401 to it now");
    assert!(desk.knows(&bystander));
    assert!(desk.dispatches.loans(claim.id).await.expect("a working table").is_empty());
    assert_eq!(desk.token_for(&claim, run, "push").await.code(), (410, "CLAIM_OVER"), "its report is in");
    assert_eq!(desk.token_for(&claim, run, "report").await.status, 200);
}

#[tokio::test]
async fn no_lent_token_outlives_a_report_that_comes_at_the_same_time() {
    let desk = Desk::open().await;
    for delay_ms in [None, Some(300)] {
        let (claim, run) = desk.redeemed(RunKind::Implement).await;
        let run_token = desk.run_token(&claim, run).await;
        desk.sandbox.script_fault(Fault { delay_ms, ..Fault::on("POST", "/app/installations/*") });
        let body = no_work();
        let (lent, reported) =
            tokio::join!(desk.token_for(&claim, run, "push"), desk.tells("/runner/result", &run_token, &body));
        assert_eq!(reported.status, 200, "{reported:?}");
        assert!([200, 410].contains(&lent.status), "{lent:?}");
        let writes = |world: &World| {
            world.tokens.iter().filter(|token| token.permissions.get("contents") == Some(&Access::Write)).count()
        };
        assert_eq!(desk.sandbox.look(writes), 0, "{lent:?}");
        assert!(desk.dispatches.loans(claim.id).await.expect("a working table").is_empty());
    }
}

#[tokio::test]
async fn a_loan_that_can_not_be_ended_keeps_no_report_out() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    let first = lent(&desk.token_for(&claim, run, "push").await);
    let second = lent(&desk.token_for(&claim, run, "push").await);
    let run_token = desk.run_token(&claim, run).await;
    desk.sandbox.script_fault(Fault { status: Some(500), ..Fault::on("DELETE", "/installation/token") });
    assert_eq!(desk.tells("/runner/result", &run_token, &no_work()).await.status, 200);
    let known = [&first, &second].into_iter().filter(|token| desk.knows(token)).count();
    let kept = desk.dispatches.loans(claim.id).await.expect("a working table").len();
    assert_eq!((known, kept), (1, 1), "the other one is ended all the same");
}

fn no_work() -> Value {
    json!({"phase": "implementation", "outcome": "success", "noWork": true})
}
