//! Who gets in, and how far.

use jiff::Timestamp;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::stage::{REPOSITORY, Stage, message, signed_jwt};
use crate::sandbox::auth::AppKey;
use crate::sandbox::world::Access;

#[tokio::test]
async fn a_good_jwt_is_the_app() {
    let stage = Stage::new().await;
    let app: Value = stage.get("/app", &stage.jwt(-60, 540)).await.json().await.unwrap();
    assert_eq!(app["slug"], "ai-implement");
}

#[tokio::test]
async fn a_jwt_of_another_key_is_refused() {
    let stage = Stage::new().await;
    let forged = signed_jwt(&AppKey::generate().unwrap().private_key_pem, -60, 540);
    let answer = stage.get("/app", &forged).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(message(answer).await, "A JSON web token could not be decoded");
}

#[tokio::test]
async fn a_jwt_with_wrong_times_is_refused() {
    let stage = Stage::new().await;
    for (case, issued, expires) in [("expired", -700, -100), ("too long", 0, 700), ("of tomorrow", 300, 500)] {
        let answer = stage.get("/app", &stage.jwt(issued, expires)).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{case}");
    }
}

#[tokio::test]
async fn a_narrowed_token_stays_within_its_repository_and_permissions() {
    let stage = Stage::new().await;
    let narrowing = json!({ "repositories": ["anthropic"], "permissions": { "issues": "read" } });
    let answer: Value = stage.mint(narrowing).await.json().await.unwrap();
    assert_eq!(answer["repository_selection"], "selected");
    assert_eq!(answer["permissions"], json!({ "issues": "read", "metadata": "read" }));
    let token = answer["token"].as_str().unwrap();

    assert_eq!(stage.get(&format!("{REPOSITORY}/issues/4"), token).await.status(), StatusCode::OK);
    assert_eq!(stage.get(&format!("{REPOSITORY}/pulls/1"), token).await.status(), StatusCode::FORBIDDEN);
    let comment = json!({ "body": "x" });
    let own = stage.post(&format!("{REPOSITORY}/issues/4/comments"), token, comment.clone()).await;
    assert_eq!(own.status(), StatusCode::FORBIDDEN);
    let other = stage.post("/repos/octo/bedrock/issues/4/comments", token, comment).await;
    assert_eq!(message(other).await, "Resource not accessible by integration");
}

#[tokio::test]
async fn a_private_repository_out_of_reach_does_not_exist() {
    let stage = Stage::new().await;
    stage.sandbox.edit_world(|world| world.repository_mut("octo/bedrock").unwrap().private = true);
    let answer: Value = stage.mint(json!({ "repositories": ["anthropic"] })).await.json().await.unwrap();
    let token = answer["token"].as_str().unwrap();
    assert_eq!(stage.get("/repos/octo/bedrock", token).await.status(), StatusCode::NOT_FOUND);
    assert_eq!(stage.get("/repos/octo/anthropic", token).await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_permission_that_the_installation_lacks_is_not_minted() {
    let stage = Stage::new().await;
    let answer = stage.mint(json!({ "permissions": { "metadata": "write" } })).await;
    assert_eq!(answer.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(message(answer).await, "The permissions requested are not granted to this installation.");
}

#[tokio::test]
async fn a_withdrawn_permission_is_gone_from_living_tokens() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    stage.sandbox.edit_world(|world| world.installation.permissions.insert("issues".to_owned(), Access::Read));
    stage.sandbox.edit_world(|world| world.installation.permissions.remove("pull_requests"));
    let answer = stage.post(&format!("{REPOSITORY}/issues/4/comments"), &token, json!({ "body": "x" })).await;
    assert_eq!(answer.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_revoked_expired_or_uninstalled_token_is_bad() {
    let stage = Stage::new().await;
    let revoked = stage.token().await;
    let answer = stage.call(Method::DELETE, "/installation/token", &revoked, None).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    assert_eq!(message(stage.get(REPOSITORY, &revoked).await).await, "Bad credentials");

    let expired = stage.token().await;
    stage.sandbox.edit_world(|world| world.tokens[0].expires_at = Timestamp::UNIX_EPOCH);
    assert_eq!(stage.get(REPOSITORY, &expired).await.status(), StatusCode::UNAUTHORIZED);

    let orphaned = stage.token().await;
    stage.sandbox.edit_world(|world| world.installation.installed = false);
    assert_eq!(stage.get(REPOSITORY, &orphaned).await.status(), StatusCode::UNAUTHORIZED);
    let installation = stage.get(&format!("{REPOSITORY}/installation"), &stage.jwt(0, 60)).await;
    assert_eq!(installation.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_permission_call_tells_the_coarse_and_the_exact_role() {
    let stage = Stage::new().await;
    let token = stage.token().await;
    for (user, permission, role) in [
        ("admin", "admin", "admin"),
        ("maintainer", "write", "maintain"),
        ("writer", "write", "write"),
        ("triager", "read", "triage"),
        ("reader", "read", "read"),
        ("stranger", "read", "read"),
    ] {
        let path = format!("{REPOSITORY}/collaborators/{user}/permission");
        let answer: Value = stage.get(&path, &token).await.json().await.unwrap();
        assert_eq!((&answer["permission"], &answer["role_name"]), (&json!(permission), &json!(role)), "{user}");
    }
    let nobody = stage.get(&format!("{REPOSITORY}/collaborators/nobody/permission"), &token).await;
    assert_eq!(nobody.status(), StatusCode::NOT_FOUND);
}
