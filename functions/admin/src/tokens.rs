//! The tokens' API: which there are, a new one, and taking one back.
//!
//! Owns the routes' parameters and answers. A token's text is in the answer that makes it, once, and nowhere else: neither
//! in a list nor in a log.

mod body;
mod path;
mod scope;
mod view;

use aws::{ApiTokenPage, ListedToken, Revoked};
use axum::Json;
use axum::extract;
use axum::response::{IntoResponse, Response};
use domain::api_token::{ApiToken, ApiTokenId, ApiTokenText};
use http::StatusCode;
use jiff::Timestamp;
use records::store_failed;
use serde::Deserialize;
use serde_json::json;
use web::{ApiError, JsonBody, Problem, QueryParameters};

use self::body::{Draft, Fields};
pub(crate) use self::path::TokenPath;
use self::view::{ListedView, MadeView, TokenView};
use crate::caller::SignedIn;
use crate::session::Session;
use crate::state::State;

const PAGE_SIZE: u32 = 50;
/// The code of a form whose token was made.
pub(crate) const MADE_BEFORE: &str = "MADE_BEFORE";

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ListQuery {
    cursor: Option<String>,
}

/// `GET /api/tokens`
pub(crate) async fn list(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<ListQuery>,
) -> Result<Response, ApiError> {
    let ApiTokenPage { tokens, next } = page(&state, query.cursor.as_deref()).await?;
    let now = state.clock.now();
    let shown: Vec<ListedView> = tokens.iter().map(|token| ListedView::of(token, now)).collect();
    Ok(Json(json!({"tokens": shown, "next": next})).into_response())
}

/// `POST /api/tokens`
pub(crate) async fn make(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    JsonBody(fields): JsonBody<Fields>,
) -> Result<Response, ApiError> {
    let MadeToken { text, token } = mint(&state, &session, fields, None).await?;
    let shown = MadeView { token: text.expose(), known: TokenView::of(&token, state.clock.now()) };
    Ok((StatusCode::CREATED, Json(shown)).into_response())
}

/// `DELETE /api/tokens/{id}`: taken back, and still listed.
pub(crate) async fn revoke(
    SignedIn { session, .. }: SignedIn,
    extract::State(state): extract::State<State>,
    TokenPath(id): TokenPath,
) -> Result<StatusCode, ApiError> {
    take_back(&state, &session, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// A token that was made, with the only text that it ever has.
pub(crate) struct MadeToken {
    pub(crate) text: ApiTokenText,
    pub(crate) token: ApiToken,
}

/// Makes a token as these fields ask for it. With an id that was given out before, the same request makes one token,
/// however often it comes.
pub(crate) async fn mint(
    state: &State,
    session: &Session,
    fields: Fields,
    id: Option<ApiTokenId>,
) -> Result<MadeToken, ApiError> {
    let Draft { name, repositories, kinds, lasts } = body::judged(fields)?;
    let repositories = scope::bound(&state.mappings, repositories).await?;
    let now = state.clock.now();
    let text = ApiTokenText::from_random(random());
    let token = ApiToken {
        id: id.unwrap_or_else(|| new_id(now)),
        name,
        repositories,
        kinds,
        created_at: now,
        created_by: session.subject.clone(),
        expires_at: lasts.map(|lasts| now + lasts),
        revoked: None,
        last_used_at: None,
    };
    if !state.api_tokens.mint(text.hash(), &token).await.map_err(store_failed)? {
        return Err(made_before().into());
    }
    tracing::info!(audit = true, subject = token.created_by, token.id = %token.id, "an API token was made");
    Ok(MadeToken { text, token })
}

/// Takes a token back, for good; once more changes nothing.
pub(crate) async fn take_back(state: &State, session: &Session, id: ApiTokenId) -> Result<(), ApiError> {
    match state.api_tokens.revoke(id, &session.subject, state.clock.now()).await.map_err(store_failed)? {
        Revoked::Now => {
            tracing::info!(audit = true, subject = session.subject, token.id = %id, "an API token was revoked");
        }
        Revoked::Before => {}
        Revoked::Unknown => return Err(missing().into()),
    }
    Ok(())
}

/// A page of the tokens, the newest first.
pub(crate) async fn page(state: &State, cursor: Option<&str>) -> Result<ApiTokenPage, ApiError> {
    let page = state.api_tokens.list(PAGE_SIZE, cursor).await.map_err(store_failed)?;
    for token in &page.tokens {
        if let ListedToken::Unreadable { id, error } = token {
            tracing::error!(token.id = %id, error = %environment::chain(error), "an API token's record can't be read");
        }
    }
    Ok(page)
}

/// The answer to a form that was sent twice.
fn made_before() -> Problem {
    let detail = "This token was made already, and its text was shown then. If you have not kept it, revoke it and make another.";
    Problem::new(StatusCode::CONFLICT, MADE_BEFORE, detail)
}

/// The answer to an id that nobody has, and to a text that can't be one.
fn missing() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "NOT_FOUND",
        "There is no token with this id; GET /api/tokens lists all of them.",
    )
}

/// An id for a token that is to be made.
pub(crate) fn new_id(now: Timestamp) -> ApiTokenId {
    ApiTokenId::from_parts(now.as_millisecond().unsigned_abs(), u128::from_be_bytes(random()))
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    bytes
}
