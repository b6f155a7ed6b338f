//! Signing in with the access code: who gets in, and how often one may try.

use jiff::SignedDuration;
use serde_json::json;

use crate::office::{ACCESS_CODE, Office, SESSION_KEY, admin_secret, post};

const HERE: &str = "203.0.113.7";
const ATTEMPTS: usize = 5;

#[tokio::test]
async fn the_access_code_opens_a_session_of_eight_hours() {
    let office = Office::open().await;
    let answer = office.tries(ACCESS_CODE, HERE).await;
    assert_eq!((answer.status, &answer.body["subject"]), (200, &json!("access-code")));
    let token = answer.body["token"].as_str().expect("a token");
    let cookie = format!("__Host-ai-implement={token}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=28800");
    assert_eq!(answer.headers["set-cookie"], cookie.as_str());
    assert_eq!(
        (&answer.headers["cache-control"], &answer.headers["x-content-type-options"]),
        (&"no-store".parse().expect("a value"), &"nosniff".parse().expect("a value"))
    );

    let session = office.signs_in().await;
    let me = session.get(&office, "/api/auth").await;
    assert_eq!((me.status, &me.body["subject"]), (200, &json!("access-code")));
    assert_eq!((me.body["csrfToken"].as_str(), me.body.get("token")), (Some(session.csrf_token.as_str()), None));
    assert_eq!(me.body["expiresAt"], answer.body["expiresAt"]);
}

#[tokio::test]
async fn another_code_is_refused_and_never_quoted() {
    let office = Office::open().await;
    for code in ["hunter2", "", "Open Sesame", "open sesame\0"] {
        let answer = office.tries(code, &format!("203.0.113.{}", code.len())).await;
        assert_eq!(answer.code(), (401, "BAD_ACCESS_CODE"), "{code}");
        assert!(
            !answer.headers.contains_key("set-cookie") && !answer.body.to_string().contains("hunter2"),
            "{answer:?}"
        );
    }
}

