//! Signing in with GitHub, as a browser does it: from our address over GitHub's page and back.

use domain::admin_allow::{AdminAllow, Membership};
use domain::ids::UserId;
use github::User;
use local::sandbox::MembershipState;
use reqwest::header::{ACCEPT, COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response, redirect};
use serde_json::Value;

use crate::conversation::conversations;
use crate::stage::Stage;

conversations![
    somebody_signs_in_on_githubs_page,
    somebody_declines_on_githubs_page,
    a_membership_is_read_with_a_token_of_the_organisations_own,
];

fn browser() -> Client {
    Client::builder().redirect(redirect::Policy::none()).build().expect("a client")
}

fn header(answer: &Response, name: reqwest::header::HeaderName) -> String {
    answer.headers()[name].to_str().expect("a text").to_owned()
}

/// The cookie that an answer gives, as it is sent back.
fn cookie(answer: &Response) -> String {
    header(answer, SET_COOKIE).split(';').next().expect("a cookie").to_owned()
}

/// Goes to GitHub's page and presses a button there; our answer to what comes of it.
async fn presses(stage: &Stage, button: &str) -> Response {
    let browser = browser();
    let begun = browser.get(format!("{}/api/auth/github", stage.system.url())).send().await.expect("the admin answers");
    let (page, cookie) = (header(&begun, LOCATION), cookie(&begun));
    let shown = browser.get(&page).send().await.expect("GitHub answers").text().await.expect("a page");
    assert!(shown.contains("Sign in as admin") && shown.contains("Cancel"), "{shown}");
    let pressed = browser.post(&page).body(button.to_owned()).send().await.expect("GitHub answers");
    let back = header(&pressed, LOCATION);
    assert!(back.starts_with(stage.system.url()), "{back}");
    browser.get(back).header(COOKIE, cookie).header(ACCEPT, "text/html").send().await.expect("the admin answers")
}

async fn somebody_signs_in_on_githubs_page(stage: &Stage) {
    let signed_in = presses(stage, "login=admin").await;
    assert_eq!((signed_in.status().as_u16(), header(&signed_in, LOCATION).as_str()), (303, "/admin"));
    let me = browser().get(format!("{}/api/auth", stage.system.url())).header(COOKIE, cookie(&signed_in));
    let me: Value = me.send().await.expect("the admin answers").json().await.expect("JSON");
    assert_eq!(me["subject"], "@admin", "{me}");
    assert!(stage.at_github(|world| world.user_tokens.is_empty()), "a user's token is left");
}

async fn somebody_declines_on_githubs_page(stage: &Stage) {
    let back = presses(stage, "deny=1").await;
    assert_eq!(header(&back, LOCATION), "/admin/sign-in?problem=ACCESS_DENIED");
}

async fn a_membership_is_read_with_a_token_of_the_organisations_own(stage: &Stage) {
    let github = stage.system.worker().github.client().await.expect("the App's credentials");
    let organization = github.organization("octo").await.expect("an installation");
    let allow: AdminAllow = "org:octo, team:octo/platform".parse().expect("a list");
    let memberships: Vec<&Membership> = allow.memberships().collect();
    let belongs = async |login: &str, id: u64| {
        let user = User { id: UserId::new(id), login: login.to_owned() };
        let mut belongs = Vec::new();
        for membership in &memberships {
            belongs.push(organization.has(membership, &user).await.expect("an answer"));
        }
        belongs
    };
    assert_eq!(belongs("admin", 710_001).await, [true, false]);
    assert_eq!(belongs("maintainer", 710_002).await, [true, true]);
    assert_eq!(belongs("maintainer", 710_001).await, [false, false], "somebody else of that login");
    assert_eq!(belongs("stranger", 710_007).await, [false, false]);
    assert_eq!(belongs("nobody", 1).await, [false, false]);
    stage.sandbox.set_membership("writer", ("octo", None), Some(MembershipState::Pending)).expect("a user");
    assert_eq!(belongs("writer", 710_003).await, [false, false]);
}
