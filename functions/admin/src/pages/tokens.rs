//! The API's tokens: which there are, a new one, taking one back.
//!
//! Owns the page. A token's text is on the page that follows its making, once.

use aws::{ApiTokenPage, ListedToken};
use axum::extract;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::api_token::{ApiToken, RepositoryScope, Standing};
use domain::run_kind::RunKind;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use web::{ApiError, FieldProblem, QueryParameters};

use super::chrome::{Section, csrf, page as framed};
use super::failure::Failure;
use super::fields::FormFields;
use super::parts::{Tone, address, copyable, moment, notice, pager, pill, summary, table};
use super::submitted::Submitted;
use super::visitor::Visitor;
use crate::caller::SignedIn;
use crate::state::State;
use crate::tokens::{self, MadeToken, TokenPath};

const PAGE: &str = "/admin/tokens";
/// The field with the new token's id: a form that is sent twice makes one token.
const ID: &str = "id";

const COLUMNS: [&str; 7] = ["Name", "State", "Repositories", "Kinds", "Last used", "Made", "Take back"];

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
    Ok(show(&state, &visitor, &told, &listed, query.cursor.is_some(), &FormFields::default(), &[]))
}

/// `POST /admin/tokens`
pub(super) async fn make(
    extract::State(state): extract::State<State>,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    let problem = match tokens::mint(&state, &by.session, members_of(&fields), fields.text(ID).parse().ok()).await {
        Ok(made) => return Ok(framed("A new API token", Section::Tokens, &by, &once(&made))),
        Err(error) => error.into_problem(),
    };
    let told = html! {
        @if problem.errors().is_empty() { (notice(Tone::Bad, &html! { (problem.detail()) })) }
        (summary(problem.errors(), "No token was made."))
    };
    // What was typed is shown although the list can't be: the table may be what failed.
    let listed = tokens::page(&state, None).await;
    let listed = listed.map_err(ApiError::into_problem).unwrap_or(ApiTokenPage { tokens: Vec::new(), next: None });
    let page = show(&state, &by, &told, &listed, false, &fields, problem.errors());
    Ok((problem.status(), page).into_response())
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

fn show(
    state: &State,
    visitor: &SignedIn,
    told: &Markup,
    listed: &ApiTokenPage,
    goes_back: bool,
    typed: &FormFields,
    faults: &[FieldProblem],
) -> Response {
    let now = state.clock.now();
    let next = listed.next.as_deref().map(|next| address(PAGE, &[("cursor", next)]));
    let body = html! {
        (told)
        div.head { h1 { "API tokens" } }
        p.lead {
            "With a token, a program asks for runs: " code { "POST /v1/dispatches" }
            ". A repository's own Actions need none; they have GitHub's proof."
        }
        @if listed.tokens.is_empty() {
            div.empty { h2 { "There is no token yet" } }
        } @else {
            (table("API tokens", &COLUMNS, &html! { @for token in &listed.tokens { (row(visitor, token, now)) } }))
        }
        (pager(goes_back.then_some(PAGE), next.as_deref()))
        (form(visitor, typed, faults, &tokens::new_id(now).to_string()))
    };
    framed("API tokens", Section::Tokens, visitor, &body)
}

fn row(visitor: &SignedIn, token: &ListedToken, now: Timestamp) -> Markup {
    match token {
        ListedToken::Readable(token) => html! {
            tr {
                th scope="row" { (token.name) br; code.muted { (token.id) } }
                td { (standing(token, now)) }
                td { (repositories(&token.repositories)) }
                td { (serde_json::to_value(&token.kinds).as_ref().map(words).unwrap_or_default()) }
                td { @match token.last_used_at { Some(at) => (moment(at, now)), None => "never" } }
                td { (moment(token.created_at, now)) " " span.muted { "by " (token.created_by) } }
                td { @if token.revoked.is_none() { (take_back(visitor, &token.id.to_string(), &token.name.to_string())) } }
            }
        },
        ListedToken::Unreadable { id, .. } => html! {
            tr {
                th scope="row" { code { (id) } }
                td { (pill(Tone::Bad, "Unreadable")) }
                td colspan="4" { "Its record can't be read; the log has the cause. It opens nothing." }
                td { (take_back(visitor, &id.to_string(), &id.to_string())) }
            }
        },
    }
}

fn take_back(visitor: &SignedIn, id: &str, name: &str) -> Markup {
    html! {
        @let question = format!("Revoke {name}? Whoever uses it is refused from now on.");
        form method="post" action={ (PAGE) "/" (id) "/revoke" } data-ask=(question) {
            (csrf(visitor))
            button.quiet type="submit" { "Revoke" span.unseen { " " (name) } }
        }
    }
}

fn standing(token: &ApiToken, now: Timestamp) -> Markup {
    match token.standing(now) {
        Standing::Valid => {
            html! {
                (pill(Tone::Good, "Valid"))
                @if let Some(end) = token.expires_at { br; span.muted { "ends " (moment(end, now)) } }
            }
        }
        Standing::Expired => pill(Tone::Idle, "Expired"),
        Standing::Revoked => html! {
            (pill(Tone::Idle, "Revoked"))
            @if let Some(revoked) = &token.revoked { br; span.muted { (moment(revoked.at, now)) " by " (revoked.by) } }
        },
    }
}

fn repositories(scope: &RepositoryScope) -> Markup {
    html! {
        @match scope {
            RepositoryScope::All => "all mapped ones",
            RepositoryScope::Listed(list) => @for (place, it) in list.iter().enumerate() { @if place > 0 { ", " } (it.name) },
        }
    }
}

fn words(list: &Value) -> String {
    let words = list.as_array().map(Vec::as_slice).unwrap_or_default();
    words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
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

fn form(visitor: &SignedIn, typed: &FormFields, faults: &[FieldProblem], id: &str) -> Markup {
    let fault = |name: &str| {
        let of_it = |it: &&FieldProblem| it.field == name || it.field.starts_with(&format!("{name}["));
        html! { @for fault in faults.iter().filter(of_it) { p.fault id={ (name) "-fault" } { (fault.detail) } } }
    };
    let is_wrong = |name: &str| faults.iter().any(|it| it.field.starts_with(name)).then_some("true");
    html! {
        section.card.form aria-labelledby="new" {
            h2 #new { "A new token" }
            form method="post" action=(PAGE) {
                (csrf(visitor))
                input type="hidden" name=(ID) value=(id);
                div.columns {
                    div.field {
                        label for="name" { "Name" }
                        input #name name="name" value=(typed.text("name")) placeholder="the ticket robot" autocomplete="off"
                            aria-invalid=[is_wrong("name")] aria-describedby="name-fault";
                        (fault("name"))
                    }
                    div.field {
                        label for="expiresInDays" { "Good for how many days" }
                        input #expiresInDays name="expiresInDays" value=(typed.text("expiresInDays")) inputmode="numeric"
                            placeholder="until it is revoked" autocomplete="off" aria-invalid=[is_wrong("expiresInDays")]
                            aria-describedby="expiresInDays-fault";
                        (fault("expiresInDays"))
                    }
                }
                div.field {
                    label for="repositories" { "Repositories" }
                    textarea #repositories name="repositories" rows="3" spellcheck="false"
                        placeholder="owner/name, one on a line; empty for all mapped ones"
                        aria-invalid=[is_wrong("repositories")] aria-describedby="repositories-fault" {
                        (typed.text("repositories"))
                    }
                    (fault("repositories"))
                }
                fieldset.plain #kinds {
                    legend { "It may ask for" }
                    div.choices {
                        @for kind in RunKind::ALL.map(|kind| kind.to_string()) {
                            @let is_ticked = typed.all("kinds").any(|it| it == kind);
                            label.tick {
                                input type="checkbox" name="kinds" value=(kind) checked[is_ticked];
                                span { (kind) }
                            }
                        }
                    }
                    (fault("kinds"))
                }
                div.actions { button.primary type="submit" { "Make the token" } }
            }
        }
    }
}

/// What the form's fields are as the API's members.
fn members_of(fields: &FormFields) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("name".to_owned(), fields.text("name").into());
    let named: Vec<&str> =
        fields.text("repositories").split([' ', ',', '\r', '\n', '\t']).filter(|it| !it.is_empty()).collect();
    members.insert("repositories".to_owned(), if named.is_empty() { "all".into() } else { json!(named) });
    members.insert("kinds".to_owned(), fields.all("kinds").collect::<Vec<_>>().into());
    fields.put_number("expiresInDays", &mut members);
    members
}