#[tokio::test]
async fn a_body_of_another_shape_is_refused_and_never_quoted() {
    let office = Office::open().await;
    for (body, field) in [
        (r#"{"accessCode": "hunter2", "remember": true}"#, Some("remember")),
        (r#"{"access_code": "hunter2"}"#, Some("access_code")),
        (r#"{"accessCode": ["hunter2"]}"#, Some("accessCode")),
        (r#""hunter2""#, Some("body")),
        (r"{}", Some("accessCode")),
        ("hunter2", None),
    ] {
        let answer = office.answer(post("/api/auth"), body).await;
        assert_eq!(answer.code(), (400, "BAD_REQUEST"), "{body}");
        assert_eq!(answer.faulty_fields().first().copied(), field, "{body}");
        assert!(!answer.body.to_string().contains("hunter2"), "{}", answer.body);
    }
    let form = http::Request::post("/api/auth").header("content-type", "application/x-www-form-urlencoded");
    assert_eq!(office.answer(form, "accessCode=x").await.code(), (415, "UNSUPPORTED_MEDIA_TYPE"));
    let huge = json!({"accessCode": "x".repeat(100_000)}).to_string();
    assert_eq!(office.answer(post("/api/auth"), huge).await.code(), (413, "TOO_LARGE"));
}

#[tokio::test]
async fn who_fails_too_often_waits_even_with_the_right_code() {
    let office = Office::open().await;
    for _ in 0..ATTEMPTS {
        assert_eq!(office.tries("wrong", HERE).await.status, 401);
    }
    let blocked = office.tries(ACCESS_CODE, HERE).await;
    assert_eq!(blocked.code(), (429, "RATE_LIMITED"));
    let wait: i64 = blocked.headers["retry-after"].to_str().expect("digits").parse().expect("seconds");
    assert!((1..=900).contains(&wait), "{wait}");
    office.hand.advance(SignedDuration::from_secs(wait));
    assert_eq!(office.tries(ACCESS_CODE, HERE).await.status, 200);
}

#[tokio::test]
async fn a_success_forgets_the_failures() {
    let office = Office::open().await;
    for _ in 0..3 {
        for _ in 0..ATTEMPTS - 1 {
            assert_eq!(office.tries("wrong", HERE).await.status, 401);
        }
        assert_eq!(office.tries(ACCESS_CODE, HERE).await.status, 200);
    }
}

#[tokio::test]
async fn a_claimed_address_neither_frees_nor_blocks_anybody() {
    let office = Office::open().await;
    for attempt in 0..ATTEMPTS {
        let claimed = format!("198.51.100.{attempt}, {HERE}");
        assert_eq!(office.tries("wrong", &claimed).await.status, 401);
    }
    assert_eq!(office.tries(ACCESS_CODE, &format!("198.51.100.99, {HERE}")).await.status, 429);
    assert_eq!(office.tries(ACCESS_CODE, "198.51.100.0").await.status, 200, "only claimed by the other");
    assert_eq!(office.tries(ACCESS_CODE, &format!("{HERE}, 198.51.100.1")).await.status, 200);
}

#[tokio::test]
async fn a_network_of_ipv6_shares_its_attempts() {
    let office = Office::open().await;
    for attempt in 0..ATTEMPTS {
        assert_eq!(office.tries("wrong", &format!("2001:db8:1:2:{attempt}::1")).await.status, 401);
    }
    assert_eq!(office.tries(ACCESS_CODE, "2001:db8:1:2:ffff::9").await.status, 429);
    assert_eq!(office.tries(ACCESS_CODE, "2001:db8:1:3::9").await.status, 200);
}

#[tokio::test]
async fn an_empty_access_code_switches_the_code_off() {
    let office = Office::open().await;
    office.put_secret("admin", &admin_secret("", SESSION_KEY));
    for code in ["", ACCESS_CODE] {
        assert_eq!(office.tries(code, HERE).await.code(), (403, "ACCESS_CODE_DISABLED"));
    }
}

#[tokio::test]
async fn a_first_access_code_works_half_a_minute_after_it_was_put() {
    let office = Office::open().await;
    office.put_secret("admin", &admin_secret("", SESSION_KEY));
    assert_eq!(office.tries(ACCESS_CODE, HERE).await.status, 403);
    office.put_secret("admin", &admin_secret(ACCESS_CODE, SESSION_KEY));
    office.hand.advance(SignedDuration::from_secs(30));
    assert_eq!(office.tries(ACCESS_CODE, HERE).await.status, 200);
}

#[tokio::test]
async fn a_secret_that_is_none_is_answered_and_mended_without_a_restart() {
    let key = format!(r#"{{"session_key": "{SESSION_KEY}"}}"#);
    let number = format!(r#"{{"access_code": 1, "session_key": "{SESSION_KEY}"}}"#);
    let short = admin_secret(ACCESS_CODE, &SESSION_KEY[1..]);
    for text in ["", "{}", "null", "hunter2", key.as_str(), number.as_str(), short.as_str()] {
        let office = Office::open().await;
        office.put_secret("admin", text);
        let answer = office.tries(ACCESS_CODE, HERE).await;
        assert_eq!(answer.code(), (503, "NO_SECRET"), "{text}");
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        let folder = office.folder().to_str().expect("a path");
        assert!(detail.contains("admin secret") && !detail.contains(folder), "{detail}");
        office.put_secret("admin", &admin_secret(ACCESS_CODE, SESSION_KEY));
        office.hand.advance(SignedDuration::from_secs(30));
        assert_eq!(office.tries(ACCESS_CODE, HERE).await.status, 200, "{text}");
    }
    let office = Office::open().await;
    office.remove_secret("admin");
    assert_eq!(office.tries(ACCESS_CODE, HERE).await.code(), (503, "NO_SECRET"));
    let anybody = http::Request::get("/api/mappings").header("authorization", "Bearer a.b");
    assert_eq!(office.answer(anybody, "").await.code(), (503, "NO_SECRET"));
}

#[tokio::test]
async fn a_rotated_access_code_arrives_within_half_a_minute() {
    let office = Office::open().await;
    assert_eq!(office.tries(ACCESS_CODE, HERE).await.status, 200);
    office.put_secret("admin", &admin_secret("a new one", SESSION_KEY));
    office.hand.advance(SignedDuration::from_secs(30));
    assert_eq!(office.tries("a new one", HERE).await.status, 200);
    assert_eq!(office.tries(ACCESS_CODE, HERE).await.code(), (401, "BAD_ACCESS_CODE"));
}

#[tokio::test]
async fn without_a_table_nobody_gets_to_guess() {
    let office = Office::without_a_table().await;
    let answer = office.tries(ACCESS_CODE, HERE).await;
    assert_eq!(answer.code(), (503, "UNAVAILABLE"));
    assert!(!answer.body.to_string().contains("127.0.0.1"), "{}", answer.body);
}

#[tokio::test]
async fn signing_out_takes_the_browsers_cookie() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let request = http::Request::delete("/api/auth")
        .header("cookie", session.cookie())
        .header("x-csrf-token", &session.csrf_token);
    let answer = office.answer(request, "").await;
    assert_eq!(answer.status, 204);
    let cookie = "__Host-ai-implement=; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0";
    assert_eq!(answer.headers["set-cookie"], cookie);
}
