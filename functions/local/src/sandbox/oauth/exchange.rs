//! A code for a token.
//!
//! Owns GitHub's words when that fails, which it answers with 200.
//! <https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors>

use std::sync::Arc;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::{Json, body::Bytes};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{encoded, form, s256};
use crate::sandbox::core::Core;
use crate::sandbox::job_tokens::random_text;
use crate::sandbox::world::{OAuthCode, UserToken, World};

#[derive(Deserialize)]
struct Exchange {
    client_id: String,
    client_secret: String,
    code: String,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
}

/// `POST /login/oauth/access_token`
pub(super) async fn exchange(State(core): State<Arc<Core>>, headers: HeaderMap, body: Bytes) -> Response {
    let given = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let is_json = given(CONTENT_TYPE).starts_with("application/json");
    let asked: Option<Exchange> =
        if is_json { serde_json::from_slice(&body).ok() } else { str::from_utf8(&body).ok().and_then(form) };
    let Some(asked) = asked.filter(|asked| asked.client_id == core.world().app.client_id) else {
        return (StatusCode::NOT_FOUND, Json(json!({"error": "Not Found"}))).into_response();
    };
    let answer = token(&core, &asked).unwrap_or_else(refusal);
    if given(ACCEPT).contains("json") { Json(answer).into_response() } else { as_form(&answer).into_response() }
}

fn token(core: &Core, asked: &Exchange) -> Result<Value, &'static str> {
    if asked.client_secret != core.client_secret {
        return Err("incorrect_client_credentials");
    }
    let token = random_text().map(|text| format!("ghu_{text}")).ok_or("server_error")?;
    core.edit(|world| {
        let consent = taken(world, &asked.code).ok_or("bad_verification_code")?;
        if asked.redirect_uri.as_ref().is_some_and(|uri| *uri != consent.redirect_uri) {
            return Err("redirect_uri_mismatch");
        }
        let shown = asked.code_verifier.as_deref().map(s256);
        if consent.code_challenge.is_some() && shown != consent.code_challenge {
            return Err("bad_verification_code");
        }
        let expires_at = world.now() + UserToken::LIFE;
        world.user_tokens.push(UserToken { token: token.clone(), user_id: consent.user_id, expires_at });
        Ok(())
    })?;
    let seconds = UserToken::LIFE.as_secs();
    Ok(json!({"access_token": token, "expires_in": seconds, "scope": "", "token_type": "bearer"}))
}

/// The code, which is good for one attempt, whatever comes of it.
fn taken(world: &mut World, code: &str) -> Option<OAuthCode> {
    let now = world.now();
    let at = world.oauth_codes.iter().position(|it| it.code == code)?;
    Some(world.oauth_codes.remove(at)).filter(|code| code.expires_at > now)
}

fn refusal(error: &str) -> Value {
    let described = match error {
        "incorrect_client_credentials" => "The client_id and/or client_secret passed are incorrect.",
        "redirect_uri_mismatch" => "The redirect_uri MUST match the registered callback URL for this application.",
        _ => "The code passed is incorrect or expired.",
    };
    json!({"error": error, "error_description": described, "error_uri": "https://docs.github.com/"})
}

/// So GitHub answers whoever doesn't ask for JSON.
fn as_form(answer: &Value) -> String {
    let fields = answer.as_object().into_iter().flatten();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    fields.map(|(name, value)| format!("{name}={}", encoded(&text(value)))).collect::<Vec<_>>().join("&")
}
