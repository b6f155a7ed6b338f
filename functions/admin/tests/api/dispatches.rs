//! The dispatches' API: the list of what is open, one record with its history, and a person's word on its way to the queue.

use std::num::NonZeroU32;

use aws::{Begun, Received};
use domain::claim::{
    Claim, ClaimId, DispatchOrder, Nonce, OPEN_KEYS, OVER_STATES, Reconciliation, SETTLE_WINDOW, State,
};
use domain::decide::Room;
use domain::message::{CommentCommand, Message, Resolution, Verdict};
use http::Request;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::office::{Answer, Office, post};

/// Somebody's command on a pull request of its own, taken.
pub(crate) async fn received(office: &Office, number: u64) -> Claim {
    let request: CommentCommand = serde_json::from_value(json!({
        "repo": {"id": 7, "name": "Octo/Hello", "default_branch": "main"}, "subject": "pull-request", "number": number,
        "comment": 900 + number, "commenter": {"id": 4, "login": "writer"}, "commented_at": office.time(),
        "command": {"verb": "implement", "instructions": {"given": "Keep it small."}},
    }))
    .expect("a command");
    let id = ClaimId::from_parts(office.time().as_millisecond().unsigned_abs(), number.into());
    let claim = Claim::receive(id, request, office.time());
    office.dispatches.take(claim.clone()).await.expect("a working table");
    claim
}

pub(crate) async fn moved(office: &Office, from: &Claim, to: Claim) -> Claim {
    assert!(office.dispatches.advance(from, &to).await.expect("a working table"), "somebody else moved {from:?}");
    to
}

/// Its dispatch is sent, and nobody knows what became of it.
pub(crate) async fn in_doubt(office: &Office, number: u64) -> Claim {
    let received = received(office, number).await;
    let order: DispatchOrder = serde_json::from_value(json!({
        "kind": "gap-fill", "workflow_file": "claude-implement.yml", "git_ref": "main",
        "head": {"branch": "feature/retry", "sha": "0123456789abcdef0123456789abcdef01234567"},
        "provider": {"name": "bedrock", "region": "us-west-2"},
        "ticket": {"id": "1", "identifier": "ENG-42", "title": "Retry uploads", "description": "At length.",
            "origin": "metadata-block"},
    }))
    .expect("an order");
    let intended = received.intend(order, Nonce::new(1), office.time()).expect("from received");
    let room = Room { slots: NonZeroU32::new(1_000).expect("not zero"), runs_a_day: None };
    let begun = office.dispatches.begin(&received, &intended, room).await;
    assert_eq!(begun.expect("a working table"), Begun::Written);
    let doubted = intended.doubted(office.time()).expect("from dispatching");
    moved(office, &intended, doubted).await
}

/// Ten minutes have passed, no run has shown itself, and people were told.
pub(crate) async fn unknown(office: &Office, number: u64) -> Claim {
    let doubted = in_doubt(office, number).await;
    let (mut looked, later) = (doubted.clone(), office.time() + SETTLE_WINDOW);
    let unknown = loop {
        match looked.reconciled(&[], later).expect("in doubt") {
            Reconciliation::NotYet(next) => looked = next,
            Reconciliation::GivenUp(next) => break next,
            found @ Reconciliation::Found { .. } => panic!("there was nothing to find: {found:?}"),
        }
    };
    let unknown = moved(office, &doubted, unknown).await;
    office.dispatches.note_told(&unknown).await.expect("a working table")
}

pub(crate) fn ids(page: &Answer) -> Vec<&str> {
    let dispatches = page.body["dispatches"].as_array().unwrap_or_else(|| panic!("no list: {page:?}"));
    dispatches.iter().map(|it| it["id"].as_str().expect("an id")).collect()
}

pub(crate) fn path(claim: &Claim) -> String {
    format!("/api/dispatches/{}", claim.id)
}

/// What was queued, if anything was.
pub(crate) async fn queued(office: &Office) -> Vec<Received> {
    if office.queue.depth() == 0 { Vec::new() } else { office.queue.receive().await }
}

