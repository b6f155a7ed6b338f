//! The admin's pages on the deployed stack, in the hands of an operator whose browser runs no script.

use http::StatusCode;
use http::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Client, Response};

use crate::secrets::ACCESS_CODE;
use crate::stage::Stage;

const EDIT: &str = "/admin/repositories/octo/anthropic/edit";

/// A browser: it keeps one cookie, and goes where it is sent only when it is told.
struct Browser {
    client: Client,
    url: String,
    cookie: String,
}

/// Signs in on the page, edits a mapping in its form, and finds it on the repository's page.
pub(crate) async fn edit_a_mapping(stage: &Stage<'_>) {
    let mut browser = Browser::open(stage);
    let led = browser.get(EDIT).await;
    let sign_in = location(&led);
    assert!(sign_in.starts_with("/admin/sign-in?return_to="), "{sign_in}");
    let form = browser.get(&sign_in).await;
    let policy = form.headers()["content-security-policy"].to_str().expect("a text").to_owned();
    assert!(policy.contains("default-src 'none'"), "{policy}");

    let signed_in = browser.post("/admin/sign-in", &[("access_code", ACCESS_CODE), ("return_to", EDIT)]).await;
    assert_eq!((signed_in.status(), location(&signed_in)), (StatusCode::SEE_OTHER, EDIT.to_owned()));
    browser.keep_the_cookie_of(&signed_in);

    let form = browser.get(EDIT).await.text().await.expect("a page");
    let (csrf, version) = (field(&form, "csrf"), field(&form, "version"));
    let typed = [
        ("csrf", csrf.as_str()),
        ("version", &version),
        ("provider", "anthropic"),
        ("planningEnabled", "on"),
        ("autoApprovePlans", "on"),
        ("maxTurns", "41"),
    ];
    let saved = browser.post(EDIT, &typed).await;
    let status = saved.status();
    assert_eq!(status, StatusCode::SEE_OTHER, "{}", saved.text().await.unwrap_or_default());
    let page = browser.get("/admin/repositories/octo/anthropic").await.text().await.expect("a page");
    assert!(page.contains("41, 3, 90"), "{page}");

    let late = browser.post(EDIT, &typed).await;
    assert_eq!(late.status(), StatusCode::CONFLICT, "the same version again");
    let style = page.split_once("/admin/assets/").and_then(|(_, rest)| rest.split('"').next()).expect("a stylesheet");
    let asset = browser.get(&format!("/admin/assets/{style}")).await;
    let kept = asset.headers()["cache-control"].to_str().expect("a text").to_owned();
    assert_eq!((asset.status(), kept.contains("immutable")), (StatusCode::OK, true));
}

impl Browser {
    fn open(stage: &Stage<'_>) -> Self {
        Self { client: stage.http.clone(), url: stage.output("ApiUrl").to_owned(), cookie: String::new() }
    }

    async fn get(&self, path: &str) -> Response {
        let request = self.client.get(format!("{}{path}", self.url)).header(COOKIE, &self.cookie);
        request.send().await.expect("API Gateway answers")
    }

    async fn post(&self, path: &str, fields: &[(&str, &str)]) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let request = self.client.post(format!("{}{path}", self.url)).header(COOKIE, &self.cookie);
        let request = request.header("content-type", "application/x-www-form-urlencoded").body(body);
        request.send().await.expect("API Gateway answers")
    }

    fn keep_the_cookie_of(&mut self, answer: &Response) {
        let cookie = answer.headers()[SET_COOKIE].to_str().expect("a text");
        cookie.split(';').next().unwrap_or_default().clone_into(&mut self.cookie);
    }
}

fn location(answer: &Response) -> String {
    answer.headers()[LOCATION].to_str().expect("a text").to_owned()
}

/// The value of a hidden field.
fn field(page: &str, name: &str) -> String {
    let value = page.split_once(&format!("name=\"{name}\" value=\"")).and_then(|(_, rest)| rest.split('"').next());
    value.unwrap_or_else(|| panic!("the form has a field {name}: {page}")).to_owned()
}
