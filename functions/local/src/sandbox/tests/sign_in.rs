//! How people sign in with the App, and what they belong to.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, LOCATION};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, redirect};
use serde_json::{Value, json};

use super::stage::{Stage, message};

const CALLBACK: &str = "http://127.0.0.1:1/callback";
/// The pair of RFC 7636's appendix B.
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

async fn stage() -> Stage {
    let stage = Stage::new().await;
    stage.sandbox.set_callback_url(CALLBACK);
    stage
}

fn page(stage: &Stage) -> String {
    let client_id = stage.sandbox.app().client_id;
    let pkce = format!("code_challenge={CHALLENGE}&code_challenge_method=S256");
    format!(
        "{}/login/oauth/authorize?client_id={client_id}&redirect_uri={CALLBACK}&state=a%20b&{pkce}",
        stage.sandbox.url()
    )
}

fn browser() -> Client {
    Client::builder().redirect(redirect::Policy::none()).build().unwrap()
}

async fn presses(stage: &Stage, button: &str) -> Response {
    browser().post(page(stage)).body(button.to_owned()).send().await.unwrap()
}

async fn code(stage: &Stage) -> String {
    let location = presses(stage, "login=maintainer").await.headers()[LOCATION].to_str().unwrap().to_owned();
    let code = location.strip_prefix(&format!("{CALLBACK}?code=")).unwrap().strip_suffix("&state=a%20b").unwrap();
    code.to_owned()
}

async fn exchange(stage: &Stage, changes: Value) -> Value {
    let app = stage.sandbox.app();
    let mut body = json!({
        "client_id": app.client_id,
        "client_secret": app.client_secret,
        "redirect_uri": CALLBACK,
        "code_verifier": VERIFIER,
    });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let url = format!("{}/login/oauth/access_token", stage.sandbox.url());
    browser().post(url).header(ACCEPT, "application/json").json(&body).send().await.unwrap().json().await.unwrap()
}

/// A call as the App, by its client secret.
fn as_client(stage: &Stage, secret: &str, token: &str) -> RequestBuilder {
    let client_id = stage.sandbox.app().client_id;
    let url = format!("{}/applications/{client_id}/token", stage.sandbox.url());
    browser().request(Method::DELETE, url).basic_auth(client_id, Some(secret)).json(&json!({"access_token": token}))
}

#[tokio::test]
async fn a_person_consents_and_is_told_by_a_token_that_can_be_taken_back() {
    let stage = stage().await;
    let code = code(&stage).await;
    let token = exchange(&stage, json!({"code": code})).await["access_token"].as_str().unwrap().to_owned();
    let me: Value = stage.get("/user", &token).await.json().await.unwrap();
    assert_eq!((&me["login"], &me["id"]), (&json!("maintainer"), &json!(710_002)));

    assert_eq!(as_client(&stage, "wrong", &token).send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
    let secret = stage.sandbox.app().client_secret;
    assert_eq!(as_client(&stage, &secret, &token).send().await.unwrap().status(), StatusCode::NO_CONTENT);
    assert_eq!(as_client(&stage, &secret, &token).send().await.unwrap().status(), StatusCode::NOT_FOUND);
    assert_eq!(message(stage.get("/user", &token).await).await, "Bad credentials");
}

#[tokio::test]
async fn a_code_is_good_for_one_exchange_that_fits_it() {
    let stage = stage().await;
    for (wrong, told) in [
        (json!({"client_secret": "wrong"}), "incorrect_client_credentials"),
        (json!({"redirect_uri": "http://127.0.0.1:1/other"}), "redirect_uri_mismatch"),
        (json!({"code_verifier": "x".repeat(43)}), "bad_verification_code"),
        (json!({"code_verifier": null}), "bad_verification_code"),
        (json!({"code": "x"}), "bad_verification_code"),
    ] {
        let mut changes = json!({"code": code(&stage).await});
        changes.as_object_mut().unwrap().extend(wrong.as_object().unwrap().clone());
        assert_eq!(exchange(&stage, changes).await["error"], told, "{wrong}");
    }
    let code = code(&stage).await;
    assert!(exchange(&stage, json!({"code": code})).await["access_token"].is_string());
    assert_eq!(exchange(&stage, json!({"code": code})).await["error"], "bad_verification_code");
}

#[tokio::test]
async fn who_asks_for_no_json_is_answered_with_a_form() {
    let stage = stage().await;
    let app = stage.sandbox.app();
    let (id, secret, code) = (app.client_id, app.client_secret, code(&stage).await);
    let body = format!("client_id={id}&client_secret={secret}&code={code}&code_verifier={VERIFIER}");
    let url = format!("{}/login/oauth/access_token", stage.sandbox.url());
    let request = browser().post(url).header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body);
    let answer = request.send().await.unwrap().text().await.unwrap();
    assert!(answer.starts_with("access_token=ghu_") && answer.contains("&token_type=bearer"), "{answer}");
}