#[tokio::test]
async fn the_open_claims_of_a_state_are_listed() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let (waiting, unsure) = (received(&office, 1).await, in_doubt(&office, 2).await);
    let parked = unknown(&office, 3).await;
    for (state, claim) in [("received", &waiting), ("reconciling", &unsure), ("unknown", &parked)] {
        let page = session.get(&office, &format!("/api/dispatches?state={state}")).await;
        assert_eq!(
            (page.status, ids(&page), &page.body["next"]),
            (200, vec![claim.id.to_string().as_str()], &Value::Null)
        );
        let listed = &page.body["dispatches"][0];
        assert_eq!((&listed["state"], &listed["history"]), (&json!(state), &Value::Null));
    }
    let page = session.get(&office, "/api/dispatches?state=started").await;
    assert_eq!((page.status, page.body), (200, json!({"dispatches": [], "next": null})));
}

#[tokio::test]
async fn the_list_begins_with_what_is_due_the_longest() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let mut expected = Vec::new();
    for number in [3, 1, 2] {
        expected.push(received(&office, number).await.id.to_string());
        office.hand.advance(SignedDuration::from_secs(1));
    }
    assert_eq!(ids(&session.get(&office, "/api/dispatches?state=received").await), expected);
}

#[tokio::test]
async fn claims_that_wait_equally_long_are_each_on_one_page() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let mut expected = Vec::new();
    for number in 1..=101 {
        expected.push(received(&office, number).await.id.to_string());
    }
    let (mut listed, mut sizes) = (Vec::new(), Vec::new());
    let mut path = "/api/dispatches?state=received".to_owned();
    for _ in 0..4 {
        let page = session.get(&office, &path).await;
        sizes.push(ids(&page).len());
        listed.extend(ids(&page).iter().map(|id| (*id).to_owned()));
        let Some(next) = page.body["next"].as_str() else { break };
        path = format!("/api/dispatches?state=received&cursor={next}");
    }
    listed.sort_unstable();
    assert_eq!((sizes, listed), (vec![50, 50, 1], expected));
}

#[tokio::test]
async fn a_page_goes_on_although_its_last_claim_has_left() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let mut claims = Vec::new();
    for number in 1..=52 {
        claims.push(received(&office, number).await);
        office.hand.advance(SignedDuration::from_secs(1));
    }
    let first = session.get(&office, "/api/dispatches?state=received").await;
    let last = &claims[49];
    assert_eq!(ids(&first).last().copied(), Some(last.id.to_string().as_str()));
    let refused = last.refused("PAUSED", String::new(), office.time()).expect("from received");
    moved(&office, last, refused).await;
    let next = first.body["next"].as_str().expect("a second page");
    let second = session.get(&office, &format!("/api/dispatches?state=received&cursor={next}")).await;
    assert_eq!(ids(&second), [claims[50].id.to_string(), claims[51].id.to_string()]);
}

#[tokio::test]
async fn another_word_than_a_state_is_answered_with_the_choices() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for query in ["state=Unknown", "state=over", "state=unknown%20"] {
        let answer = session.get(&office, &format!("/api/dispatches?{query}")).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["state"]), "{query}");
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        assert!(OPEN_KEYS.iter().chain(&OVER_STATES).all(|key| detail.contains(key)), "{detail}");
    }
    for query in ["state=unknown&limit=1", "state=unknown&state=started", "state=unknown&cursor=x"] {
        assert_eq!(session.get(&office, &format!("/api/dispatches?{query}")).await.status, 400, "{query}");
    }
}

#[tokio::test]
async fn a_record_shows_where_it_stands_and_what_it_went_through() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = unknown(&office, 5).await;
    let shown = session.get(&office, &path(&claim)).await;
    let (begun, ended) = (office.time(), office.time() + SETTLE_WINDOW);
    let history = json!([
        {"at": begun, "state": "received", "epoch": 0},
        {"at": begun, "state": "dispatching", "epoch": 1},
        {"at": begun, "state": "reconciling", "epoch": 1, "code": "DISPATCH_IN_DOUBT"},
        {"at": ended, "state": "unknown", "epoch": 1, "code": "UNKNOWN_OUTCOME"},
    ]);
    let record = json!({
        "id": claim.id, "repo": "Octo/Hello", "number": 5, "askedBy": "writer", "command": "/ai-implement",
        "state": "unknown", "code": "UNKNOWN_OUTCOME", "epoch": 1, "revision": 3,
        "order": {"kind": "gap-fill", "workflowFile": "claude-implement.yml", "gitRef": "main",
            "head": {"branch": "feature/retry", "sha": "0123456789abcdef0123456789abcdef01234567"},
            "provider": "bedrock", "awsRegion": "us-west-2", "ticket": "ENG-42", "pinnedAt": begun},
        "createdAt": begun, "updatedAt": ended, "history": history,
    });
    assert_eq!((shown.status, shown.body), (200, record));
}

