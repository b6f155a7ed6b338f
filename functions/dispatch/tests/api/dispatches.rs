//! The dispatches: what is taken, what is the same again, and what is refused before anything is on record.

use domain::claim::Nonce;
use domain::command::Instructions;
use domain::message::{DueClaim, Message, Resolution, Verdict};
use domain::run_kind::RunKind;
use futures::future::join_all;
use http::Method;
use serde_json::{Value, json};

use crate::desk::{Desk, implement};

const PATH: &str = "/v1/dispatches";

fn gap_fill(number: u64) -> Value {
    json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": number, "instructions": "Be brief."})
}

#[tokio::test]
async fn what_is_asked_is_on_record_before_it_is_acknowledged() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let answer = desk.post(PATH, &token, "one", &gap_fill(1)).await;
    assert_eq!(answer.status, 202, "{answer:?}");
    assert_eq!(answer.body["state"], "received");
    let claim = desk.dispatches.claim(answer.id().parse().expect("an id")).await.expect("a table").expect("a claim");
    assert_eq!(claim.request.instructions(), &Instructions::Given("Be brief.".to_owned()));
    let group = format!("{}#1", desk.repo_id("octo/anthropic"));
    let queued = desk.queued().await;
    let [Message::Due(DueClaim { claim: called, group: in_group, .. })] = queued.as_slice() else {
        panic!("{queued:?}")
    };
    assert_eq!((*called, in_group), (claim.id, &group));
    let shown = desk.get(&format!("{PATH}/{}", claim.id), &token).await;
    assert_eq!((&shown.body["askedBy"], &shown.body["history"][0]["state"]), (&json!("token 1"), &json!("received")));
}

#[tokio::test]
async fn the_same_key_is_the_same_claim_and_another_request_is_a_mistake() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let first = desk.post(PATH, &token, "one", &implement("octo/anthropic")).await;
    let again = desk.post(PATH, &token, "one", &implement("octo/anthropic")).await;
    assert_eq!((again.status, again.id()), (200, first.id()));
    let mut other = implement("octo/anthropic");
    other["issue"]["title"] = "Something else".into();
    assert_eq!(desk.post(PATH, &token, "one", &other).await.code(), (422, "KEY_REUSED"));
    // Another caller's key is another key.
    let second = desk.token(2, &[], &RunKind::ALL).await;
    assert_eq!(desk.post(PATH, &second, "one", &implement("octo/bedrock")).await.status, 202);
    desk.remap("octo/anthropic", |draft| draft.paused = Some(true)).await;
    let paused = desk.post(PATH, &token, "one", &implement("octo/anthropic")).await;
    assert_eq!((paused.status, paused.id()), (200, first.id()), "it was taken before");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_equal_requests_at_once_are_one_claim() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let body = implement("octo/anthropic");
    let answers = join_all((0..100).map(|_| desk.post(PATH, &token, "one", &body))).await;
    let mut ids: Vec<&str> = answers.iter().map(super::desk::Answer::id).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 1);
    let new = answers.iter().filter(|answer| answer.status == 202).count();
    assert_eq!((new, answers.iter().filter(|answer| answer.status == 200).count()), (1, 99));
}

#[tokio::test]
async fn a_request_is_refused_before_anything_is_on_record() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    assert_eq!(desk.post(PATH, &token, "1", &implement("octo/unmapped")).await.code(), (404, "MAPPING_MISSING"));
    assert_eq!(desk.post(PATH, &token, "2", &implement("octo/nowhere")).await.code(), (404, "MAPPING_MISSING"));
    desk.remap("octo/anthropic", |draft| draft.paused = Some(true)).await;
    assert_eq!(desk.post(PATH, &token, "3", &implement("octo/anthropic")).await.code(), (423, "PAUSED"));
    assert!(desk.queued().await.is_empty());
}

