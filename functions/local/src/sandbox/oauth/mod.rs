//! Where people let the App know who they are: the page on which they consent, and the exchange of what it gives.
//! <https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-user-access-token-for-a-github-app>
//!
//! Owns codes and users' tokens. Nobody has a password here: the page asks who one is. Never counted among the requests
//! to the REST API, and fails as it is scripted.

mod exchange;
mod page;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Query, State};
use axum::http::{StatusCode, Uri};
use axum::middleware::from_fn_with_state;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::core::Core;
use super::job_tokens::random_text;
use super::world::{AccountKind, OAuthCode, World};
use super::{Sandbox, SandboxError, gate};

/// What the page is opened with.
#[derive(Deserialize)]
struct Asked {
    client_id: String,
    redirect_uri: String,
    #[serde(default)]
    state: String,
    code_challenge: Option<String>,
    code_challenge_method: Option<String>,
}

/// Why the page doesn't open.
type Refusal = (StatusCode, String);

/// Which button was pressed: somebody's, or none's.
#[derive(Deserialize)]
struct Pressed {
    login: Option<String>,
}

pub(super) fn router(core: &Arc<Core>) -> Router {
    Router::new()
        .route("/login/oauth/authorize", get(ask).post(answer))
        .route("/login/oauth/access_token", post(exchange::exchange))
        .layer(from_fn_with_state(Arc::clone(core), gate::fail_as_scripted))
        .with_state(Arc::clone(core))
}

impl Sandbox {
    /// Sends people back there from now on, and nowhere else: the callback URL of the App's settings.
    pub fn set_callback_url(&self, url: &str) {
        *self.core.callback_url() = Some(url.to_owned());
    }

    /// What somebody does on the page at that address, or `None` who declines; and where their browser is sent.
    ///
    /// # Errors
    /// When there is no such person, or the page is an error's.
    pub fn consent(&self, address: &str, login: Option<&str>) -> Result<String, SandboxError> {
        let refused = || SandboxError::NoSuchPage(address.to_owned());
        let address: Uri = address.parse().map_err(|_| refused())?;
        let asked = asked(&self.core, &address).map_err(|_| refused())?;
        decide(&self.core, &asked, login)
    }
}

/// `GET /login/oauth/authorize`
async fn ask(State(core): State<Arc<Core>>, uri: Uri) -> Response {
    match asked(&core, &uri) {
        Ok(_) => page::consent(&core.world(), &uri).into_response(),
        Err((status, why)) => page::error(status, &why),
    }
}

/// `POST /login/oauth/authorize`: a button of that page.
async fn answer(State(core): State<Arc<Core>>, uri: Uri, body: String) -> Response {
    let asked = match asked(&core, &uri) {
        Ok(asked) => asked,
        Err((status, why)) => return page::error(status, &why),
    };
    let Some(pressed) = form::<Pressed>(&body) else {
        return page::error(StatusCode::UNPROCESSABLE_ENTITY, "No button was pressed.");
    };
    match decide(&core, &asked, pressed.login.as_deref()) {
        Ok(location) => Redirect::to(&location).into_response(),
        Err(error) => page::error(StatusCode::UNPROCESSABLE_ENTITY, &error.to_string()),
    }
}

fn asked(core: &Core, uri: &Uri) -> Result<Asked, Refusal> {
    let query = Query::<Asked>::try_from_uri(uri);
    let Query(asked) = query.map_err(|refusal| (StatusCode::BAD_REQUEST, refusal.body_text()))?;
    judge(core, &asked).map_err(|(status, why)| (status, why.to_owned()))?;
    Ok(asked)
}

/// Nobody is sent to where the App's settings don't say.
fn judge(core: &Core, asked: &Asked) -> Result<(), (StatusCode, &'static str)> {
    if asked.client_id != core.world().app.client_id {
        return Err((StatusCode::NOT_FOUND, "There is no App with this client id."));
    }
    if core.callback_url().as_deref() != Some(asked.redirect_uri.as_str()) {
        return Err((StatusCode::BAD_REQUEST, "The redirect_uri is not associated with this application."));
    }
    if asked.code_challenge.is_some() && asked.code_challenge_method.as_deref() != Some("S256") {
        return Err((StatusCode::BAD_REQUEST, "The code_challenge_method must be S256."));
    }
    Ok(())
}

/// Where the browser goes: back with a code, or with word that the person declined.
fn decide(core: &Core, wanted: &Asked, login: Option<&str>) -> Result<String, SandboxError> {
    let (redirect_uri, state) = (&wanted.redirect_uri, encoded(&wanted.state));
    let Some(login) = login else {
        let told = "error_description=The+user+has+denied+your+application+access.";
        return Ok(format!("{redirect_uri}?error=access_denied&{told}&state={state}"));
    };
    let secret = random_text().ok_or(SandboxError::Key)?;
    core.edit(|world| {
        let user_id = person(world, login).ok_or_else(|| SandboxError::NoSuchUser(login.to_owned()))?;
        let expires_at = world.now() + OAuthCode::LIFE;
        world.oauth_codes.push(OAuthCode {
            code: secret.clone(),
            user_id,
            redirect_uri: redirect_uri.clone(),
            code_challenge: wanted.code_challenge.clone(),
            expires_at,
        });
        Ok(())
    })?;
    Ok(format!("{redirect_uri}?code={secret}&state={state}"))
}

fn person(world: &World, login: &str) -> Option<u64> {
    world.account(login).filter(|account| account.kind == AccountKind::User).map(|account| account.id)
}

/// A form's fields.
fn form<T: DeserializeOwned>(body: &str) -> Option<T> {
    let uri = Uri::try_from(format!("/?{body}")).ok()?;
    Query::<T>::try_from_uri(&uri).ok().map(|Query(form)| form)
}

/// A text as a part of a query.
fn encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// What PKCE makes of a verifier: <https://www.rfc-editor.org/rfc/rfc7636#section-4.2>
fn s256(verifier: &str) -> String {
    use sha2::{Digest, Sha256};
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier))
}
