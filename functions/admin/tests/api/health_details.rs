//! What operators see of the health: each part by itself, known or not.

use domain::claim::ClaimId;
use domain::message::{DueClaim, Message};
use jiff::{SignedDuration, Timestamp};
use local::sandbox::Fault;
use serde_json::{Value, json};

use crate::dispatches::{received, unknown};
use crate::office::{ACCESS_CODE, Office, SESSION_KEY, Session, admin_secret};

async fn details(session: &Session, office: &Office) -> Value {
    let answer = session.get(office, "/api/health").await;
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.body
}

fn problems(details: &Value) -> Vec<&str> {
    details["problems"].as_array().expect("problems").iter().filter_map(Value::as_str).collect()
}

/// The App's secret, with what people sign in with or without it.
fn app_secret(office: &Office, with_sign_in: bool) -> String {
    let app = office.sandbox.app();
    let mut secret = json!({"app_id": app.app_id, "private_key": app.private_key_pem, "client_id": "Iv1.abc"});
    if with_sign_in {
        secret["client_secret"] = json!("hunter2");
    }
    secret.to_string()
}

#[tokio::test]
async fn a_quiet_system_shows_that_it_is_quiet() {
    let office = Office::open_to("user:admin").await;
    office.put_secret("github-app", &app_secret(&office, true));
    let session = office.signs_in().await;
    let details = details(&session, &office).await;
    assert_eq!(details["report"]["status"], "ok", "{details}");
    assert_eq!(details["queue"], json!({"visible": 0, "inFlight": 0, "delayed": 0}));
    assert_eq!((&details["deadLetters"], &details["oldest"]), (&json!(0), &Value::Null));
    assert_eq!(details["unknownOutcomes"], json!({"count": 0, "hasMore": false}));
    assert_eq!((&details["deliveries"]["count"], &details["deliveries"]["newest"]), (&json!(0), &json!([])));
    assert_eq!(details["versions"], json!({"release": details["report"]["version"]}));
    assert_eq!(problems(&details), Vec::<&str>::new());
    assert!(details["notLookedAt"][0].as_str().is_some_and(|it| it.contains("secret of runs")), "{details}");
    let of_sqs = details["notLookedAt"][1].as_str().expect("a sentence");
    assert!(of_sqs.contains("ApproximateAgeOfOldestMessage"), "{of_sqs}");
}

#[tokio::test]
async fn what_waits_is_counted_with_the_oldest() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let due = DueClaim {
        claim: ClaimId::from_parts(1, 1),
        group: "7#5".into(),
        epoch: 0,
        due_at: office.time(),
        called_by: None,
        revision: None,
        asked_by: None,
    };
    let queue = aws::Queue::InProcess(office.queue.clone());
    queue.send(&Message::Due(due)).await.expect("it takes all");
    unknown(&office, 5).await;
    let details = details(&session, &office).await;
    assert_eq!(details["queue"]["visible"], 1);
    assert_eq!((&details["oldest"]["what"], details["oldest"]["sentAt"].is_string()), (&json!("message"), true));
    assert_eq!(details["unknownOutcomes"]["count"], 1);
}

#[tokio::test]
async fn a_message_that_failed_too_often_is_told() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let queue = aws::Queue::InProcess(office.queue.clone());
    let claim = received(&office, 1).await;
    let word = json!({"v": 1, "type": "retry", "claim": claim.id, "group": "g", "by": "b", "key": "k", "asked_at": office.time()});
    queue.send(&Message::from_json(&word.to_string()).expect("a message")).await.expect("it takes all");
    for _ in 0..aws::InProcessQueue::MAX_RECEIVES.get() {
        let batch = office.queue.receive().await;
        queue.postpone(&batch[0].receipt, std::time::Duration::ZERO).await.expect("it is there");
        office.queue.settle(&batch, &batch.iter().map(|message| message.receipt.clone()).collect());
    }
    assert_eq!(details(&session, &office).await["deadLetters"], 1);
}

#[tokio::test]
async fn over_sqs_the_dispatch_that_is_overdue_the_longest_stands_for_the_oldest() {
    let office = Office::without_a_queue().await;
    let session = office.signs_in().await;
    let (first, _) = (received(&office, 1).await, received(&office, 2).await);
    let first = first.resting(office.time() - SignedDuration::from_mins(3));
    assert!(office.dispatches.keep(&first, &first).await.expect("a working table"));
    let details = details(&session, &office).await;
    let oldest = &details["oldest"];
    assert_eq!((&oldest["what"], &oldest["id"]), (&json!("overdue-dispatch"), &json!(first.id)), "{details}");
    assert_eq!(oldest["overdue"], 180);
    for part in ["queue", "deadLetters"] {
        let unknown = details[part]["unknown"].as_str().unwrap_or_default();
        assert!(unknown.ends_with('.') && !unknown.contains("127.0.0.1"), "{part}: {details}");
    }
}