#[tokio::test]
async fn one_run_at_a_time_works_on_a_ticket_or_a_pull_request() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let answer = desk.post(PATH, &token, "1", &implement("octo/anthropic")).await;
    let claim = desk.dispatches.claim(answer.id().parse().expect("an id")).await.expect("a table").expect("a claim");
    let order: domain::claim::DispatchOrder = serde_json::from_value(json!({
        "kind": "implement", "workflow_file": "claude-implement.yml", "git_ref": "main", "provider": {"name": "anthropic"},
        "ticket": {"id": "7f3c", "identifier": "ENG-42", "title": "t", "description": "", "origin": "request"},
    }))
    .expect("an order");
    let intended = claim.intend(order, Nonce::new(1), desk.time()).expect("from received");
    let room = domain::decide::Room { slots: std::num::NonZeroU32::MIN, runs_a_day: None };
    desk.dispatches.begin(&claim, &intended, room).await.expect("a working table");
    assert_eq!(desk.post(PATH, &token, "2", &implement("octo/anthropic")).await.code(), (409, "IN_FLIGHT"));
    let mut other = implement("octo/anthropic");
    other["issue"]["id"] = "another".into();
    assert_eq!(desk.post(PATH, &token, "3", &other).await.status, 202, "another ticket is free");
}

#[tokio::test]
async fn each_fault_of_a_body_is_explained_at_its_field() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let long = "x".repeat(4_001);
    for (body, fields) in [
        (json!({"kind": "implement", "repo": "octo/anthropic"}), vec!["issue"]),
        (json!({"kind": "gap-fill", "repo": "octo/anthropic"}), vec!["prNumber"]),
        (json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": 0}), vec!["prNumber"]),
        (json!({"kind": "gap-fill", "repo": "octo/anthropic", "prNumber": 1, "parent": "x"}), vec!["parent"]),
        (json!({"kind": "gap-fill", "prNumber": 1}), vec!["repo"]),
        (json!({"kind": "gap-fill", "repo": "octo", "prNumber": 1}), vec!["repo"]),
        (json!({"kind": "gap-fill", "repo": "octo/a", "teamKey": "ENG", "prNumber": 1}), vec!["teamKey"]),
        (json!({"kind": "gap-fill", "repo": "octo/a", "prNumber": 1, "instructions": long}), vec!["instructions"]),
        (json!({"kind": "sing", "repo": "octo/a", "prNumber": 1}), vec!["kind"]),
        (json!({"kind": "gap-fill", "repo": "octo/a", "prNumber": 1, "extra": 1}), vec!["extra"]),
        (
            json!({"kind": "plan", "repo": "octo/a", "issue": {"id": "", "identifier": "a\nb", "title": "t"}}),
            vec!["issue.id", "issue.identifier"],
        ),
    ] {
        let answer = desk.post(PATH, &token, "key", &body).await;
        assert_eq!((answer.code(), answer.faulty_fields()), ((400, "BAD_REQUEST"), fields), "{body}");
    }
}

#[tokio::test]
async fn what_is_no_request_hurts_nobody() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let bearer = format!("Bearer {token}");
    let json = [("authorization", bearer.as_str()), ("idempotency-key", "k"), ("content-type", "application/json")];
    let deep = "[".repeat(1_000) + &"]".repeat(1_000);
    let nested = format!("{{\"kind\": {deep}}}");
    let large = format!("{{\"kind\": \"{}\"}}", "x".repeat(600 * 1024));
    for (body, status) in
        [("", 400), ("{", 400), ("[]", 400), ("null", 400), (&deep, 400), (&nested, 400), (&large, 413)]
    {
        let answer = desk.send(Method::POST, PATH, &json, body).await;
        assert_eq!(answer.status, status, "{answer:?}");
        assert_eq!(answer.headers["content-type"], "application/problem+json");
    }
    let text = [("authorization", bearer.as_str()), ("idempotency-key", "k"), ("content-type", "text/plain")];
    assert_eq!(desk.send(Method::POST, PATH, &text, "{}").await.status, 415);
    let keyless = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let answer = desk.send(Method::POST, PATH, &keyless, &implement("octo/anthropic").to_string()).await;
    assert_eq!(answer.code(), (400, "IDEMPOTENCY_KEY_MISSING"));
    for key in ["", "a b", &"x".repeat(201)] {
        assert_eq!(
            desk.post(PATH, &token, key, &implement("octo/anthropic")).await.code(),
            (400, "BAD_REQUEST"),
            "{key}"
        );
    }
    assert!(desk.queued().await.is_empty());
}

