//! One dispatch: what became of it step by step, and what a person may do about it.
//!
//! Owns the page and its forms. Nothing is done here: a word is queued for the worker, and the page shows what it made of it.

mod facts;

use aws::ClaimEvent;
use axum::extract;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::claim::{Claim, ClaimId};
use domain::message::Verdict;
use jiff::Timestamp;
use maud::{Markup, html};
use records::ClaimPath;
use serde::Deserialize;
use web::{Problem, QueryParameters};

use super::chrome::{Section, csrf, page as framed};
use super::claims::{asked_for, in_words, number, state_of, tone};
use super::dispatches::PAGE as LIST;
use super::failure::Failure;
use super::parts::{Tone, moment, notice, span};
use super::submitted::Submitted;
use super::visitor::Visitor;
use crate::caller::SignedIn;
use crate::dispatches::one;
use crate::dispatches::resolve::resolve as decide;
use crate::dispatches::steering;
use crate::state::State;
use crate::tokens::new_id;

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    done: String,
}

/// `GET /admin/dispatches/{id}`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    QueryParameters(query): QueryParameters<Query>,
) -> Result<Response, Failure> {
    let (claim, history) = one(&state, id).await?;
    let now = state.clock.now();
    let is_live = !claim.state.is_over();
    let address = address_of(id);
    let body = html! {
        (done(&query.done))
        div #dispatch data-live[is_live] hx-get=[is_live.then_some(&address)] hx-trigger=[is_live.then_some("every 3s")]
            hx-select=[is_live.then_some("#dispatch")] hx-swap=[is_live.then_some("outerHTML")] {
            div.head {
                div {
                    p.crumbs { a href=(LIST) { "Dispatches" } }
                    h1 { (asked_for(&claim)) " " (state_of(&claim)) }
                    p.muted {
                        (claim.request.repo().name) (number(&claim)) ", asked by " (claim.request.asker()) " "
                        (moment(claim.asked_at(), now))
                    }
                }
                (actions(&visitor, &claim, &state))
            }
            div.two {
                section.card aria-labelledby="what" { h2 #what { "What it is" } (facts::of(&claim, state.web_url.as_str(), now)) }
                section.card aria-labelledby="timeline" { h2 #timeline { "What happened" } (timeline(&history, now)) }
            }
        }
    };
    Ok(framed(&format!("{} in {}", asked_for(&claim), claim.request.repo().name), Section::Dispatches, &visitor, &body))
}

/// `POST /admin/dispatches/{id}/cancel`
pub(super) async fn cancel(
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    Submitted { by, .. }: Submitted,
) -> Result<Response, Failure> {
    steering::cancel(&state, &by.session.subject, id).await?;
    Ok(back(id, "cancel"))
}

/// `POST /admin/dispatches/{id}/retry`: the form has a key, so that it is one retry however often it is sent.
pub(super) async fn retry(
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    steering::retry(&state, &by.session.subject, id, fields.text("key")).await?;
    Ok(back(id, "retry"))
}

/// `POST /admin/dispatches/{id}/replay`
pub(super) async fn replay(
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    Submitted { by, .. }: Submitted,
) -> Result<Response, Failure> {
    steering::replay(&state, &by.session.subject, id).await?;
    Ok(back(id, "replay"))
}

/// `POST /admin/dispatches/{id}/resolve`
pub(super) async fn resolve(
    extract::State(state): extract::State<State>,
    ClaimPath(id): ClaimPath,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    let verdict = match fields.text("verdict") {
        "retry" => Verdict::Retry,
        "drop" => Verdict::Drop,
        _ => return Err(Problem::bad_field("verdict", "`retry` or `drop`").into()),
    };
    decide(&state, &by.session.subject, id, verdict).await?;
    Ok(back(id, "resolve"))
}

fn address_of(id: ClaimId) -> String {
    format!("{LIST}/{id}")
}

fn back(id: ClaimId, done: &str) -> Response {
    Redirect::to(&format!("{}?done={done}", address_of(id))).into_response()
}

fn done(what: &str) -> Markup {
    let told = match what {
        "cancel" => "It is being cancelled. This page shows when it is.",
        "retry" => "It is asked for once more. The new dispatch shows up in the list in a moment.",
        "replay" => "It is being looked at.",
        "resolve" => "Your word is taken. This page shows what came of it.",
        _ => return html! {},
    };
    notice(Tone::Busy, &html! { (told) })
}

fn actions(visitor: &SignedIn, claim: &Claim, state: &State) -> Markup {
    let key = new_id(state.clock.now());
    let possible = claim.possible();
    let action = |word: &str| format!("{}/{word}", address_of(claim.id));
    html! {
        div.actions {
            @if possible.resolve {
                form method="post" action=(action("resolve")) data-ask="Is there certainly no run? Then it is started once more." {
                    (csrf(visitor))
                    button.primary type="submit" name="verdict" value="retry" { "There was no run: start it" }
                }
                form method="post" action=(action("resolve")) {
                    (csrf(visitor))
                    button type="submit" name="verdict" value="drop" { "Drop it" }
                }
            }
            @if possible.retry {
                form method="post" action=(action("retry")) {
                    (csrf(visitor))
                    // This form is one retry, however often it is sent.
                    input type="hidden" name="key" value=(key);
                    button.primary type="submit" { "Do it again" }
                }
            }
            @if possible.cancel {
                form method="post" action=(action("cancel")) data-ask="Cancel it? A run that is under way is stopped." {
                    (csrf(visitor))
                    button.danger type="submit" { "Cancel" }
                }
            }
            @if possible.replay {
                form method="post" action=(action("replay")) {
                    (csrf(visitor))
                    button.quiet type="submit" title="Has the worker look at it now: safe in every state" { "Look again now" }
                }
            }
        }
    }
}

fn timeline(history: &[ClaimEvent], now: Timestamp) -> Markup {
    html! {
        ol.timeline {
            @for (place, event) in history.iter().enumerate() {
                li class=(tone(&event.state).class()) {
                    p {
                        strong { (in_words(&event.state)) }
                        @if let Some(code) = &event.code { " " code { (code) } }
                        @if let Some(by) = &event.by { " by " (by) }
                    }
                    p.muted {
                        (moment(event.at, now))
                        @if let Some(before) = place.checked_sub(1).and_then(|place| history.get(place)) {
                            ", " (span(event.at.duration_since(before.at))) " later"
                        }
                    }
                }
            }
        }
    }
}
