//! The mappings API on the deployed stack, in the hands of an operator with the access code.

use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use crate::secrets::ACCESS_CODE;
use crate::stage::{PATIENCE, Stage};
use crate::wait::until;

/// Signs in and sets the mappings that the other scenes work with.
pub(crate) async fn are_set_through_the_api(stage: &Stage<'_>) {
    let (status, refused) = ask(stage, Method::PUT, "/api/mappings/octo/bedrock", None, Some(&json!({}))).await;
    assert_eq!((status, &refused["code"]), (401, &json!("NOT_SIGNED_IN")), "{refused}");
    until(PATIENCE, "the access code that was put is the one that counts", async || {
        let guess = json!({"accessCode": "a guess"});
        let (status, refused) = ask(stage, Method::POST, "/api/auth", None, Some(&guess)).await;
        // Until it is read again, the one that the stack was made with counts: none.
        let is_read = refused["code"] != "ACCESS_CODE_DISABLED";
        is_read.then(|| assert_eq!((status, &refused["code"]), (401, &json!("BAD_ACCESS_CODE")), "{refused}"))
    })
    .await;

    let token = sign_in(stage).await;
    let bedrock = json!({"provider": "bedrock", "awsRegion": "us-west-2"});
    for (repo, settings) in [("octo/bedrock", &bedrock), ("octo/anthropic", &json!({}))] {
        let (status, saved) = ask(stage, Method::PUT, &path(repo), Some(&token), Some(settings)).await;
        assert_eq!((status, &saved["bound"]), (201, &json!(true)), "{saved}");
        assert_eq!(saved["mapping"]["repoId"], stage.repo_id(repo));
    }
    let (status, list) = ask(stage, Method::GET, "/api/mappings", Some(&token), None).await;
    assert_eq!((status, list["mappings"].as_array().map(Vec::len)), (200, Some(2)), "{list}");
    let (status, conflict) = ask(stage, Method::PUT, &path("octo/bedrock"), Some(&token), Some(&bedrock)).await;
    assert_eq!((status, &conflict["code"]), (409, &json!("VERSION_CONFLICT")), "{conflict}");
    let (status, fault) =
        ask(stage, Method::PUT, &path("octo/anthropic"), Some(&token), Some(&json!({"provider": "bedrock"}))).await;
    assert_eq!((status, &fault["errors"][0]["field"]), (400, &json!("awsRegion")), "{fault}");
}

/// Signs in; the session's token.
pub(crate) async fn sign_in(stage: &Stage<'_>) -> String {
    let (status, session) =
        ask(stage, Method::POST, "/api/auth", None, Some(&json!({"accessCode": ACCESS_CODE}))).await;
    assert_eq!(status, 200, "{session}");
    session["token"].as_str().expect("a token").to_owned()
}

/// Asks the API; the status and the JSON of its answer.
pub(crate) async fn ask(
    stage: &Stage<'_>,
    method: Method,
    path: &str,
    token: Option<&str>,
    body: Option<&Value>,
) -> (u16, Value) {
    let request = stage.http.request(method, format!("{}{path}", stage.output("ApiUrl")));
    let request = token.into_iter().fold(request, RequestBuilder::bearer_auth);
    let request = body.into_iter().fold(request, RequestBuilder::json);
    let answer = request.send().await.expect("API Gateway answers");
    (answer.status().as_u16(), answer.json().await.unwrap_or(Value::Null))
}

fn path(repo: &str) -> String {
    format!("/api/mappings/{repo}")
}
