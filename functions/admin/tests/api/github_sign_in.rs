//! Signing in with GitHub: who gets in, and what is none of its own sign-ins.

use http::Request;
use jiff::SignedDuration;
use local::sandbox::{Fault, MembershipState};
use serde_json::json;
use tracing::level_filters::LevelFilter;

use crate::browser::{Browser, SESSION, SIGN_IN, comes_back};
use crate::office::{ACCESS_CODE, Office, SESSION_KEY, admin_secret};
use crate::tokens::Log;

const LISTED: &str = "user:admin";

#[tokio::test]
async fn whoever_is_listed_signs_in_and_is_led_back() {
    let office = Office::open_to(LISTED).await;
    let mut browser = Browser::default();
    let page = browser.begins(&office, "/admin/dispatches%3Fstate%3Dunknown").await;
    assert!(page.starts_with(&format!("{}/login/oauth/authorize?client_id=", office.sandbox.url())), "{page}");
    assert!(page.contains("code_challenge_method=S256") && !page.contains("code_verifier"), "{page}");
    let back = comes_back(&office, &page, Some("admin"));
    let answer = browser.opens(&office, &back).await;
    assert_eq!((answer.status, answer.location()), (303, "/admin/dispatches?state=unknown"));

    let me = browser.fetches(&office, "/api/auth").await;
    assert_eq!((me.status, &me.body["subject"]), (200, &json!("@admin")));
    assert_eq!(browser.sees(&office).await.0, 200);
    office.sandbox.look(|world| {
        assert!(world.user_tokens.is_empty() && world.oauth_codes.is_empty(), "a user's token is left");
    });
}

#[tokio::test]
async fn cookies_are_kept_from_scripts_other_hosts_and_plain_http() {
    let office = Office::open_to(LISTED).await;
    let mut browser = Browser::default();
    let begun = browser.opens(&office, "/api/auth/github").await;
    let line = begun.set_cookie(SIGN_IN).expect("a cookie");
    assert!(line.ends_with("; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=600"), "{line}");
    let back = comes_back(&office, begun.location(), Some("admin"));
    let answer = browser.opens(&office, &back).await;
    let line = answer.set_cookie(SESSION).expect("a cookie");
    assert!(line.ends_with("; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=28800"), "{line}");
    let line = answer.set_cookie(SIGN_IN).expect("a cookie that is taken");
    assert_eq!(line, "__Host-ai-implement-sign-in=; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0");
    assert_eq!(answer.headers["cache-control"], "no-store");
}

#[tokio::test]
async fn nobody_is_led_to_another_host() {
    let office = Office::open_to(LISTED).await;
    for elsewhere in ["//evil.example", "https://evil.example/admin", "/%5Cevil.example", "/admin/..%2F..", "/", ""] {
        let mut browser = Browser::default();
        let page = browser.begins(&office, elsewhere).await;
        let back = comes_back(&office, &page, Some("admin"));
        let answer = browser.opens(&office, &back).await;
        assert_eq!((answer.status, answer.location()), (303, "/admin"), "{elsewhere}");
    }
}

#[tokio::test]
async fn members_of_an_organisation_or_a_team_get_in_and_others_do_not() {
    for (allow, in_, out) in [
        ("org:octo", vec!["admin", "maintainer"], vec!["writer", "stranger"]),
        ("team:octo/platform", vec!["maintainer"], vec!["admin", "writer"]),
        ("team:octo/nobody-made-it", vec![], vec!["admin", "maintainer"]),
        ("user:writer user-id:710001", vec!["admin", "writer"], vec!["maintainer"]),
        ("team:octo/platform,user:stranger", vec!["maintainer", "stranger"], vec!["admin"]),
    ] {
        let office = Office::open_to(allow).await;
        for login in in_ {
            let mut browser = Browser::default();
            let answer = browser.signs_in(&office, login).await;
            assert_eq!((answer.status, answer.location()), (303, "/admin"), "{login} by {allow}");
            assert_eq!(browser.sees(&office).await.0, 200, "{login} by {allow}");
        }
        for login in out {
            let mut browser = Browser::default();
            let answer = browser.signs_in(&office, login).await;
            assert_eq!(answer.location(), "/admin/sign-in?problem=NOT_ALLOWED", "{login} by {allow}");
            assert_eq!(browser.sees(&office).await, (401, "NOT_SIGNED_IN".to_owned()), "{login} by {allow}");
        }
    }
}

