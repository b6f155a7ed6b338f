//! `/healthz`: what is told of each secret and of both tables, and what never is.

use http::Request;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::office::{Answer, Office, SESSION_KEY, admin_secret};

async fn health(office: &Office) -> Answer {
    office.answer(Request::get("/healthz"), "").await
}

/// The status of one check, and its words.
fn check(answer: &Answer, name: &str) -> (String, String) {
    let checks = answer.body["checks"].as_array().expect("checks");
    let check = checks.iter().find(|it| it["name"] == name).expect("a check of that name");
    let text = |key: &str| check[key].as_str().expect("a text").to_owned();
    (text("status"), text("detail"))
}

#[tokio::test]
async fn all_is_well_when_all_is_there() {
    let answer = health(&Office::open().await).await;
    assert_eq!((answer.status, &answer.body["status"], answer.body["version"].is_string()), (200, &json!("ok"), true));
    let names: Vec<&Value> = answer.body["checks"].as_array().expect("checks").iter().map(|it| &it["name"]).collect();
    assert_eq!(names, ["webhook secret", "github-app secret", "admin secret", "mappings table", "dispatches table"]);
}

#[tokio::test]
async fn an_access_code_that_is_switched_off_is_well_and_told() {
    let office = Office::open().await;
    office.put_secret("admin", &admin_secret("", SESSION_KEY));
    let answer = health(&office).await;
    let (status, detail) = check(&answer, "admin secret");
    assert!(answer.status == 200 && status == "ok" && detail.contains("switched off"), "{detail}");
}

#[tokio::test]
async fn each_secret_is_named_by_its_role_and_by_what_is_wrong_with_it() {
    let short = admin_secret("a", &SESSION_KEY[1..]);
    let no_key = r#"{"app_id": 1, "private_key": "hunter2"}"#;
    for (file, text, status, told) in [
        ("webhook", None, "missing", "has no value yet"),
        ("webhook", Some(""), "malformed", r#"{"secrets":"#),
        ("webhook", Some(r#"{"secrets": ["", ""]}"#), "malformed", r#"{"secrets":"#),
        ("webhook", Some(r#"{"secret": "hunter2"}"#), "malformed", r#"{"secrets":"#),
        ("github-app", None, "missing", "has no value yet"),
        ("github-app", Some("{}"), "malformed", r#""app_id""#),
        ("github-app", Some(r#"{"app_id": "hunter2", "private_key": ""}"#), "malformed", r#""app_id""#),
        ("github-app", Some(no_key), "malformed", "not an RSA private key"),
        ("admin", None, "missing", "has no value yet"),
        ("admin", Some("hunter2"), "malformed", "session_key"),
        ("admin", Some(&short), "malformed", "at least 32 characters"),
    ] {
        let office = Office::open().await;
        match text {
            Some(text) => office.put_secret(file, text),
            None => office.remove_secret(file),
        }
        let answer = health(&office).await;
        assert_eq!((answer.status, &answer.body["status"]), (503, &json!("failing")), "{file}: {text:?}");
        let (found, detail) = check(&answer, &format!("{file} secret"));
        assert!(found == status && detail.contains(told), "{file}: {text:?}: {found}: {detail}");
        let failing = answer.body["checks"].as_array().expect("checks").iter().filter(|it| it["status"] != "ok");
        assert_eq!(failing.count(), 1, "{answer:?}");
        let public = answer.body.to_string();
        let folder = office.folder().to_str().expect("a path");
        assert!(!public.contains(folder) && !public.contains("hunter2"), "{public}");
    }
}

#[tokio::test]
async fn a_key_with_escaped_line_ends_is_well_formed() {
    let office = Office::open().await;
    let app = office.sandbox.app();
    let pem = app.private_key_pem.replace('\n', "\\n");
    office.put_secret("github-app", &json!({"app_id": app.app_id, "private_key": pem}).to_string());
    assert_eq!(health(&office).await.status, 200);
}

#[tokio::test]
async fn a_table_out_of_reach_is_told_without_its_address() {
    let answer = health(&Office::without_a_table().await).await;
    assert_eq!(answer.status, 503);
    for table in ["mappings table", "dispatches table"] {
        let (status, detail) = check(&answer, table);
        assert_eq!((status.as_str(), detail.as_str()), ("unreadable", "It could not be read; the log has the cause."));
    }
}

#[tokio::test]
async fn services_are_not_asked_more_often_than_every_ten_seconds() {
    let office = Office::open().await;
    assert_eq!(health(&office).await.status, 200);
    office.remove_secret("admin");
    office.hand.advance(SignedDuration::from_millis(9_999));
    assert_eq!(health(&office).await.status, 200);
    office.hand.advance(SignedDuration::from_millis(1));
    assert_eq!(health(&office).await.status, 503);
}

#[tokio::test]
async fn it_is_open_to_all_and_only_to_be_read() {
    let office = Office::open().await;
    let answer = health(&office).await;
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(office.answer(Request::post("/healthz"), "").await.code(), (405, "METHOD_NOT_ALLOWED"));
}