#[tokio::test]
async fn a_record_shows_its_wait_and_its_comment() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = in_doubt(&office, 5).await;
    let told = Claim { status_comment: Some(serde_json::from_value(json!(77)).expect("an id")), ..claim };
    office.dispatches.note_told(&told).await.expect("a working table");
    let waiting = told.waiting(domain::refusal::Obstacle::GitHub, None, office.time());
    assert!(office.dispatches.keep(&told, &waiting).await.expect("a working table"));
    let shown = session.get(&office, &path(&told)).await.body;
    let until: Timestamp = office.time() + SignedDuration::from_mins(1);
    assert_eq!(shown["wait"], json!({"until": until, "count": 1, "code": "GITHUB_UNAVAILABLE"}));
    assert_eq!((&shown["statusComment"], &shown["dueAt"]), (&json!(77), &json!(until)));
}

#[tokio::test]
async fn what_people_wrote_stays_at_github() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = unknown(&office, 5).await;
    for path in [path(&claim), "/api/dispatches?state=unknown".to_owned()] {
        let shown = session.get(&office, &path).await.body.to_string();
        assert!(
            shown.contains("ENG-42") && !shown.contains("Keep it small") && !shown.contains("At length"),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn an_id_that_nobody_has_and_a_text_that_is_none_lead_nowhere() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let nobodys = ClaimId::from_parts(1, 1).to_string();
    for id in [nobodys.as_str(), "x", "CLAIM%23x", "%ff", "01ARZ3NDEKTSV4RRFFQ69G5FA", "0"] {
        let answer = session.get(&office, &format!("/api/dispatches/{id}")).await;
        assert_eq!(answer.code(), (404, "NOT_FOUND"), "{id}");
        let verdict = json!({"verdict": "drop"});
        let answer = session.post(&office, &format!("/api/dispatches/{id}/resolve"), verdict).await;
        assert_eq!(answer.code(), (404, "NOT_FOUND"), "{id}");
    }
    assert_eq!(office.queue.depth(), 0);
}

#[tokio::test]
async fn a_verdict_is_queued_for_the_worker_and_the_claim_is_left_alone() {
    for (word, verdict) in [("retry", Verdict::Retry), ("drop", Verdict::Drop)] {
        let office = Office::open().await;
        let session = office.signs_in().await;
        let claim = unknown(&office, 5).await;
        let before = session.get(&office, &path(&claim)).await.body;
        let answer = session.post(&office, &format!("{}/resolve", path(&claim)), json!({"verdict": word})).await;
        assert_eq!((answer.status, &answer.body), (202, &before));
        let messages = queued(&office).await;
        let expected = Resolution { claim: claim.id, group: "7#5".into(), epoch: 1, verdict, by: "access-code".into() };
        let bodies: Vec<_> = messages.iter().map(|it| (it.group.as_str(), it.body.clone())).collect();
        assert_eq!(bodies, [("7#5", Message::Resolve(expected).to_json())]);
        assert_eq!(session.get(&office, &path(&claim)).await.body, before, "the worker moves it, and nobody else");
    }
}

#[tokio::test]
async fn a_verdict_that_is_given_twice_is_queued_once() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = unknown(&office, 5).await;
    for _ in 0..2 {
        let answer = session.post(&office, &format!("{}/resolve", path(&claim)), json!({"verdict": "retry"})).await;
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    assert_eq!(queued(&office).await.len(), 1);
}

#[tokio::test]
async fn a_verdict_that_stands_is_not_asked_for_again() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = unknown(&office, 5).await;
    let retried = claim.retried("access-code", office.time()).expect("from unknown");
    moved(&office, &claim, retried).await;
    assert_eq!(session.get(&office, &path(&claim)).await.body["by"], "access-code");
    for verdict in ["retry", "drop"] {
        let answer = session.post(&office, &format!("{}/resolve", path(&claim)), json!({"verdict": verdict})).await;
        assert_eq!((answer.code(), &answer.body["currentState"]), ((409, "NOT_UNKNOWN"), &json!("unknown")));
        assert!(answer.body["detail"].as_str().unwrap_or_default().contains("access-code"), "{answer:?}");
    }
    assert_eq!(office.queue.depth(), 0);
}

