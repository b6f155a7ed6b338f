//! The list of dispatches: what was asked for, and where each stands now.
//!
//! Owns the page and its filters. The list asks again by itself while somebody looks at its beginning.

use aws::{ListedClaim, ListedClaims};
use axum::extract;
use axum::response::Response;
use domain::claim::{Claim, OPEN_KEYS, OVER_STATES};
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use web::QueryParameters;

use super::chrome::{Section, page as framed};
use super::claims::{asked_for, number, state_of};
use super::failure::Failure;
use super::parts::{Tone, address, moment, notice, pager, pill, table};
use super::visitor::Visitor;
use crate::dispatches::{self, Filter};
use crate::state::State;

/// The list's address.
pub(super) const PAGE: &str = "/admin/dispatches";

const COLUMNS: [&str; 6] = ["What", "State", "Where", "Asked by", "Asked", "Moved"];

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    repo: String,
    #[serde(default)]
    state: String,
    cursor: Option<String>,
}

/// `GET /admin/dispatches`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<Query>,
) -> Result<Response, Failure> {
    let (repo, word) = (query.repo.trim(), query.state.trim());
    let listed = match Filter::parse(Some(repo), Some(word)) {
        Ok(filter) => dispatches::list(&state, &filter, query.cursor.as_deref()).await,
        Err(problem) => Err(problem.into()),
    };
    // A filter that can't be is told above the form that has it.
    let (listed, wrong) = match listed {
        Ok(listed) => (listed, None),
        Err(web::ApiError::Problem(problem)) if !problem.errors().is_empty() => {
            (ListedClaims { claims: Vec::new(), next: None }, Some(problem))
        }
        Err(error) => return Err(error.into()),
    };
    let here = |cursor: &str| address(PAGE, &[("repo", repo), ("state", word), ("cursor", cursor)]);
    let is_first = query.cursor.is_none();
    let body = html! {
        div.head { h1 { "Dispatches" } }
        @if let Some(problem) = &wrong { (notice(Tone::Bad, &html! { (problem.detail()) })) }
        (filters(repo, word))
        (list(&listed, &here(""), is_first && wrong.is_none(), state.clock.now()))
        (pager((!is_first).then(|| here("")).as_deref(), listed.next.as_deref().map(here).as_deref()))
    };
    Ok(framed("Dispatches", Section::Dispatches, &visitor, &body))
}

fn filters(repo: &str, word: &str) -> Markup {
    html! {
        form.search method="get" role="search" {
            label.unseen for="repo" { "Repository" }
            input #repo type="search" name="repo" value=(repo) placeholder="owner/name" spellcheck="false"
                autocomplete="off";
            label.unseen for="state" { "State" }
            select #state name="state" {
                option value="" { "Any state" }
                optgroup label="Open" { (options(&OPEN_KEYS, word)) }
                optgroup label="Over" { (options(&OVER_STATES, word)) }
            }
            button type="submit" { "Filter" }
            @if !repo.is_empty() || !word.is_empty() { a.button.quiet href=(PAGE) { "Show all" } }
        }
    }
}

fn options(words: &[&str], chosen: &str) -> Markup {
    html! { @for word in words { option value=(word) selected[*word == chosen] { (word.replace('-', " ")) } } }
}

fn list(listed: &ListedClaims, here: &str, is_live: bool, now: Timestamp) -> Markup {
    html! {
        div #list data-live[is_live] hx-get=[is_live.then_some(here)] hx-trigger=[is_live.then_some("every 5s")]
            hx-select=[is_live.then_some("#list")] hx-swap=[is_live.then_some("outerHTML")] {
            @if listed.claims.is_empty() {
                div.empty {
                    h2 { "Nothing here" }
                    @if listed.next.is_some() {
                        p { "The list goes on: what passes the filter is further back." }
                    } @else {
                        p { "A command on a pull request or an issue, or a program's request, shows up here at once." }
                    }
                }
            } @else {
                (table("Dispatches", &COLUMNS, &rows(listed, now)))
            }
        }
    }
}

fn rows(listed: &ListedClaims, now: Timestamp) -> Markup {
    html! {
        @for claim in &listed.claims {
            @match claim {
                ListedClaim::Readable(claim) => (row(claim, now)),
                ListedClaim::Unreadable { claim, .. } => tr {
                    th scope="row" { code { (claim) } }
                    td { (pill(Tone::Bad, "Unreadable")) }
                    td colspan="4" { "Its record can't be read by this release; the log has the cause." }
                },
            }
        }
    }
}

fn row(claim: &Claim, now: Timestamp) -> Markup {
    let repo = &claim.request.repo().name;
    html! {
        tr {
            th scope="row" { a href={ (PAGE) "/" (claim.id) } { (asked_for(claim)) } }
            td { (state_of(claim)) @if let Some(code) = claim.code() { br; code.muted { (code) } } }
            td { (repo) (number(claim)) }
            td { (claim.request.asker()) }
            td { (moment(claim.asked_at(), now)) }
            td { (moment(claim.updated_at, now)) }
        }
    }
}
