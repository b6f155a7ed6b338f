//! A person's word on a dispatch, on its way to the queue: taken back, done once more, looked at now.

use std::collections::HashSet;

use domain::claim::{Cancelled, Claim};
use domain::command::Command;
use domain::message::{DueClaim, Message, Resolution, Retry, Verdict};
use domain::request::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::dispatches::{in_doubt, moved, path, queued, received, unknown};
use crate::office::{Answer, Office, Session, post};

async fn asks(session: &Session, office: &Office, claim: &Claim, what: &str) -> Answer {
    session.post(office, &format!("{}/{what}", path(claim)), Value::Null).await
}

/// The same under a key, which a retry takes.
async fn asks_once(session: &Session, office: &Office, claim: &Claim, what: &str, key: &str) -> Answer {
    let request = post(&format!("{}/{what}", path(claim))).header("authorization", session.bearer());
    office.answer(request.header("idempotency-key", key), "").await
}

async fn retries(session: &Session, office: &Office, claim: &Claim, key: &str) -> Answer {
    asks_once(session, office, claim, "retry", key).await
}

async fn dropped(office: &Office, number: u64) -> Claim {
    let parked = Box::pin(unknown(office, number)).await;
    let dropped = parked.dropped("somebody", office.time()).expect("from unknown");
    moved(office, &parked, dropped).await
}

/// What was queued, in its group; the queue is empty then.
async fn words(office: &Office) -> Vec<(String, Message)> {
    let queued = queued(office).await;
    office.queue.settle(&queued, &HashSet::new());
    queued.into_iter().map(|it| (it.group, Message::from_json(&it.body).expect("our own form"))).collect()
}

#[tokio::test]
async fn what_is_not_over_is_taken_back_by_the_worker() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = received(&office, 5).await;
    for _ in 0..2 {
        let answer = asks(&session, &office, &claim, "cancel").await;
        assert_eq!((answer.status, &answer.body["state"]), (202, &json!("received")), "{answer:?}");
    }
    let (group, by) = ("7#5".to_owned(), "access-code".to_owned());
    let word = Resolution { claim: claim.id, group: group.clone(), epoch: 0, verdict: Verdict::Cancel, by };
    assert_eq!(words(&office).await, [(group, Message::Resolve(word))]);
    let read = office.dispatches.claim(claim.id).await.expect("a working table");
    assert_eq!(read, Some(claim), "the worker moves it, and nobody else");
}

#[tokio::test]
async fn what_is_being_cancelled_may_be_asked_for_again_and_what_is_over_may_not() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let doubted = in_doubt(&office, 1).await;
    let Cancelled::Asked(asked) = doubted.cancelled("somebody", office.time()) else { panic!("it has a dispatch") };
    let asked = moved(&office, &doubted, asked).await;
    assert_eq!(asks(&session, &office, &asked, "cancel").await.status, 202);
    assert_eq!(words(&office).await.len(), 1);
    let over = dropped(&office, 2).await;
    let answer = asks(&session, &office, &over, "cancel").await;
    assert_eq!((answer.code(), &answer.body["currentState"]), ((409, "OVER"), &json!("dropped")));
    assert_eq!(words(&office).await, []);
}

#[tokio::test]
async fn a_retry_is_one_by_its_key() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = dropped(&office, 5).await;
    let asked_at = office.time();
    for _ in 0..2 {
        assert_eq!(retries(&session, &office, &claim, "form-1").await.status, 202);
        office.hand.advance(SignedDuration::from_secs(1));
    }
    let (group, by) = ("7#5".to_owned(), "access-code".to_owned());
    let word = Retry { claim: claim.id, group: group.clone(), by, key: "form-1".into(), asked_at };
    assert_eq!(words(&office).await, [(group, Message::Retry(word))]);
}

#[tokio::test]
async fn a_retry_without_a_key_is_refused() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = dropped(&office, 5).await;
    assert_eq!(asks(&session, &office, &claim, "retry").await.code(), (400, "IDEMPOTENCY_KEY_MISSING"));
    assert_eq!(words(&office).await, []);
}

#[tokio::test]
async fn only_what_is_over_and_asked_for_a_run_is_retried() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let mut words_only = received(&office, 1).await;
    let Request::Comment(command) = &mut words_only.request else { panic!("a comment's") };
    command.command = Command::parse("/ai-implement help").expect("a command");
    (words_only.id, command.comment) = (domain::claim::ClaimId::from_parts(1, 1), domain::ids::CommentId::new(1));
    office.dispatches.take(words_only.clone()).await.expect("a working table");
    let answered = words_only.answered("Help.".into(), office.time()).expect("from received");
    let answered = moved(&office, &words_only, answered).await;
    let strangers = received(&office, 5).await;
    let refused = strangers.refused("NOT_AUTHORIZED", String::new(), office.time()).expect("from received");
    let refused = moved(&office, &strangers, refused).await;
    for (claim, code) in [
        (received(&office, 2).await, "NOT_OVER"),
        (in_doubt(&office, 3).await, "NOT_OVER"),
        (unknown(&office, 4).await, "NOT_OVER"),
        (answered, "NO_RUN_ASKED"),
        (refused, "NOT_AUTHORIZED"),
    ] {
        let answer = retries(&session, &office, &claim, "form-1").await;
        assert_eq!((answer.code(), &answer.body["currentState"]), ((409, code), &json!(claim.state.name())));
    }
    assert_eq!(words(&office).await, []);
}