#[tokio::test]
async fn only_an_unknown_outcome_is_resolved() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let (waiting, unsure, parked) = (received(&office, 1).await, in_doubt(&office, 2).await, unknown(&office, 3).await);
    let dropped = parked.dropped("access-code", office.time()).expect("from unknown");
    let dropped = moved(&office, &parked, dropped).await;
    assert!(matches!(dropped.state, State::Dropped { .. }));
    for claim in [waiting, unsure, dropped] {
        let answer = session.post(&office, &format!("{}/resolve", path(&claim)), json!({"verdict": "retry"})).await;
        let state = claim.state.name();
        assert_eq!((answer.code(), &answer.body["currentState"]), ((409, "NOT_UNKNOWN"), &json!(state)));
    }
    assert_eq!(office.queue.depth(), 0);
}

#[tokio::test]
async fn a_verdict_is_one_of_two_words_and_nothing_else() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let path = format!("{}/resolve", path(&unknown(&office, 5).await));
    for (body, field) in [
        (json!({}), "verdict"),
        (json!({"verdict": "Retry"}), "verdict"),
        (json!({"verdict": null}), "verdict"),
        // The queue knows this one. It is not about a doubt, and isn't said here.
        (json!({"verdict": "cancel"}), "verdict"),
        (json!({"verdict": "retry", "by": "root"}), "by"),
        (json!("retry"), "body"),
    ] {
        let answer = session.post(&office, &path, body.clone()).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec![field]), "{body}: {answer:?}");
    }
    let plain = Request::post(&path).header("authorization", session.bearer());
    assert_eq!(office.answer(plain, r#"{"verdict": "drop"}"#).await.code(), (415, "UNSUPPORTED_MEDIA_TYPE"));
    assert_eq!(session.get(&office, &path).await.code(), (405, "METHOD_NOT_ALLOWED"));
    assert_eq!(office.queue.depth(), 0);
}

#[tokio::test]
async fn a_browser_resolves_only_with_the_token_of_its_session() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let path = format!("{}/resolve", path(&unknown(&office, 5).await));
    let body = r#"{"verdict": "retry"}"#;
    assert_eq!(office.answer(post(&path), body).await.code(), (401, "NOT_SIGNED_IN"));
    let cookie = || post(&path).header("cookie", session.cookie());
    assert_eq!(office.answer(cookie(), body).await.code(), (403, "CSRF"));
    assert_eq!(office.queue.depth(), 0);
    assert_eq!(office.answer(cookie().header("x-csrf-token", &session.csrf_token), body).await.status, 202);
    assert_eq!(office.queue.depth(), 1);
}

#[tokio::test]
async fn a_queue_that_is_out_is_said_so() {
    let office = Office::without_a_queue().await;
    let session = office.signs_in().await;
    let claim = unknown(&office, 5).await;
    let answer = session.post(&office, &format!("{}/resolve", path(&claim)), json!({"verdict": "retry"})).await;
    assert_eq!(answer.code(), (503, "UNAVAILABLE"));
}

#[tokio::test]
async fn a_table_that_is_out_is_said_so() {
    let office = Office::without_a_table().await;
    let session = Office::open().await.signs_in().await;
    for path in ["/api/dispatches?state=unknown", &format!("/api/dispatches/{}", ClaimId::from_parts(1, 1))] {
        assert_eq!(session.get(&office, path).await.code(), (503, "UNAVAILABLE"), "{path}");
    }
}

#[tokio::test]
async fn a_record_that_can_not_be_read_is_told_and_hides_no_other() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let (broken, sound) = (unknown(&office, 5).await, unknown(&office, 6).await);
    office.spoil(broken.id);
    let page = session.get(&office, "/api/dispatches?state=unknown").await;
    let mut listed = ids(&page);
    listed.sort_unstable();
    assert_eq!(listed, [broken.id.to_string(), sound.id.to_string()]);
    let told = json!({"id": broken.id, "unreadable": true});
    assert!(page.body["dispatches"].as_array().expect("a list").contains(&told), "{page:?}");
    assert_eq!(session.get(&office, &path(&broken)).await.code(), (409, "UNREADABLE"));
    let answer = session.post(&office, &format!("{}/resolve", path(&broken)), json!({"verdict": "drop"})).await;
    assert_eq!(answer.code(), (409, "UNREADABLE"));
    assert_eq!(office.queue.depth(), 0);
}
