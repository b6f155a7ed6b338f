//! A form that somebody sent.
//!
//! Owns that it is meant – it carries in a field what a script carries in a header – and that nothing typed is lost: where
//! the session is over, or another one by now, the form is shown with all that it held, to be sent again.

use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts as _, Request};
use axum::response::{IntoResponse as _, Response};
use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use maud::{Markup, html};
use web::{ApiError, Problem};

use super::chrome::{csrf, plain_page};
use super::failure::Failure;
use super::fields::FormFields;
use super::parts::{Tone, notice, sentence};
use super::sign_in;
use super::visitor::{NOT_SIGNED_IN, is_signed_out};
use crate::caller::{CSRF_HEADER, SignedIn};
use crate::state::State;

/// The field that proves that a form is ours.
pub(super) const CSRF_FIELD: &str = "csrf";

/// A form, and who sent it.
pub(super) struct Submitted {
    pub(super) by: SignedIn,
    pub(super) fields: FormFields,
}

impl FromRequest<State> for Submitted {
    type Rejection = Response;

    async fn from_request(request: Request, state: &State) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let body = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await;
        let body = body.map_err(|_| Failure::from(too_large()).into_response())?;
        let fields = FormFields::parse(&body);
        if let Ok(proof) = HeaderValue::try_from(fields.text(CSRF_FIELD)) {
            parts.headers.insert(CSRF_HEADER, proof);
        }
        match SignedIn::from_request_parts(&mut parts, state).await {
            Ok(by) => Ok(Self { by, fields }),
            Err(error) => Err(kept_or_failed(error, parts, &fields, state).await),
        }
    }
}

/// What was typed is shown again only to somebody who typed it here: another site's form is refused, and forgotten.
async fn kept_or_failed(error: ApiError, mut parts: Parts, fields: &FormFields, state: &State) -> Response {
    let address = parts.uri.path().to_owned();
    if sender(&parts.headers) != Sender::Ours {
        return Failure::from(foreign()).into_response();
    }
    if is_signed_out(&error) {
        let body = signed_out(&address, &error.into_problem(), fields);
        return (StatusCode::UNAUTHORIZED, plain_page("Signed out", &body)).into_response();
    }
    let is_of_another_session = matches!(&error, ApiError::Problem(problem) if problem.code() == "CSRF");
    parts.method = Method::GET;
    if is_of_another_session && let Ok(by) = SignedIn::from_request_parts(&mut parts, state).await {
        return (StatusCode::CONFLICT, plain_page("Send it again", &of_another_session(&address, &by, fields)))
            .into_response();
    }
    let problem = error.into_problem();
    (problem.status(), plain_page("Not now", &not_now(&address, &problem, fields))).into_response()
}

/// What we need is out, or limits us: what was typed waits for it.
fn not_now(address: &str, problem: &Problem, fields: &FormFields) -> Markup {
    html! {
        section.narrow {
            h1 { "Not now" }
            p.lead { (sentence(problem.detail())) }
            p { "Nothing that you typed is lost, and nothing of it was saved." }
            form method="post" action=(address) {
                (typed(fields))
                button type="submit" { "Send it again" }
            }
        }
    }
}

fn signed_out(address: &str, problem: &Problem, fields: &FormFields) -> Markup {
    let is_no_longer_allowed = problem.code() != NOT_SIGNED_IN;
    html! {
        section.narrow {
            h1 { "Your session is over" }
            @if is_no_longer_allowed { (notice(Tone::Bad, &sentence(problem.detail()))) }
            p.lead { "Nothing that you typed is lost, and nothing of it was saved." }
            ol.steps {
                li { a href=(sign_in::address("/admin/signed-in", "")) target="_blank" { "Sign in in another tab" } "." }
                li { "Come back here and go on." }
            }
            form method="post" action=(address) {
                (typed(fields))
                button type="submit" { "Go on" }
            }
        }
    }
}

fn of_another_session(address: &str, by: &SignedIn, fields: &FormFields) -> Markup {
    html! {
        section.narrow {
            h1 { "Send it again?" }
            p.lead { "You have signed in since this was typed. Look at it once more; nothing of it was saved yet." }
            form method="post" action=(address) {
                (csrf(by))
                (typed(fields))
                button type="submit" { "Send it" }
            }
        }
    }
}

/// What was typed, to be read and to be sent again.
fn typed(fields: &FormFields) -> Markup {
    let typed = || fields.iter().filter(|(name, _)| *name != CSRF_FIELD);
    html! {
        dl.settings {
            @for (name, value) in typed().filter(|(_, value)| !value.is_empty()) {
                div { dt { (name) } dd { (value) } }
            }
        }
        @for (name, value) in typed() {
            input type="hidden" name=(name) value=(value);
        }
    }
}

/// Whose page sent a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sender {
    /// One of this very host.
    Ours,
    /// Another site's.
    Foreign,
    /// It was no page, or a browser that doesn't say.
    Untold,
}

/// Whose page sent a form, by the browser's word.
pub(super) fn sender(headers: &HeaderMap) -> Sender {
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let Some(origin) = text(ORIGIN) else { return Sender::Untold };
    let host = origin.split_once("://").map(|(_, host)| host);
    if host.is_some() && host == text(HOST) { Sender::Ours } else { Sender::Foreign }
}

/// The answer to another site's form.
pub(super) fn foreign() -> Problem {
    let detail =
        "This form was not sent from a page of this admin. Open the page that you want to change, and send its form.";
    Problem::new(StatusCode::FORBIDDEN, "CSRF", detail)
}

fn too_large() -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "TOO_LARGE", "The form is larger than anything meant here.")
}