#[tokio::test]
async fn the_page_lists_people_and_who_declines_is_sent_back_with_word_of_it() {
    let stage = stage().await;
    let shown = browser().get(page(&stage)).send().await.unwrap().text().await.unwrap();
    for login in ["admin", "maintainer", "stranger"] {
        assert!(shown.contains(&format!("Sign in as {login}")), "{shown}");
    }
    assert!(!shown.contains("helper[bot]") && !shown.contains("Sign in as octo"), "{shown}");
    let location = presses(&stage, "deny=1").await.headers()[LOCATION].to_str().unwrap().to_owned();
    assert!(location.starts_with(&format!("{CALLBACK}?error=access_denied&")) && location.ends_with("&state=a%20b"));
    assert_eq!(presses(&stage, "login=octo").await.status(), StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn nobody_is_sent_to_where_the_apps_settings_do_not_say() {
    let stage = stage().await;
    for (changed, to) in [(CALLBACK, "http://127.0.0.1:1/other"), ("Iv23", "Iv24"), ("=S256", "=plain")] {
        let answer = browser().post(page(&stage).replace(changed, to)).body("login=admin").send().await.unwrap();
        assert!(answer.status().is_client_error() && !answer.headers().contains_key(LOCATION), "{to}");
    }
}

#[tokio::test]
async fn members_are_told_to_the_organisations_installation_alone() {
    let stage = stage().await;
    let token = stage.token().await;
    let member: Value = stage.get("/orgs/octo/memberships/admin", &token).await.json().await.unwrap();
    assert_eq!((&member["state"], &member["user"]["id"]), (&json!("active"), &json!(710_001)));
    let team = "/orgs/octo/teams/platform/memberships";
    assert_eq!(stage.get(&format!("{team}/maintainer"), &token).await.status(), StatusCode::OK);
    for nobody in ["/orgs/octo/memberships/writer", &format!("{team}/admin"), "/orgs/nowhere/memberships/admin"] {
        assert_eq!(stage.get(nobody, &token).await.status(), StatusCode::NOT_FOUND, "{nobody}");
    }
    let narrowed: Value = stage.mint(json!({"permissions": {"issues": "read"}})).await.json().await.unwrap();
    let refused = stage.get("/orgs/octo/memberships/admin", narrowed["token"].as_str().unwrap()).await;
    assert_eq!(message(refused).await, "Resource not accessible by integration");
}

#[tokio::test]
async fn somebody_is_taken_in_and_out_by_a_control_route() {
    let stage = stage().await;
    let token = stage.token().await;
    let url = format!("{}/_sandbox/memberships", stage.sandbox.url());
    let control = async |body: Value| browser().post(&url).json(&body).send().await.unwrap().status();
    let standing = async |path: &str| {
        let answer: Value = stage.get(&format!("/orgs/octo/{path}"), &token).await.json().await.unwrap();
        answer["state"].as_str().map(str::to_owned)
    };
    let invited = json!({"user": "writer", "organization": "octo", "state": "pending"});
    assert_eq!(control(invited).await, StatusCode::NO_CONTENT);
    assert_eq!(standing("memberships/writer").await.as_deref(), Some("pending"));
    assert_eq!(control(json!({"user": "maintainer", "organization": "octo"})).await, StatusCode::NO_CONTENT);
    assert_eq!(standing("memberships/maintainer").await, None);
    assert_eq!(standing("teams/platform/memberships/maintainer").await, None, "who leaves leaves the teams too");
    assert_eq!(control(json!({"user": "nobody", "organization": "octo"})).await, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_user_is_shown_to_whoever_has_a_token() {
    let stage = stage().await;
    let token = stage.token().await;
    let user: Value = stage.get("/users/ADMIN", &token).await.json().await.unwrap();
    assert_eq!((&user["login"], &user["id"]), (&json!("admin"), &json!(710_001)));
    assert_eq!(stage.get("/users/nobody", &token).await.status(), StatusCode::NOT_FOUND);
    let basic = browser().get(format!("{}/user", stage.sandbox.url())).header(AUTHORIZATION, "Basic eDp5");
    assert_eq!(basic.send().await.unwrap().status(), StatusCode::UNAUTHORIZED);
}
