//! Who signed in with GitHub and is no longer allowed.

use http::Request;
use jiff::SignedDuration;
use local::sandbox::{Fault, MembershipState};

use crate::browser::{Browser, SESSION};
use crate::office::Office;

const STAYS: (u16, &str) = (200, "");
const GOES: (u16, &str) = (401, "NO_LONGER_ALLOWED");
const UNKNOWN: (u16, &str) = (503, "GITHUB_UNAVAILABLE");

async fn signed_in(office: &Office, login: &str) -> Browser {
    let mut browser = Browser::default();
    assert_eq!(browser.signs_in(office, login).await.location(), "/admin");
    browser
}

/// What a browser sees, and keeps its cookie all the same.
async fn sees(browser: &Browser, office: &Office) -> (u16, String) {
    browser.clone().sees(office).await
}

async fn assert_sees(browser: &Browser, office: &Office, expected: (u16, &str), when: &str) {
    let (status, code) = sees(browser, office).await;
    assert_eq!((status, code.as_str()), expected, "{when}");
}

fn leaves(office: &Office, login: &str, team: Option<&str>) {
    office.sandbox.set_membership(login, ("octo", team), None).expect("a user");
}

fn minutes(office: &Office, minutes: i64) {
    office.hand.advance(SignedDuration::from_mins(minutes));
}

/// GitHub answers no question about members until the faults are cleared.
fn goes_out(office: &Office) {
    office.sandbox.script_fault(Fault { status: Some(502), times: 1_000, ..Fault::on("GET", "/orgs/*") });
}

#[tokio::test]
async fn whoever_left_is_out_within_five_minutes_and_loses_their_cookie() {
    for (allow, login, team) in [("org:octo", "admin", None), ("team:octo/platform", "maintainer", Some("platform"))] {
        let office = Office::open_to(allow).await;
        let mut browser = signed_in(&office, login).await;
        leaves(&office, login, team);
        office.hand.advance(SignedDuration::from_secs(299));
        assert_sees(&browser, &office, STAYS, "the answer is young").await;
        office.hand.advance(SignedDuration::from_secs(1));
        let answer = browser.fetches(&office, "/api/mappings").await;
        assert_eq!(answer.code(), GOES, "{allow}");
        let line = answer.set_cookie(SESSION).expect("a cookie that is taken");
        assert_eq!(line, "__Host-ai-implement=; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=0");
        assert_eq!(browser.cookie(SESSION), None);
    }
}

#[tokio::test]
async fn whoever_left_is_led_to_a_page_that_says_why_and_back_to_what_they_wanted() {
    let office = Office::open_to("org:octo").await;
    let mut browser = signed_in(&office, "admin").await;
    leaves(&office, "admin", None);
    minutes(&office, 5);
    let led = browser.opens(&office, "/admin/dispatches?state=failed").await;
    let back = "return_to=%2Fadmin%2Fdispatches%3Fstate%3Dfailed";
    assert_eq!((led.status, led.location()), (303, &*format!("/admin/sign-in?{back}&problem=NO_LONGER_ALLOWED")));
    assert_eq!(browser.cookie(SESSION), None);
    let led = browser.opens(&office, "/admin/dispatches").await;
    assert_eq!(led.location(), "/admin/sign-in?return_to=%2Fadmin%2Fdispatches", "a stranger needs no reason");
}

#[tokio::test]
async fn no_more_is_asked_than_every_five_minutes() {
    let office = Office::open_to("org:octo").await;
    let browser = signed_in(&office, "admin").await;
    office.sandbox.clear_requests();
    for _ in 0..3 {
        assert_sees(&browser, &office, STAYS, "signed in just now").await;
    }
    assert_eq!(office.sandbox.requests().len(), 0);
    minutes(&office, 5);
    for _ in 0..3 {
        assert_sees(&browser, &office, STAYS, "asked once").await;
    }
    let asked = office.sandbox.requests();
    let memberships = asked.iter().filter(|request| request.path.contains("/memberships/")).count();
    assert_eq!((memberships, asked.len()), (1, 3), "{asked:?}");
}

#[tokio::test]
async fn whoever_left_and_came_back_signs_in_again() {
    let office = Office::open_to("org:octo").await;
    let browser = signed_in(&office, "admin").await;
    leaves(&office, "admin", None);
    minutes(&office, 5);
    assert_sees(&browser, &office, GOES, "left").await;
    office.sandbox.set_membership("admin", ("octo", None), Some(MembershipState::Active)).expect("a user");
    minutes(&office, 1);
    assert_sees(&browser, &office, GOES, "the answer is young").await;
    let again = signed_in(&office, "admin").await;
    assert_sees(&again, &office, STAYS, "signed in again").await;
}