#[tokio::test]
async fn who_was_invited_is_no_member_yet() {
    let office = Office::open_to("org:octo team:octo/platform").await;
    for team in [None, Some("platform")] {
        let pending = Some(MembershipState::Pending);
        office.sandbox.set_membership("writer", ("octo", team), pending).expect("a user");
    }
    let answer = Browser::default().signs_in(&office, "writer").await;
    assert_eq!(answer.location(), "/admin/sign-in?problem=NOT_ALLOWED");
}

#[tokio::test]
async fn without_a_list_or_a_client_secret_it_is_off_and_says_so() {
    let nobody = Office::open().await;
    let without_app = Office::open_to(LISTED).await;
    without_app.put_secret("github-app", r#"{"app_id": 1, "private_key": "x", "client_id": "Iv1"}"#);
    for office in [&nobody, &without_app] {
        let answer = Browser::default().fetches(office, "/api/auth/github").await;
        assert_eq!(answer.code(), (403, "GITHUB_SIGN_IN_OFF"));
        let detail = answer.body["detail"].as_str().unwrap_or_default();
        assert!(detail.contains("client_secret") && detail.contains("ADMIN_ALLOW"), "{detail}");
        let page = Browser::default().opens(office, "/api/auth/github").await;
        assert_eq!((page.status, page.location()), (303, "/admin/sign-in?problem=GITHUB_SIGN_IN_OFF"));
    }
    without_app.put_app_secret(&without_app.sandbox.app().client_secret);
    without_app.hand.advance(SignedDuration::from_secs(30));
    Browser::default().begins(&without_app, "/admin").await;
}

#[tokio::test]
async fn a_state_that_is_not_this_browsers_is_refused_and_asks_nothing_of_github() {
    let office = Office::open_to(LISTED).await;
    let (mut mine, mut theirs) = (Browser::default(), Browser::default());
    let (page, other) = (mine.begins(&office, "/admin").await, theirs.begins(&office, "/admin").await);
    let (back, of_other) = (comes_back(&office, &page, Some("admin")), comes_back(&office, &other, Some("admin")));
    let own = mine.cookie(SIGN_IN).expect("a cookie").to_owned();
    let codes = office.sandbox.look(|world| world.oauth_codes.len());
    let (code, _) = back.split_once("&state=").expect("a state");
    let (claims, signature) = own.split_once('.').expect("a signature");
    for (cookie, path) in [
        (None, back.as_str()),
        (Some(""), &back),
        (Some(claims), &back),
        (Some(&format!("{claims}.{}", &signature[1..])), &back),
        (Some(&own), &of_other),
        (Some(&own), code),
        (Some(&own), &format!("{code}&state=")),
        (Some(&own), &format!("{back}x")),
        (Some(&own), "/api/auth/github/callback"),
        (Some(&own), "/api/auth/github/callback?error=access_denied"),
    ] {
        let mut browser = Browser::default();
        browser.set_cookie(SIGN_IN, cookie.unwrap_or_default());
        let answer = browser.fetches(&office, path).await;
        assert_eq!(answer.code(), (400, "SIGN_IN_EXPIRED"), "{path} with {cookie:?}");
        assert!(answer.set_cookie(SESSION).is_none());
    }
    assert_eq!(office.sandbox.look(|world| world.oauth_codes.len()), codes, "a code was exchanged");
    assert_eq!(mine.opens(&office, &back).await.location(), "/admin");
}

#[tokio::test]
async fn a_sign_in_ends_once_and_within_ten_minutes() {
    let office = Office::open_to(LISTED).await;
    let mut browser = Browser::default();
    let page = browser.begins(&office, "/admin").await;
    let back = comes_back(&office, &page, Some("admin"));
    let before = browser.clone();
    assert_eq!(browser.opens(&office, &back).await.location(), "/admin");
    // The browser has forgotten it; and whoever copied its cookie has a code that GitHub takes no more.
    for mut again in [browser, before] {
        assert_eq!(again.fetches(&office, &back).await.code(), (400, "SIGN_IN_EXPIRED"));
    }
    let mut late = Browser::default();
    let page = late.begins(&office, "/admin").await;
    let back = comes_back(&office, &page, Some("admin"));
    office.hand.advance(SignedDuration::from_mins(10));
    assert_eq!(late.fetches(&office, &back).await.code(), (400, "SIGN_IN_EXPIRED"));
}

#[tokio::test]
async fn a_code_of_another_browser_is_worth_nothing() {
    let office = Office::open_to(LISTED).await;
    let (mut mine, mut theirs) = (Browser::default(), Browser::default());
    let (page, other) = (mine.begins(&office, "/admin").await, theirs.begins(&office, "/admin").await);
    let (back, of_other) = (comes_back(&office, &page, Some("writer")), comes_back(&office, &other, Some("admin")));
    // Their code with my state: PKCE ties it to their browser.
    let (_, state) = back.split_once("&state=").expect("a state");
    let (code, _) = of_other.split_once("&state=").expect("a state");
    let answer = mine.fetches(&office, &format!("{code}&state={state}")).await;
    assert_eq!(answer.code(), (400, "SIGN_IN_EXPIRED"));
}

#[tokio::test]
async fn who_declines_is_told_how_to_begin_again() {
    let office = Office::open_to(LISTED).await;
    let mut browser = Browser::default();
    let page = browser.begins(&office, "/admin").await;
    let back = comes_back(&office, &page, None);
    let mut program = browser.clone();
    assert_eq!(browser.opens(&office, &back).await.location(), "/admin/sign-in?problem=ACCESS_DENIED");
    assert_eq!(program.fetches(&office, &back).await.code(), (403, "ACCESS_DENIED"));
    assert_eq!(browser.cookie(SIGN_IN), None);
}

#[tokio::test]
async fn a_rotated_client_secret_is_said_and_then_taken() {
    let office = Office::open_to(LISTED).await;
    office.put_app_secret("of last year");
    let mut browser = Browser::default();
    let answer = browser.signs_in(&office, "admin").await;
    assert_eq!(answer.location(), "/admin/sign-in?problem=GITHUB_SIGN_IN_MISCONFIGURED");
    office.put_app_secret(&office.sandbox.app().client_secret);
    office.hand.advance(SignedDuration::from_mins(5));
    assert_eq!(browser.signs_in(&office, "admin").await.location(), "/admin");
}

#[tokio::test]
async fn while_github_is_out_nobody_gets_in_and_nobody_is_refused() {
    for (allow, method, path) in [
        (LISTED, "POST", "/login/oauth/access_token"),
        (LISTED, "GET", "/user"),
        ("org:octo", "GET", "/orgs/octo/installation"),
        ("org:octo", "POST", "/app/installations/*/access_tokens"),
        ("org:octo", "GET", "/orgs/octo/memberships/admin"),
        ("team:octo/platform", "GET", "/orgs/octo/teams/platform/memberships/admin"),
    ] {
        let office = Office::open_to(allow).await;
        for status in [403, 429, 500, 502] {
            office.sandbox.script_fault(Fault { status: Some(status), ..Fault::on(method, path) });
            let mut browser = Browser::default();
            let page = browser.begins(&office, "/admin").await;
            let back = comes_back(&office, &page, Some("admin"));
            let answer = browser.fetches(&office, &back).await;
            assert_eq!(answer.code(), (503, "GITHUB_UNAVAILABLE"), "{status} of {method} {path}");
            assert!(answer.set_cookie(SESSION).is_none());
        }
        assert_eq!(office.sandbox.fault_hits(), 4, "{method} {path}");
    }
}

#[tokio::test]
async fn a_membership_that_can_not_be_read_is_no_answer() {
    let office = Office::open_to("org:octo").await;
    office.sandbox.edit_world(|world| world.installation.permissions.remove("members"));
    let answer = Browser::default().signs_in(&office, "admin").await;
    assert_eq!(answer.location(), "/admin/sign-in?problem=GITHUB_UNAVAILABLE");
    office.sandbox.uninstall().await;
    let answer = Browser::default().signs_in(&office, "admin").await;
    assert_eq!(answer.location(), "/admin/sign-in?problem=GITHUB_UNAVAILABLE");
}

#[tokio::test]
async fn one_entry_that_can_not_be_asked_about_keeps_nobody_out_of_another() {
    let office = Office::open_to("org:elsewhere, team:octo/platform").await;
    assert_eq!(Browser::default().signs_in(&office, "maintainer").await.location(), "/admin");
    let answer = Browser::default().signs_in(&office, "writer").await;
    assert_eq!(answer.location(), "/admin/sign-in?problem=GITHUB_UNAVAILABLE");
}

#[tokio::test]
async fn a_token_that_can_not_be_taken_back_keeps_nobody_out() {
    let office = Office::open_to(LISTED).await;
    office.sandbox.script_fault(Fault { status: Some(500), ..Fault::on("DELETE", "/applications/*/token") });
    assert_eq!(Browser::default().signs_in(&office, "admin").await.location(), "/admin");
    assert_eq!(office.sandbox.fault_hits(), 1);
}

#[tokio::test]
async fn who_is_refused_too_often_waits_and_the_access_code_does_not() {
    const HERE: &str = "203.0.113.9";
    let office = Office::open_to(LISTED).await;
    let mut browser = Browser::at(HERE);
    for _ in 0..20 {
        assert_eq!(browser.signs_in(&office, "writer").await.location(), "/admin/sign-in?problem=NOT_ALLOWED");
    }
    let page = browser.begins(&office, "/admin").await;
    let back = comes_back(&office, &page, Some("admin"));
    let answer = browser.fetches(&office, &back).await;
    assert_eq!(answer.code(), (429, "RATE_LIMITED"));
    assert!(answer.headers.contains_key("retry-after"));
    assert_eq!(office.tries(ACCESS_CODE, HERE).await.status, 200);
    assert_eq!(Browser::at("203.0.113.10").signs_in(&office, "admin").await.location(), "/admin");
}

#[tokio::test]
async fn what_another_site_makes_a_browser_send_locks_nobody_out() {
    let office = Office::open_to(LISTED).await;
    for _ in 0..30 {
        let answer = Browser::default().fetches(&office, "/api/auth/github/callback?code=x&state=y").await;
        assert_eq!(answer.code(), (400, "SIGN_IN_EXPIRED"));
    }
    assert_eq!(Browser::default().signs_in(&office, "admin").await.location(), "/admin");
}

#[tokio::test]
async fn a_sign_in_that_an_instance_with_a_newer_key_began_is_ended() {
    let office = Office::open_to(LISTED).await;
    let mut browser = Browser::default();
    browser.signs_in(&office, "admin").await;
    let newer = admin_secret(ACCESS_CODE, &SESSION_KEY.replace('0', "1"));
    office.put_secret("admin", &newer);
    let mut instance = Office::open_to(LISTED).await;
    instance.put_secret("admin", &newer);
    instance.sandbox = office.sandbox.clone();
    instance.put_app_secret(&office.sandbox.app().client_secret);
    instance.starts_anew_with(LISTED);
    let page = browser.begins(&instance, "/admin").await;
    office.hand.advance(SignedDuration::from_secs(30));
    let back = comes_back(&office, &page, Some("admin"));
    assert_eq!(browser.opens(&office, &back).await.location(), "/admin");
}

#[tokio::test]
async fn without_a_table_or_a_secret_nobody_gets_in() {
    let mut office = Office::without_a_table().await;
    office.starts_anew_with(LISTED);
    let answer = Browser::default().signs_in(&office, "admin").await;
    assert_eq!(answer.location(), "/admin/sign-in?problem=UNAVAILABLE");
    let office = Office::open_to(LISTED).await;
    office.remove_secret("admin");
    let answer = Browser::default().fetches(&office, "/api/auth/github").await;
    assert_eq!(answer.code(), (503, "NO_SECRET"));
}

#[tokio::test]
async fn both_routes_only_read() {
    let office = Office::open_to(LISTED).await;
    for path in ["/api/auth/github", "/api/auth/github/callback"] {
        let answer = office.answer(Request::post(path), "").await;
        assert_eq!(answer.code(), (405, "METHOD_NOT_ALLOWED"), "{path}");
    }
}

/// Of everybody, at every level; the test's runtime has one thread, so all of it comes here.
#[tokio::test]
async fn no_log_has_a_secret_of_a_sign_in() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber =
        tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_writer(move || writer.clone()).finish();
    let logged = tracing::subscriber::set_default(subscriber);
    let office = Office::open_to("org:octo").await;
    let mut browser = Browser::default();
    let page = browser.begins(&office, "/admin").await;
    let cookie = browser.cookie(SIGN_IN).expect("a cookie").to_owned();
    let back = comes_back(&office, &page, Some("admin"));
    browser.opens(&office, &back).await;
    assert_eq!(Browser::default().signs_in(&office, "writer").await.status, 303);
    drop(logged);

    let written = log.text();
    for event in ["somebody signed in", "somebody is not allowed"] {
        let is_it = |line: &&str| line.contains(event) && line.contains("github.id=71000");
        assert!(written.lines().any(|line| is_it(&line)), "{event} is not logged");
    }
    let query = back.split_once('?').expect("a query").1;
    let (code, state) = query.split_once("&state=").expect("a state");
    let session = browser.cookie(SESSION).expect("a session").to_owned();
    let client_secret = office.sandbox.app().client_secret;
    for secret in
        [code.strip_prefix("code=").expect("a code"), state, &cookie, &session, &client_secret, "ghu_", "ghs_"]
    {
        assert!(!written.contains(secret), "the log has {secret}");
    }
}