#[tokio::test]
async fn what_the_next_sweep_finds_is_not_overdue() {
    let office = Office::without_a_queue().await;
    let session = office.signs_in().await;
    let claim = received(&office, 1).await;
    for (seconds, is_overdue) in [(110, false), (130, true)] {
        let due = claim.clone().resting(office.time() - SignedDuration::from_secs(seconds));
        assert!(office.dispatches.keep(&claim, &due).await.expect("a working table"));
        assert_eq!(details(&session, &office).await["oldest"].is_object(), is_overdue, "{seconds}");
    }
}

#[tokio::test]
async fn a_part_that_can_not_be_asked_is_unknown_by_itself() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    office.sandbox.script_fault(Fault { status: Some(502), times: 9, ..Fault::on("GET", "/app/hook/deliveries*") });
    let details = details(&session, &office).await;
    assert_eq!(details["deliveries"], json!({"unknown": "It could not be read; the log has the cause."}));
    assert_eq!((&details["queue"]["visible"], &details["report"]["status"]), (&json!(0), &json!("ok")));
}

/// So many deliveries that nobody took, a second apart; when the newest was made.
fn fails(office: &Office, count: u64) -> Timestamp {
    let now = office.time();
    office.sandbox.edit_world(|world| {
        for age in (0..count).rev() {
            let delivery = json!({
                "id": 1_000_000 - age, "guid": format!("g{age}"), "event": "issue_comment", "action": "created",
                "redelivery": false, "installation_id": null, "repository_id": null, "request_headers": {},
                "payload": "{}", "status_code": 502, "status": "failed to connect to host", "response_headers": {},
                "response_payload": "", "delivered_at": now - SignedDuration::from_secs(age.cast_signed()),
                "duration": {"secs": 0, "nanos": 0},
            });
            world.add_delivery(serde_json::from_value(delivery).expect("a delivery"));
        }
    });
    now
}

#[tokio::test]
async fn deliveries_that_were_read_in_time_are_told_with_how_far_that_goes() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let newest = fails(&office, 150);
    // The first page arrives; the second one takes longer than anybody waits.
    office.sandbox.script_fault(Fault::on("GET", "/app/hook/deliveries*"));
    office.sandbox.script_fault(Fault { delay_ms: Some(60_000), ..Fault::on("GET", "/app/hook/deliveries*") });
    let details = details(&session, &office).await;
    assert_eq!(details["deliveries"]["count"], 100, "{details}");
    let since: Timestamp = serde_json::from_value(details["deliveries"]["since"].clone()).expect("a time");
    assert_eq!(since.as_second(), newest.as_second() - 99, "{details}");
}

#[tokio::test]
async fn what_is_out_is_unknown_and_what_is_wrong_is_said() {
    let office = Office::without_a_table().await;
    let session = Office::open().await.signs_in().await;
    let details = details(&session, &office).await;
    assert!(details["unknownOutcomes"]["unknown"].is_string(), "{details}");
    assert!(problems(&details).iter().any(|it| it.starts_with("The dispatches table: ")), "{details}");
}

#[tokio::test]
async fn signing_in_with_github_that_is_not_set_up_is_said() {
    let office = Office::open().await;
    office.put_secret("github-app", &app_secret(&office, false));
    let session = office.signs_in().await;
    let first = details(&session, &office).await;
    assert!(matches!(problems(&first).as_slice(), [one] if one.contains("client_secret")), "{first}");
    office.put_secret("admin", &admin_secret("", SESSION_KEY));
    office.hand.advance(SignedDuration::from_mins(5));
    let second = details(&session, &office).await;
    assert!(problems(&second).iter().any(|it| it.contains("Nobody can sign in at all")), "{second}");
    assert!(!second.to_string().contains(ACCESS_CODE), "{second}");
}

#[tokio::test]
async fn a_list_that_lets_nobody_in_is_said_while_the_secret_is_complete() {
    let mut office = Office::open_to("user:admin org@octo").await;
    office.put_secret("github-app", &app_secret(&office, true));
    office.put_secret("admin", &admin_secret("", SESSION_KEY));
    let session = Office::open().await.signs_in().await;
    let wrong = details(&session, &office).await;
    let all = problems(&wrong);
    assert!(matches!(all.as_slice(), [list, _] if list.contains("\"org@octo\", which is none of org:NAME")), "{all:?}");
    assert!(all[1].starts_with("Nobody can sign in at all"), "{all:?}");
    office.starts_anew_with("");
    let empty = details(&session, &office).await;
    let all = problems(&empty);
    assert!(matches!(all.as_slice(), [list, _] if list.contains("ADMIN_ALLOW lists nobody")), "{all:?}");
    office.starts_anew_with("user:admin");
    assert_eq!(problems(&details(&session, &office).await), Vec::<&str>::new());
}