#[tokio::test]
async fn a_login_that_became_somebody_elses_is_not_them() {
    for (allow, login, team) in [("org:octo", "admin", None), ("team:octo/platform", "maintainer", Some("platform"))] {
        let office = Office::open_to(allow).await;
        let browser = signed_in(&office, login).await;
        // They gave their login up; whoever took it is a member too.
        office.sandbox.edit_world(|world| {
            let account = world.accounts.iter_mut().find(|account| account.login == login).expect("an account");
            account.id = 999_999;
        });
        office.sandbox.set_membership(login, ("octo", team), Some(MembershipState::Active)).expect("a user");
        minutes(&office, 5);
        assert_sees(&browser, &office, GOES, allow).await;
        let theirs = signed_in(&office, login).await;
        assert_sees(&theirs, &office, STAYS, "a member of their own").await;
    }
}

#[tokio::test]
async fn an_id_lets_in_one_account_whatever_it_is_called() {
    let mut office = Office::open_to("user-id:710001").await;
    let browser = signed_in(&office, "admin").await;
    office.sandbox.edit_world(|world| {
        let mut accounts = world.accounts.iter_mut();
        accounts.find(|account| account.login == "admin").expect("an account").login = "renamed".to_owned();
        accounts.find(|account| account.login == "writer").expect("an account").login = "admin".to_owned();
    });
    assert_eq!(Browser::default().signs_in(&office, "admin").await.location(), "/admin/sign-in?problem=NOT_ALLOWED");
    assert_sees(&signed_in(&office, "renamed").await, &office, STAYS, "renamed").await;
    minutes(&office, 60);
    assert_sees(&browser, &office, STAYS, "the account is the same").await;
    office.starts_anew_with("user:admin");
    assert_eq!(Browser::default().signs_in(&office, "admin").await.location(), "/admin", "a login is anybody's");
}

#[tokio::test]
async fn whoever_is_no_longer_listed_is_out_at_once() {
    for (before, after) in [("user:admin", ""), ("user-id:710001", "user:writer"), ("user:admin", "team:octo/platform")]
    {
        let mut office = Office::open_to(before).await;
        let browser = signed_in(&office, "admin").await;
        office.starts_anew_with(after);
        minutes(&office, 5);
        assert_sees(&browser, &office, GOES, &format!("{before}, then {after}")).await;
    }
}

#[tokio::test]
async fn while_github_is_out_a_yes_holds_for_a_quarter_of_an_hour() {
    let office = Office::open_to("org:octo").await;
    let browser = signed_in(&office, "admin").await;
    goes_out(&office);
    minutes(&office, 14);
    assert_sees(&browser, &office, STAYS, "the last good answer holds").await;
    minutes(&office, 1);
    let answer = browser.clone().fetches(&office, "/api/mappings").await;
    assert_eq!(answer.code(), UNKNOWN);
    assert!(answer.set_cookie(SESSION).is_none(), "nobody knows yet");
    office.sandbox.clear_faults();
    assert_sees(&browser, &office, UNKNOWN, "asked a moment ago").await;
    office.hand.advance(SignedDuration::from_secs(30));
    assert_sees(&browser, &office, STAYS, "GitHub is back").await;
}

#[tokio::test]
async fn an_outage_is_not_asked_about_at_every_request() {
    let office = Office::open_to("org:octo").await;
    let browser = signed_in(&office, "admin").await;
    goes_out(&office);
    minutes(&office, 20);
    for _ in 0..5 {
        assert_sees(&browser, &office, UNKNOWN, "out").await;
    }
    assert_eq!(office.sandbox.fault_hits(), 1);
}

#[tokio::test]
async fn a_permission_that_was_taken_from_the_app_throws_nobody_out_as_no_member() {
    let office = Office::open_to("org:octo").await;
    let browser = signed_in(&office, "admin").await;
    office.sandbox.edit_world(|world| world.installation.permissions.remove("members"));
    minutes(&office, 5);
    assert_sees(&browser, &office, STAYS, "the last good answer holds").await;
    minutes(&office, 10);
    assert_sees(&browser, &office, UNKNOWN, "nobody knows").await;
}

#[tokio::test]
async fn a_bearer_of_somebody_who_left_is_refused_too() {
    let office = Office::open_to("org:octo").await;
    let browser = signed_in(&office, "admin").await;
    let token = browser.cookie(SESSION).expect("a session").to_owned();
    leaves(&office, "admin", None);
    minutes(&office, 5);
    let request = Request::get("/api/mappings").header("authorization", format!("Bearer {token}"));
    assert_eq!(office.answer(request, "").await.code(), GOES);
}

#[tokio::test]
async fn whoever_holds_the_access_code_is_asked_about_nowhere() {
    let office = Office::open_to("org:octo").await;
    let session = office.signs_in().await;
    goes_out(&office);
    minutes(&office, 60);
    assert_eq!(session.get(&office, "/api/mappings").await.status, 200);
    assert_eq!(office.sandbox.fault_hits(), 0);
}
