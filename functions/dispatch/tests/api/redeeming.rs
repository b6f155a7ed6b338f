//! Redemption: of all runs that GitHub may start for a claim, one acts.

use domain::message::Message;
use domain::run_kind::RunKind;
use futures::future::join_all;
use http::Method;
use jiff::SignedDuration;
use local::sandbox::{Fault, OidcRequest};
use serde_json::json;

use crate::desk::{Answer, Desk, PUBLIC_URL};
use crate::running::{REPOSITORY, page, redeem_path, token_path};

/// What of a run's token is to say something else.
type Change = Box<dyn FnOnce(OidcRequest) -> OidcRequest>;

fn codes(answers: &[Answer]) -> Vec<(u16, &str)> {
    let mut codes: Vec<_> =
        answers.iter().map(|answer| if answer.status == 200 { (200, "") } else { answer.code() }).collect();
    codes.sort_unstable();
    codes
}

#[tokio::test]
async fn a_run_is_told_what_was_pinned_for_it() {
    let desk = Desk::open().await;
    desk.remap(REPOSITORY, |draft| draft.runner_image = Some("ghcr.io/octo/runner:1".to_owned())).await;
    let (claim, run) = desk.dispatched(RunKind::GapFill).await;
    let answer = desk.redeem(&claim, run).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(
        answer.body,
        json!({
            "claimId": claim.id, "kind": "gap-fill", "phase": "gap-fill", "repository": REPOSITORY, "prNumber": 1,
            "headSha": "abc123", "headBranch": "feature/retry", "gitRef": "main", "provider": "anthropic",
            "issue": {"id": "7f3c", "identifier": "ENG-42", "title": "Retry uploads", "description": "At length."},
            "instructions": "Be brief.", "maxJobMinutes": 90, "maxTurns": 50, "maxIterations": 3,
            "runnerImage": "ghcr.io/octo/runner:1", "runId": run, "runAttempt": 1,
        })
    );
    let queued = desk.queued().await;
    assert!(matches!(queued.as_slice(), [Message::Due(due)] if due.claim == claim.id), "{queued:?}");
    let again = desk.redeem(&claim, run).await;
    assert_eq!((again.status, again.body), (200, answer.body), "who asks again is told the same");
    assert!(desk.queued().await.is_empty());
}

#[tokio::test]
async fn a_plan_is_told_of_the_tickets_around_its_own() {
    let desk = Desk::open().await;
    let (claim, run) = desk.dispatched(RunKind::Plan).await;
    let answer = desk.redeem(&claim, run).await;
    assert_eq!(
        (&answer.body["planningContext"], &answer.body["phase"]),
        (&json!({"parent": "ENG-1"}), &json!("planning"))
    );
    assert!(answer.body.get("prNumber").is_none());
}

#[tokio::test]
async fn a_run_may_ask_before_our_own_answer_is_on_record_and_in_both_forms_of_subject() {
    let desk = Desk::open().await;
    for immutable in [false, true] {
        let (claim, run) = (desk.dispatching(RunKind::Implement).await, desk.run_of(RunKind::Implement));
        let proof = desk.own_proof(run, |it| if immutable { it.with_immutable_subject() } else { it });
        assert_eq!(desk.redeem_with(&claim, &proof).await.status, 200);
        let stored = desk.stored(&claim).await;
        let url = stored.state.run().map(|run| run.html_url.clone());
        assert_eq!(url, Some(format!("{}/{REPOSITORY}/actions/runs/{run}", desk.sandbox.url())));
        desk.ends(&claim, run).await;
    }
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    assert_eq!(claim.state.run().map(|run| run.html_url.clone()), Some(page(run)), "as GitHub named it");
}

#[tokio::test]
async fn a_run_is_only_admitted_to_a_claim_of_its_repository_workflow_and_branch() {
    let desk = Desk::open().await;
    let (claim, run) = desk.dispatched(RunKind::Implement).await;
    let elsewhere = desk.repo_id("octo/bedrock").to_string();
    let workflow = |file: &str, at: &str| format!("{REPOSITORY}/.github/workflows/{file}@{at}");
    let wrong: [(&str, Change); 7] = [
        (
            "another repository",
            Box::new(move |it| it.claiming("repository_id", elsewhere).claiming("repository", "octo/bedrock")),
        ),
        ("another event", Box::new(|it| it.claiming("event_name", "push"))),
        ("a pull request's", Box::new(|it| it.claiming("event_name", "pull_request_target"))),
        (
            "another file",
            Box::new(move |it| it.claiming("workflow_ref", workflow("claude-plan.yml", "refs/heads/main"))),
        ),
        (
            "another branch's file",
            Box::new(move |it| it.claiming("workflow_ref", workflow("claude-implement.yml", "refs/heads/x"))),
        ),
        ("a tag", Box::new(|it| it.claiming("ref", "refs/tags/main"))),
        ("no workflow", Box::new(|it| it.claiming("workflow_ref", "x"))),
    ];
    for (what, change) in wrong {
        let proof = desk.own_proof(run, change);
        assert_eq!(desk.redeem_with(&claim, &proof).await.code(), (403, "WRONG_RUN"), "{what}");
        let token = desk.tells(&token_path(&claim), &proof, &json!({"for": "push"})).await;
        assert_eq!(token.code(), (403, "WRONG_RUN"), "{what}");
    }
    let received = desk.received(RunKind::Implement).await;
    assert_eq!(desk.redeem(&received, run).await.code(), (403, "WRONG_RUN"), "nothing was ordered");
    assert_eq!(desk.stored(&claim).await, claim, "nobody was admitted");
    assert!(desk.queued().await.is_empty());
}

