//! One repository: its settings, what was done to them, what runs there, and what can be done.
//!
//! Owns the page and the forms on it. A change is the mappings' own; this page only asks for it.

mod history;
mod settings;

use aws::ListedClaim;
use axum::extract;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::command::COMMAND_WORD;
use domain::mapping::Mapping;
use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use web::{ApiError, Problem, QueryParameters};
use workflow_sync::Synced;

use super::chrome::{Section, csrf, page as framed};
use super::claims::{asked_for, number, state_of as state_of_claim};
use super::failure::Failure;
use super::fields::FormFields;
use super::parts::{Tone, address, moment, notice};
use super::repositories::state_of;
use super::submitted::Submitted;
use super::visitor::Visitor;
use super::{HOME, checks, dispatches};
use crate::caller::SignedIn;
use crate::dispatches::{Filter, list as listed};
use crate::mappings::{self, RepoIdIs, RepoPath};
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

/// `POST /admin/repositories/{owner}/{repo}/pause`: paused, or not any more, as the form says.
pub(super) async fn pause(
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    let entry = mappings::stored(&state, &name).await?;
    let mut draft = entry.draft;
    draft.version = version_of(&fields)?;
    draft.paused = Some(fields.text("paused") == "on");
    let repo_id = if draft.repo_id.is_some() { RepoIdIs::Stored } else { RepoIdIs::Unchecked };
    if let Some(faults) = &entry.unreadable {
        return Err(mappings::unreadable(&name, faults).into());
    }
    let done = if draft.paused == Some(true) { "paused" } else { "resumed" };
    let saved = mappings::save(&state, &by.session, &name, draft, repo_id).await;
    came_to(saved.map(drop), &name, &format!("{}?done={done}", address_of(&name)))
}

/// `POST /admin/repositories/{owner}/{repo}/sync`
pub(super) async fn sync(
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    Submitted { by, .. }: Submitted,
) -> Result<Response, Failure> {
    let synced = mappings::bring(&state, &by.session, &name).await?;
    let body = html! {
        p.crumbs { a href=(address_of(&name)) { (name) } }
        (came_of(&synced))
        p { a href=(address_of(&name)) { "Back to " (name) } }
    };
    Ok(framed("Sync", Section::Repositories, &by, &body))
}

/// `GET /admin/repositories/{owner}/{repo}/delete`
pub(super) async fn ask_to_delete(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
) -> Result<Response, Failure> {
    let entry = mappings::stored(&state, &name).await?;
    let body = html! {
        section.narrow {
            h1 { "Delete the mapping of " (name) "?" }
            p.lead { "Commands there are refused from then on. Runs that are under way end as they would. The history stays." }
            form method="post" {
                (csrf(&visitor))
                input type="hidden" name="version" value=(entry.draft.version);
                div.actions {
                    button.danger type="submit" { "Delete the mapping" }
                    a.button href=(address_of(&name)) { "Keep it" }
                }
            }
        }
    };
    Ok(framed("Delete a mapping", Section::Repositories, &visitor, &body))
}

/// `POST /admin/repositories/{owner}/{repo}/delete`
pub(super) async fn delete(
    extract::State(state): extract::State<State>,
    RepoPath(name): RepoPath,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    let deleted = mappings::delete(&state, &by.session, &name, version_of(&fields)?).await;
    came_to(deleted, &name, &format!("{HOME}?done=deleted"))
}

/// Where somebody is led who asked for a change: where it shows, or back to what is there now, if another was faster.
fn came_to(done: Result<(), ApiError>, name: &RepoFullName, shown_at: &str) -> Result<Response, Failure> {
    match done {
        Ok(()) => Ok(Redirect::to(shown_at).into_response()),
        Err(ApiError::Problem(problem)) if problem.code() == "VERSION_CONFLICT" => {
            Ok(Redirect::to(&format!("{}?done=overtaken", address_of(name))).into_response())
        }
        Err(error) => Err(error.into()),
    }
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

fn version_of(fields: &FormFields) -> Result<u64, ApiError> {
    let version = fields.text("version").parse();
    version.map_err(|_| Problem::bad_field("version", "expected a whole number").into())
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

fn came_of(synced: &Synced) -> Markup {
    match synced {
        Synced::UpToDate => html! {
            h1 { "Up to date" }
            p.lead { "The repository has every file as this release delivers it." }
        },
        Synced::Proposed { pull_request, files, .. } => html! {
            h1 { @match synced.as_str() {
                "pr-opened" => "A pull request brings the files",
                "pr-updated" => "The pull request is brought up to date",
                _ => "The pull request has everything already",
            } }
            p.lead { a href=(pull_request.html_url) { "Pull request #" (pull_request.number) } " takes effect when it is merged." }
            ul.files { @for file in files { li { code { (file) } } } }
        },
    }
}