#[tokio::test]
async fn a_teams_requests_go_to_its_repository() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let body = json!({"kind": "gap-fill", "teamKey": "eng", "prNumber": 1});
    let answer = desk.post(PATH, &token, "1", &body).await;
    assert_eq!((answer.status, &answer.body["repo"]), (202, &json!("octo/anthropic")), "{answer:?}");
    let old = desk.post("/trigger/gap-fill", &token, "2", &json!({"issueKey": "ENG-42", "prNumber": 5})).await;
    assert_eq!((old.status, &old.body["number"]), (202, &json!(5)), "{old:?}");
    let nowhere = desk.post("/trigger/gap-fill", &token, "3", &json!({"issueKey": "OPS-1", "prNumber": 5})).await;
    assert_eq!(nowhere.code(), (404, "MAPPING_MISSING"));
    let unclear = desk.post("/trigger/gap-fill", &token, "4", &json!({"issueKey": "42", "prNumber": 5})).await;
    assert_eq!(unclear.faulty_fields(), ["issueKey"]);
}

#[tokio::test]
async fn a_list_is_a_repositorys_own_the_newest_first_and_in_pages() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    for number in 0..60 {
        let mut body = implement("octo/anthropic");
        body["issue"]["id"] = number.to_string().into();
        assert_eq!(desk.post(PATH, &token, &number.to_string(), &body).await.status, 202);
        desk.hand.advance(jiff::SignedDuration::from_secs(1));
    }
    desk.post(PATH, &token, "elsewhere", &implement("octo/bedrock")).await;
    let first = desk.get(&format!("{PATH}?repo=octo/anthropic"), &token).await;
    let next = first.body["next"].as_str().expect("a cursor").to_owned();
    let second = desk.get(&format!("{PATH}?repo=octo/anthropic&cursor={next}"), &token).await;
    let ids = |page: &super::desk::Answer| -> Vec<String> {
        let dispatches = page.body["dispatches"].as_array().expect("a list");
        dispatches.iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
    };
    let all = [ids(&first), ids(&second)].concat();
    let mut newest_first = all.clone();
    newest_first.sort_unstable_by(|a, b| b.cmp(a));
    assert_eq!((all.len(), &all, &second.body["next"]), (60, &newest_first, &Value::Null));
    assert_eq!(desk.get(&format!("{PATH}?repo=octo/anthropic&cursor=x"), &token).await.faulty_fields(), ["cursor"]);
    assert_eq!(
        desk.get(&format!("{PATH}?repo=octo/anthropic&state=started"), &token).await.body["dispatches"],
        json!([])
    );
    assert_eq!(desk.get(PATH, &token).await.faulty_fields(), ["repo"]);
}

#[tokio::test]
async fn cancelling_is_a_word_for_the_worker_and_what_is_over_stays_over() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let answer = desk.post(PATH, &token, "1", &gap_fill(1)).await;
    desk.queued().await;
    let path = format!("{PATH}/{}", answer.id());
    assert_eq!(desk.post(&format!("{path}/cancel"), &token, "2", &json!({})).await.status, 202);
    let queued = desk.queued().await;
    let [Message::Resolve(Resolution { verdict: Verdict::Cancel, by, .. })] = queued.as_slice() else {
        panic!("{queued:?}")
    };
    assert_eq!(by, "token 1");
    let claim = desk.dispatches.claim(answer.id().parse().expect("an id")).await.expect("a table").expect("a claim");
    let refused = claim.refused("PAUSED", String::new(), desk.time()).expect("from received");
    assert!(desk.dispatches.advance(&claim, &refused).await.expect("a working table"));
    assert_eq!(desk.post(&format!("{path}/cancel"), &token, "3", &json!({})).await.code(), (409, "OVER"));
    assert_eq!(desk.post(&format!("{PATH}/nonsense/cancel"), &token, "4", &json!({})).await.code(), (404, "NOT_FOUND"));
}

