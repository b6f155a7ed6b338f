//! The API's tokens: which there are, a new one, taking one back.
//!
//! Owns the page. A token's text is on the page that follows its making, once.

mod form;
mod row;

use aws::ApiTokenPage;
use axum::extract;
use axum::response::{IntoResponse as _, Redirect, Response};
use maud::{Markup, html};
use serde::Deserialize;
use web::{FieldProblem, QueryParameters};

use self::row::COLUMNS;
use super::chrome::{Section, page as framed};
use super::failure::Failure;
use super::fields::FormFields;
use super::parts::{Tone, address, copyable, notice, pager, summary, table};
use super::submitted::Submitted;
use super::visitor::Visitor;
use crate::caller::SignedIn;
use crate::state::State;
use crate::tokens::{self, MADE_BEFORE, MadeToken, TokenPath};

/// The page's address.
const PAGE: &str = "/admin/tokens";

#[derive(Deserialize)]
pub(super) struct Query {
    cursor: Option<String>,
    #[serde(default)]
    done: String,
}

/// `GET /admin/tokens`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<Query>,
) -> Result<Response, Failure> {
    let listed = tokens::page(&state, query.cursor.as_deref()).await?;
    let told =
        html! { @if query.done == "revoked" { (notice(Tone::Good, &html! { "The token opens nothing any more." })) } };
    let goes_back = query.cursor.is_some();
    let shown = Shown { told, listed: Some(listed), goes_back, typed: &FormFields::default(), faults: &[] };
    Ok(shown.on_a_page(&state, &visitor))
}

/// `POST /admin/tokens`
pub(super) async fn make(
    extract::State(state): extract::State<State>,
    Submitted { by, mut fields }: Submitted,
) -> Result<Response, Failure> {
    let asked = form::members_of(&fields);
    let problem = match tokens::mint(&state, &by.session, asked, form::id_of(&fields)).await {
        Ok(made) => return Ok(framed("A new API token", Section::Tokens, &by, &once(&made))),
        Err(error) => error.into_problem(),
    };
    let told = html! {
        @if problem.errors().is_empty() { (notice(Tone::Bad, &html! { (problem.detail()) })) }
        (summary(problem.errors(), "No token was made."))
    };
    if problem.code() == MADE_BEFORE {
        fields.remove(form::ID);
    }
    // What was typed is shown although the list can't be: the table may be what failed.
    let listed = tokens::page(&state, None).await.ok();
    let shown = Shown { told, listed, goes_back: false, typed: &fields, faults: problem.errors() };
    Ok((problem.status(), shown.on_a_page(&state, &by)).into_response())
}

/// `POST /admin/tokens/{id}/revoke`
pub(super) async fn revoke(
    extract::State(state): extract::State<State>,
    TokenPath(id): TokenPath,
    Submitted { by, .. }: Submitted,
) -> Result<Response, Failure> {
    tokens::take_back(&state, &by.session, id).await?;
    Ok(Redirect::to(&format!("{PAGE}?done=revoked")).into_response())
}

/// What the page shows.
struct Shown<'a> {
    told: Markup,
    /// A part of the list, where it could be read.
    listed: Option<ApiTokenPage>,
    goes_back: bool,
    typed: &'a FormFields,
    faults: &'a [FieldProblem],
}

impl Shown<'_> {
    fn on_a_page(&self, state: &State, visitor: &SignedIn) -> Response {
        let now = state.clock.now();
        let body = html! {
            (self.told)
            div.head { h1 { "API tokens" } }
            p.lead {
                "With a token, a program asks for runs: " code { "POST /v1/dispatches" }
                ". A repository's own Actions need none; they have GitHub's proof."
            }
            @match &self.listed {
                None => p { "The list can't be read just now." },
                Some(page) if page.tokens.is_empty() => div.empty { h2 { "There is no token yet" } },
                Some(page) => {
                    (table("API tokens", &COLUMNS, &html! { @for it in &page.tokens { (row::of(visitor, it, now)) } }))
                },
            }
            (pager(self.goes_back.then_some(PAGE), self.next().as_deref()))
            (form::markup(visitor, self.typed, self.faults, now))
        };
        framed("API tokens", Section::Tokens, visitor, &body)
    }

    fn next(&self) -> Option<String> {
        let next = self.listed.as_ref()?.next.as_deref()?;
        Some(address(PAGE, &[("cursor", next)]))
    }
}

fn once(made: &MadeToken) -> Markup {
    html! {
        section.narrow {
            h1 { "“" (made.token.name) "” is made" }
            p.lead { "This is the only time that its text is shown. Keep it where the program finds it, and nowhere else." }
            (copyable("token", &html! { "The token" }, made.text.expose()))
            p { a.button href=(PAGE) { "I have kept it" } }
        }
    }
}
