//! What a session is good for, and all that is none.

use http::Request;
use jiff::SignedDuration;
use serde_json::json;

use crate::office::{ACCESS_CODE, Office, SESSION_KEY, admin_secret, put};

const ROUTES: [(&str, &str); 19] = [
    ("GET", "/api/auth"),
    ("DELETE", "/api/auth"),
    ("GET", "/api/mappings"),
    ("GET", "/api/mappings/octo/anthropic"),
    ("PUT", "/api/mappings/octo/anthropic"),
    ("PATCH", "/api/mappings/octo/anthropic"),
    ("DELETE", "/api/mappings/octo/anthropic?version=1"),
    ("GET", "/api/mappings/octo/anthropic/history"),
    ("GET", "/api/dispatches?state=unknown"),
    ("GET", "/api/dispatches/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
    ("POST", "/api/dispatches/01ARZ3NDEKTSV4RRFFQ69G5FAV/cancel"),
    ("POST", "/api/dispatches/01ARZ3NDEKTSV4RRFFQ69G5FAV/retry"),
    ("POST", "/api/dispatches/01ARZ3NDEKTSV4RRFFQ69G5FAV/resolve"),
    ("POST", "/api/dispatches/01ARZ3NDEKTSV4RRFFQ69G5FAV/replay"),
    ("GET", "/api/activity"),
    ("GET", "/api/health"),
    ("GET", "/api/tokens"),
    ("POST", "/api/tokens"),
    ("DELETE", "/api/tokens/01ARZ3NDEKTSV4RRFFQ69G5FAV"),
];

#[tokio::test]
async fn nothing_is_shown_or_done_without_a_session() {
    let office = Office::open().await;
    for (method, path) in ROUTES {
        // Not even that the request is wrong is told to strangers.
        let answer = office.answer(Request::builder().method(method).uri(path), "not json").await;
        assert_eq!(answer.code(), (401, "NOT_SIGNED_IN"), "{method} {path}");
        assert_eq!(answer.headers["cache-control"], "no-store", "{method} {path}");
    }
}

#[tokio::test]
async fn a_token_that_we_did_not_sign_is_no_session() {
    let (office, elsewhere) = (Office::open().await, Office::open().await);
    elsewhere.put_secret("admin", &admin_secret(ACCESS_CODE, "another key with thirty-two letters"));
    let own = office.signs_in().await.token;
    let (claims, signature) = own.split_once('.').expect("a dot");
    let foreign = elsewhere.signs_in().await.token;
    let forged = [
        foreign.as_str(),
        claims,
        &format!("{claims}."),
        &format!("{claims}.{}", foreign.split_once('.').expect("a dot").1),
        &format!("A{claims}.{signature}"),
        "..",
        "null.null",
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJyb290In0.",
    ];
    for token in forged {
        for request in [
            Request::get("/api/mappings").header("authorization", format!("Bearer {token}")),
            Request::get("/api/mappings").header("cookie", format!("__Host-ai-implement={token}")),
        ] {
            assert_eq!(office.answer(request, "").await.code(), (401, "NOT_SIGNED_IN"), "{token}");
        }
    }
}

#[tokio::test]
async fn a_session_ends_after_eight_hours() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    office.hand.advance(SignedDuration::from_hours(8) - SignedDuration::from_secs(1));
    assert_eq!(session.get(&office, "/api/mappings").await.status, 200);
    office.hand.advance(SignedDuration::from_secs(1));
    assert_eq!(session.get(&office, "/api/mappings").await.code(), (401, "NOT_SIGNED_IN"));
}

#[tokio::test]
async fn a_new_session_key_ends_every_session() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    office.put_secret("admin", &admin_secret(ACCESS_CODE, "another key with thirty-two letters"));
    office.hand.advance(SignedDuration::from_mins(5));
    assert_eq!(session.get(&office, "/api/mappings").await.code(), (401, "NOT_SIGNED_IN"));
    let session = office.signs_in().await;
    assert_eq!(session.get(&office, "/api/mappings").await.status, 200);
}

#[tokio::test]
async fn a_session_that_another_instance_signed_with_a_newer_key_is_one() {
    let (office, instance) = (Office::open().await, Office::open().await);
    office.signs_in().await;
    let newer = admin_secret(ACCESS_CODE, "another key with thirty-two letters");
    for it in [&office, &instance] {
        it.put_secret("admin", &newer);
    }
    let session = instance.signs_in().await;
    office.hand.advance(SignedDuration::from_secs(30));
    assert_eq!(session.get(&office, "/api/mappings").await.status, 200);
}

#[tokio::test]
async fn a_browser_writes_only_with_the_token_of_its_own_session() {
    let office = Office::open().await;
    let (session, other) = (office.signs_in().await, office.signs_in().await);
    let path = "/api/mappings/octo/anthropic";
    assert_eq!(office.answer(Request::get(path).header("cookie", session.cookie()), "").await.status, 404);
    for csrf in [None, Some(""), Some("x"), Some(other.csrf_token.as_str()), Some(session.token.as_str())] {
        for (method, path) in ROUTES.into_iter().filter(|(method, _)| *method != "GET") {
            let mut request = Request::builder().method(method).uri(path).header("cookie", session.cookie());
            if let Some(csrf) = csrf {
                request = request.header("x-csrf-token", csrf);
            }
            let answer = office.answer(request.header("content-type", "application/json"), "{}").await;
            assert_eq!(answer.code(), (403, "CSRF"), "{method} {path} with {csrf:?}");
        }
    }
    let cookies = format!("theme=dark; {}; lang=en", session.cookie());
    let request = put(path).header("cookie", cookies).header("x-csrf-token", &session.csrf_token);
    assert_eq!(office.answer(request, "{}").await.status, 201);
}

#[tokio::test]
async fn a_cookie_does_not_help_a_wrong_bearer_and_two_cookies_are_none() {
    let office = Office::open().await;
    let (session, other) = (office.signs_in().await, office.signs_in().await);
    for request in [
        Request::get("/api/mappings").header("cookie", session.cookie()).header("authorization", "Bearer x.y"),
        Request::get("/api/mappings").header("cookie", session.cookie()).header("authorization", "Basic eDp5"),
        Request::get("/api/mappings").header("cookie", format!("{}; {}", session.cookie(), other.cookie())),
        Request::get("/api/mappings").header("cookie", session.cookie().replace("__Host-", "")),
        Request::get("/api/mappings").header("authorization", session.token.clone()),
        Request::get(format!("/api/mappings?token={}", session.token)),
    ] {
        assert_eq!(office.answer(request, "").await.code(), (401, "NOT_SIGNED_IN"));
    }
}

#[tokio::test]
async fn a_switched_off_access_code_leaves_sessions_as_they_are() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    office.put_secret("admin", &admin_secret("", SESSION_KEY));
    office.hand.advance(SignedDuration::from_mins(5));
    assert_eq!(session.get(&office, "/api/auth").await.body["subject"], json!("access-code"));
}