#[tokio::test]
async fn what_is_over_is_done_again_under_a_claim_of_its_own() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let answer = desk.post(PATH, &token, "1", &gap_fill(1)).await;
    let retry = format!("{PATH}/{}/retry", answer.id());
    assert_eq!(desk.post(&retry, &token, "2", &json!({})).await.code(), (409, "NOT_OVER"));
    let claim = desk.dispatches.claim(answer.id().parse().expect("an id")).await.expect("a table").expect("a claim");
    let refused = claim.refused("PAUSED", String::new(), desk.time()).expect("from received");
    assert!(desk.dispatches.advance(&claim, &refused).await.expect("a working table"));
    let again = desk.post(&retry, &token, "2", &json!({})).await;
    assert_eq!((again.status, again.body["retryOf"].as_str()), (202, Some(answer.id())), "{again:?}");
    assert_eq!((&again.body["number"], again.id() == answer.id()), (&json!(1), false));
    let same = desk.post(&retry, &token, "2", &json!({})).await;
    assert_eq!((same.status, same.id()), (200, again.id()));
}

#[tokio::test]
async fn what_a_stranger_asked_for_is_not_done_on_a_tokens_right() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let repo = desk.repo_id("octo/anthropic").get();
    let comment = desk.sandbox.edit_world(|world| world.add_comment(repo, 1, "writer", "/ai-implement\nBe brief."));
    let asked = json!({"kind": "gap-fill", "repo": "octo/anthropic", "commentId": comment});
    let answer = desk.post(PATH, &token, "1", &asked).await;
    let claim = desk.dispatches.claim(answer.id().parse().expect("an id")).await.expect("a table").expect("a claim");
    let refused = claim.refused("NOT_AUTHORIZED", String::new(), desk.time()).expect("from received");
    assert!(desk.dispatches.advance(&claim, &refused).await.expect("a working table"));
    let again = desk.post(&format!("{PATH}/{}/retry", answer.id()), &token, "2", &json!({})).await;
    assert_eq!(again.code(), (409, "NOT_AUTHORIZED"), "{again:?}");
    let told = again.body["detail"].as_str().expect("a sentence");
    assert!(told.ends_with("comment the command yourself."), "{told}");
}

#[tokio::test]
async fn a_comment_is_one_claim_whoever_tells_of_it() {
    let desk = Desk::open().await;
    let token = desk.master().await;
    let say = |user: &'static str, text: &'static str| {
        let repo = desk.repo_id("octo/anthropic").get();
        desk.sandbox.edit_world(|world| world.add_comment(repo, 1, user, text))
    };
    let ask = |comment: u64| json!({"kind": "gap-fill", "repo": "octo/anthropic", "commentId": comment});
    let command = say("writer", "/ai-implement\nBe brief.");
    let first = desk.post(PATH, &token, "1", &ask(command)).await;
    assert_eq!((first.status, &first.body["askedBy"]), (202, &json!("writer")), "{first:?}");
    let again = desk.post(PATH, &token, "2", &ask(command)).await;
    assert_eq!((again.status, again.id()), (200, first.id()), "whatever the key");
    let queued = desk.queued().await;
    assert!(matches!(queued.as_slice(), [Message::Comment(it)] if it.comment.get() == command), "{queued:?}");
    let chat = say("writer", "nice work");
    assert_eq!(desk.post(PATH, &token, "3", &ask(chat)).await.code(), (400, "NO_COMMAND"));
    assert_eq!(desk.post(PATH, &token, "4", &ask(999_999)).await.code(), (400, "NO_COMMAND"));
    let narrow = desk.token(2, &[], &[RunKind::Plan]).await;
    assert_eq!(desk.post(PATH, &narrow, "5", &ask(command)).await.code(), (403, "SCOPE"));
}
