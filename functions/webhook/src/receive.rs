//! One delivery, from raw bytes to its answer.
//!
//! Owns the order: size, signature over the raw bytes, body, event, queue. Never logs a body, and believes no header
//! but the signature.

use axum::body::Bytes;
use axum::extract;
use axum::extract::rejection::BytesRejection;
use domain::message::Message;
use domain::webhook::event::{self, Event};
use domain::webhook::{body, signature::Signature};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, StatusCode};

use crate::State;
use crate::answer::Answer;

const SIGNATURE: &str = "x-hub-signature-256";
const EVENT: &str = "x-github-event";
const DELIVERY: &str = "x-github-delivery";

/// The handler of the webhook's routes.
pub(crate) async fn receive(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Answer {
    let answer = match body {
        Ok(body) => judge(&state, &headers, &body).await.unwrap_or_else(|answer| answer),
        Err(rejection) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Answer::TooLarge,
        Err(_) => Answer::BadPayload,
    };
    tracing::info!(
        delivery.guid = only(&headers, DELIVERY),
        delivery.event = only(&headers, EVENT),
        answer.status = answer.status().as_u16(),
        answer.code = answer.code(),
        "delivery answered"
    );
    answer
}

async fn judge(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<Answer, Answer> {
    verify(state, headers, body).await?;
    let content_type = only(headers, CONTENT_TYPE.as_str());
    let json = body::json(content_type, body).ok_or(Answer::BadPayload)?;
    let event = event::read(only(headers, EVENT), &json).map_err(|error| {
        tracing::warn!(error = %environment::chain(&error), "a signed delivery can't be read");
        Answer::BadPayload
    })?;
    match event {
        Event::Accepted(messages) => enqueue(state, &messages).await,
        Event::Ping => Ok(Answer::Pong),
        Event::Ignored(ignored) => Ok(Answer::Ignored(ignored)),
    }
}

/// Checks the signature with the secrets in memory, and once more when they may have been rotated.
async fn verify(state: &State, headers: &HeaderMap, body: &[u8]) -> Result<(), Answer> {
    let signature = only(headers, SIGNATURE).and_then(Signature::parse).ok_or(Answer::BadSignature)?;
    let no_secret = |error| {
        tracing::error!(error = %environment::chain(&error), "no webhook secret");
        Answer::NoSecret
    };
    if signature.matches_any(body, state.secrets.current().await.map_err(no_secret)?.iter()) {
        return Ok(());
    }
    let reread = state.secrets.after_mismatch().await.map_err(no_secret)?;
    if signature.matches_any(body, reread.iter()) { Ok(()) } else { Err(Answer::BadSignature) }
}

/// All of a delivery's messages, or the answer that asks for it once more: what the queue has then, it drops or has again.
async fn enqueue(state: &State, messages: &[Message]) -> Result<Answer, Answer> {
    for message in messages {
        if let Err(error) = state.queue.send(message).await {
            tracing::error!(error = %environment::chain(&error), "a delivery was not stored");
            return Err(Answer::QueueUnavailable);
        }
    }
    Ok(Answer::Accepted)
}

/// The value of a header that stands there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}