#[tokio::test]
async fn a_renamed_repositorys_run_is_still_its_own() {
    let desk = Desk::open().await;
    let (claim, run) = desk.dispatched(RunKind::Implement).await;
    let proof = desk.own_proof(run, |it| {
        let workflow = "octo/renamed/.github/workflows/claude-implement.yml@refs/heads/main";
        it.claiming("repository", "octo/renamed").claiming("workflow_ref", workflow)
    });
    let answer = desk.redeem_with(&claim, &proof).await;
    assert_eq!((answer.status, &answer.body["repository"]), (200, &json!("octo/renamed")), "{answer:?}");
}

#[tokio::test]
async fn whoever_proves_nothing_gets_the_same_words() {
    let desk = Desk::open().await;
    let (claim, run) = desk.dispatched(RunKind::Implement).await;
    let good = desk.own_proof(run, |it| it);
    let old = desk.own_proof(run, |it| it.claiming("exp", desk.time().as_second() - 61));
    let other_audience = desk.proof(run, |it| it);
    let many = desk.own_proof(run, |it| it.claiming("aud", json!([format!("{PUBLIC_URL}/v1/claims"), "elsewhere"])));
    let (head, signature) = good.rsplit_once('.').expect("three parts");
    let tampered = format!("{head}A.{signature}");
    let unsigned = format!("{head}.");
    let long = "x".repeat(20_000);
    let mut words = Vec::new();
    for path in [redeem_path(&claim), token_path(&claim)] {
        for bearer in ["", "x", &old, &other_audience, &many, &tampered, &unsigned, &long] {
            let source = format!("203.0.113.{}", words.len() + 1);
            let bearer = format!("Bearer {bearer}");
            let headers = [
                ("authorization", bearer.as_str()),
                ("x-forwarded-for", &source),
                ("content-type", "application/json"),
            ];
            let answer = desk.send(Method::POST, &path, &headers, r#"{"for":"push"}"#).await;
            assert_eq!(answer.code(), (401, "UNAUTHORIZED"), "{path}: {bearer}");
            words.push(answer.body["detail"].clone());
        }
    }
    words.dedup();
    assert_eq!(words.len(), 1, "{words:?}");
    assert_eq!(desk.stored(&claim).await, claim);
}

#[tokio::test]
async fn a_claim_that_nobody_has_is_missing_and_an_issuer_that_is_out_is_not_the_runs_fault() {
    let desk = Desk::open().await;
    let run = desk.run_of(RunKind::Implement);
    let proof = desk.own_proof(run, |it| it);
    desk.sandbox.script_fault(Fault { status: Some(500), ..Fault::on("GET", "/.well-known/jwks") });
    let out = desk.tells("/v1/claims/01ARZ3NDEKTSV4RRFFQ69G5FAV/redeem", &proof, &json!({})).await;
    assert_eq!((out.status, &out.body["code"]), (503, &json!("UNAVAILABLE")), "{out:?}");
    desk.hand.advance(oidc::RETRY_INTERVAL);
    for id in ["01ARZ3NDEKTSV4RRFFQ69G5FAV", "nonsense", "%00"] {
        let answer = desk.tells(&format!("/v1/claims/{id}/redeem"), &proof, &json!({})).await;
        assert_eq!(answer.code(), (404, "NOT_FOUND"), "{id}");
        let answer = desk.tells(&format!("/v1/claims/{id}/token"), &proof, &json!({"for": "push"})).await;
        assert_eq!(answer.code(), (404, "NOT_FOUND"), "{id}");
    }
}

#[tokio::test]
async fn of_two_runs_of_one_claim_the_one_that_github_named_acts() {
    let desk = Desk::open().await;
    let (claim, run) = desk.dispatched(RunKind::Implement).await;
    let other = desk.run_of(RunKind::Implement);
    assert_eq!(desk.redeem(&claim, other).await.code(), (409, "ANOTHER_RUN"), "whoever asks first");
    assert_eq!(desk.redeem(&claim, run).await.status, 200);
    let stored = desk.stored(&claim).await;
    assert_eq!(stored.state.run().map(|own| own.id.get()), Some(run));
}

#[tokio::test]
async fn while_no_run_is_known_the_first_that_asks_acts() {
    let desk = Desk::open().await;
    let claim = desk.dispatching(RunKind::Implement).await;
    let (first, second) = (desk.run_of(RunKind::Implement), desk.run_of(RunKind::Implement));
    assert_eq!(desk.redeem(&claim, first).await.status, 200);
    assert_eq!(desk.redeem(&claim, second).await.code(), (409, "ANOTHER_RUN"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_two_runs_that_ask_twenty_times_at_once_exactly_one_is_admitted() {
    let desk = Desk::open().await;
    let claim = desk.dispatching(RunKind::Implement).await;
    let runs = [desk.run_of(RunKind::Implement), desk.run_of(RunKind::Implement)];
    let proofs: Vec<_> = runs.iter().map(|run| desk.own_proof(*run, |it| it)).collect();
    let answers = join_all((0..20).map(|number| desk.redeem_with(&claim, &proofs[number % 2]))).await;
    let stored = desk.stored(&claim).await;
    let admitted = stored.state.run().expect("a run").id.get();
    for (number, answer) in answers.iter().enumerate() {
        if runs[number % 2] == admitted {
            assert_eq!((answer.status, &answer.body["runId"]), (200, &json!(admitted)), "{answer:?}");
        } else {
            assert_eq!(answer.code(), (409, "ANOTHER_RUN"));
        }
    }
    assert_eq!(codes(&answers).iter().filter(|(status, _)| *status == 200).count(), 10);
    assert_eq!(stored.revision, claim.revision + 1, "one admission was written");
}

#[tokio::test]
async fn a_run_that_is_run_again_waits_for_the_end_of_its_earlier_attempt() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    let first = desk.own_proof(run, |it| it);
    desk.runs_again(run);
    let early = desk.redeem(&claim, run).await;
    assert_eq!(early.code(), (409, "EARLIER_ATTEMPT"));
    assert!(early.headers.contains_key("retry-after"));
    desk.ends(&claim, run).await;
    let second = desk.redeem(&claim, run).await;
    assert_eq!((second.status, &second.body["runAttempt"]), (200, &json!(2)), "{second:?}");
    assert_eq!(desk.redeem_with(&claim, &first).await.code(), (410, "CLAIM_OVER"), "its first attempt has ended");
}

#[tokio::test]
async fn a_run_that_is_run_again_waits_while_another_command_has_its_conversation() {
    let desk = Desk::open().await;
    let (claim, run) = desk.redeemed(RunKind::GapFill).await;
    desk.ends(&claim, run).await;
    let (other, other_run) = desk.redeemed(RunKind::GapFill).await;
    desk.runs_again(run);
    assert_eq!(desk.redeem(&claim, run).await.code(), (409, "IN_FLIGHT"));
    desk.ends(&other, other_run).await;
    assert_eq!(desk.redeem(&claim, run).await.status, 200);
}

#[tokio::test]
async fn what_is_cancelled_or_over_admits_nobody() {
    let desk = Desk::open().await;
    let claim = desk.dispatching(RunKind::Implement).await;
    desk.cancels(&claim).await;
    let run = desk.run_of(RunKind::Implement);
    assert_eq!(desk.redeem(&claim, run).await.code(), (410, "CLAIM_OVER"), "it is remembered while it is dispatched");
    let (claim, run) = desk.redeemed(RunKind::Implement).await;
    desk.ends(&claim, run).await;
    assert_eq!(desk.redeem(&claim, run).await.code(), (410, "CLAIM_OVER"));
    let claim = desk.dispatching(RunKind::Implement).await;
    desk.write(&claim, &claim.not_sent(desk.time()).expect("from dispatching")).await;
    assert_eq!(desk.redeem(&claim, run).await.code(), (409, "NOT_DISPATCHED"));
}

#[tokio::test]
async fn a_proof_ends_after_minutes() {
    let desk = Desk::open().await;
    let (claim, run) = desk.dispatched(RunKind::Implement).await;
    let proof = desk.own_proof(run, |it| it);
    desk.hand.advance(SignedDuration::from_mins(10));
    assert_eq!(desk.redeem_with(&claim, &proof).await.code(), (401, "UNAUTHORIZED"));
}
