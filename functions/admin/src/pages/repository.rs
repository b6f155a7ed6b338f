//! One repository: its settings, what was done to them, what runs there, and what can be done.
//!
//! Owns the page. What is asked for on it is done elsewhere.

mod changing;
mod history;
mod settings;

use aws::ListedClaim;
use axum::extract;
use axum::response::Response;
use domain::command::COMMAND_WORD;
use domain::mapping::Mapping;
use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use web::QueryParameters;

pub(super) use self::changing::{ask_to_delete, delete, pause, sync};
use super::chrome::{Section, csrf, page as framed};
use super::claims::{asked_for, number, state_of as state_of_claim};
use super::failure::Failure;
use super::parts::{Tone, address, moment, notice};
use super::repositories::state_of;
use super::visitor::Visitor;
use super::{HOME, checks, dispatches};
use crate::caller::SignedIn;
use crate::dispatches::{Filter, list as listed};
use crate::mappings::{self, RepoPath};
use crate::state::State;

/// So many dispatches are shown.
const RECENT: usize = 6;

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    done: String,
}

/// The address of a repository's page.
pub(super) fn address_of(name: &RepoFullName) -> String {
    format!("{HOME}/{name}")
}

/// `GET /admin/repositories/{owner}/{repo}`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    QueryParameters(query): QueryParameters<Query>,
) -> Result<Response, Failure> {
    let (entry, changes) = tokio::try_join!(mappings::stored(&state, &name), history::recent(&state, &name))?;
    let claims = match entry.draft.repo_id {
        Some(_) => listed(&state, &Filter { repo: Some(name.clone()), state: None }, None).await?.claims,
        None => Vec::new(),
    };
    let mapping = entry.unreadable.is_none().then(|| Mapping::try_from(entry.draft.clone()).ok()).flatten();
    let now = state.clock.now();
    let name = mapping.as_ref().map_or(name, |mapping| mapping.repo.clone());
    let body = html! {
        (done(&query.done))
        div.head {
            div {
                p.crumbs { a href=(HOME) { "Repositories" } }
                h1 { (name) " " (state_of(&entry, mapping.as_ref())) }
            }
            (actions(&visitor, &name, entry.draft.version, mapping.as_ref()))
        }
        div.two {
            section.card aria-labelledby="settings" {
                h2 #settings { "Settings" }
                (settings::of(&entry, mapping.as_ref(), now))
            }
            div {
                section.card aria-labelledby="dispatches" {
                    div.head {
                        h2 #dispatches { "Dispatches" }
                        a href=(address(dispatches::PAGE, &[("repo", &name.to_string())])) { "All of them" }
                    }
                    (recent(&claims, now))
                }
                section.card aria-labelledby="history" {
                    h2 #history { "What was changed" }
                    (history::list(&changes, now))
                }
            }
        }
        (checks::place(&name))
    };
    Ok(framed(&name.to_string(), Section::Repositories, &visitor, &body))
}

fn recent(claims: &[ListedClaim], now: Timestamp) -> Markup {
    html! {
        @if claims.is_empty() {
            p.muted { "None yet. A comment " code { (COMMAND_WORD) } " on a pull request there makes the first." }
        }
        ul.lines {
            @for claim in &claims[..claims.len().min(RECENT)] {
                @if let ListedClaim::Readable(claim) = claim {
                    li {
                        span {
                            a href={ (dispatches::PAGE) "/" (claim.id) } { (number(claim)) " " (asked_for(claim)) }
                            " " span.muted { (moment(claim.asked_at(), now)) }
                        }
                        (state_of_claim(claim))
                    }
                }
            }
        }
    }
}

fn actions(visitor: &SignedIn, name: &RepoFullName, version: u64, mapping: Option<&Mapping>) -> Markup {
    let address = address_of(name);
    html! {
        div.actions {
            a.button.primary href={ (address) "/edit" } { "Edit" }
            @if let Some(mapping) = mapping {
                form method="post" action={ (address) "/sync" } {
                    (csrf(visitor))
                    button type="submit" { "Sync workflows" }
                }
                form method="post" action={ (address) "/pause" } {
                    (csrf(visitor))
                    input type="hidden" name="version" value=(version);
                    input type="hidden" name="paused" value=(if mapping.paused { "off" } else { "on" });
                    button type="submit" { @if mapping.paused { "Resume" } @else { "Pause" } }
                }
            }
            a.button.quiet href={ (address) "/delete" } { "Delete…" }
        }
    }
}

fn done(what: &str) -> Markup {
    let told = match what {
        "saved" => "Saved. The next command uses it.",
        "paused" => "Paused. New commands are refused; runs that are under way end as they would.",
        "resumed" => "Resumed. Commands are taken again.",
        "overtaken" => {
            return notice(
                Tone::Warn,
                &html! {
                    "Nothing was changed: somebody else has saved this mapping meanwhile. This is what is there now."
                },
            );
        }
        "saved-unbound" => {
            return notice(
                Tone::Warn,
                &html! {
                    "Saved, without making sure of the repository: GitHub did not tell its id. Is the App installed there?"
                },
            );
        }
        _ => return html! {},
    };
    notice(Tone::Good, &html! { (told) })
}