#[tokio::test]
async fn a_key_that_is_none_is_told() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = dropped(&office, 5).await;
    for key in ["", "two words", &"k".repeat(201)] {
        let answer = retries(&session, &office, &claim, key).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["idempotency-key"]), "{key}");
    }
    assert_eq!(words(&office).await, []);
}

#[tokio::test]
async fn what_something_is_left_to_do_for_is_looked_at_when_a_person_wants_that() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    for claim in [received(&office, 1).await, in_doubt(&office, 2).await, dropped(&office, 4).await] {
        for _ in 0..2 {
            assert_eq!(asks(&session, &office, &claim, "replay").await.status, 202);
        }
        let words = words(&office).await;
        let [(group, Message::Due(due))] = words.as_slice() else { panic!("one look: {words:?}") };
        let DueClaim { claim: looked_at, due_at, called_by, asked_by, .. } = due;
        assert_eq!((*looked_at, group, called_by), (claim.id, &claim.group_id(), &None));
        assert_eq!(asked_by.as_deref(), Some("access-code"));
        assert!(*due_at <= office.time() && *due_at + SignedDuration::from_secs(10) > office.time());
    }
}

#[tokio::test]
async fn what_nothing_is_left_to_do_for_is_not_looked_at() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let told = office.dispatches.note_told(&dropped(&office, 1).await).await.expect("a working table");
    for (claim, remedy) in [(told, "it is dropped."), (unknown(&office, 2).await, "decide on that.")] {
        let answer = asks(&session, &office, &claim, "replay").await;
        assert_eq!((answer.code(), &answer.body["currentState"]), ((409, "NOTHING_DUE"), &json!(claim.state.name())));
        assert!(answer.body["detail"].as_str().is_some_and(|detail| detail.ends_with(remedy)), "{answer:?}");
    }
    assert_eq!(words(&office).await, []);
}

#[tokio::test]
async fn a_wish_to_look_that_comes_later_is_another_one() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let claim = received(&office, 1).await;
    for expected in [1, 1] {
        assert_eq!(asks(&session, &office, &claim, "replay").await.status, 202);
        assert_eq!(words(&office).await.len(), expected);
        office.hand.advance(SignedDuration::from_secs(10));
    }
}

#[tokio::test]
async fn a_browser_steers_only_with_the_token_of_its_session() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let (open, over) = (received(&office, 1).await, dropped(&office, 2).await);
    for (claim, what) in [(&open, "cancel"), (&over, "retry"), (&open, "replay")] {
        let path = format!("{}/{what}", path(claim));
        let cookie = || post(&path).header("cookie", session.cookie()).header("idempotency-key", "form-1");
        assert_eq!(office.answer(cookie(), "").await.code(), (403, "CSRF"), "{what}");
        assert_eq!(words(&office).await, []);
        assert_eq!(office.answer(cookie().header("x-csrf-token", &session.csrf_token), "").await.status, 202, "{what}");
        assert_eq!(words(&office).await.len(), 1, "{what}");
    }
}

#[tokio::test]
async fn a_word_that_the_queue_did_not_take_is_not_taken_for_given() {
    let office = Office::without_a_queue().await;
    let session = office.signs_in().await;
    let (open, over) = (received(&office, 1).await, dropped(&office, 2).await);
    for (claim, what) in [(&open, "cancel"), (&over, "retry"), (&open, "replay")] {
        assert_eq!(asks_once(&session, &office, claim, what, "form-1").await.code(), (503, "UNAVAILABLE"), "{what}");
    }
}

#[tokio::test]
async fn nobody_steers_what_is_not_there_or_can_not_be_read() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let broken = received(&office, 1).await;
    office.spoil(broken.id);
    for what in ["cancel", "retry", "replay"] {
        let nobodys = session.post(&office, &format!("/api/dispatches/x/{what}"), Value::Null).await;
        assert_eq!(nobodys.code(), (404, "NOT_FOUND"), "{what}");
        assert_eq!(asks_once(&session, &office, &broken, what, "form-1").await.code(), (409, "UNREADABLE"), "{what}");
    }
    assert_eq!(words(&office).await, []);
}
