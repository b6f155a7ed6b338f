//! The list of mapped repositories, with a search.
//!
//! Owns the page. What is listed is what the mappings' API lists.

use aws::MappingEntry;
use axum::extract;
use axum::response::Response;
use domain::installation::InstallationState;
use domain::mapping::Mapping;
use jiff::Timestamp;
use maud::{Markup, html};
use serde::Deserialize;
use web::{ApiError, QueryParameters};

use super::HOME;
use super::chrome::{Section, page as framed};
use super::failure::Failure;
use super::parts::{Tone, address, moment, notice, pager, pill, table};
use super::visitor::Visitor;
use crate::mappings;
use crate::state::State;

const COLUMNS: [&str; 6] = ["Repository", "Provider", "State", "At once", "Team", "Saved"];

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
    #[serde(default)]
    done: String,
}

/// A part of the list.
struct Found {
    entries: Vec<MappingEntry>,
    next: Option<String>,
}

/// `GET /admin/repositories`
pub(super) async fn page(
    Visitor(visitor): Visitor,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<Query>,
) -> Result<Response, Failure> {
    let wanted = query.q.trim();
    let Found { entries, next } = find(&state, wanted, query.cursor.as_deref()).await?;
    let next = next.map(|next| address(HOME, &[("q", wanted), ("cursor", &next)]));
    let first = query.cursor.is_some().then(|| address(HOME, &[("q", wanted)]));
    let now = state.clock.now();
    let body = html! {
        @if query.done == "deleted" { (notice(Tone::Good, &html! { "The mapping is deleted. Its history stays." })) }
        div.head {
            h1 { "Repositories" }
            div.actions {
                a.button href="/admin/transfer" { "Import, export" }
                a.button.primary href="/admin/repositories/new" { "Map a repository" }
            }
        }
        form.search method="get" role="search" {
            label.unseen for="q" { "Part of a repository's name or a team key" }
            input #q type="search" name="q" value=(wanted) placeholder="owner/name or team key";
            button type="submit" { "Search" }
        }
        @if entries.is_empty() {
            (nothing(wanted))
        } @else {
            (table("Mapped repositories", &COLUMNS, &html! { @for entry in &entries { (row(entry, now)) } }))
        }
        (pager(first.as_deref(), next.as_deref()))
    };
    Ok(framed("Repositories", Section::Repositories, &visitor, &body))
}

async fn find(state: &State, wanted: &str, cursor: Option<&str>) -> Result<Found, ApiError> {
    if wanted.is_empty() {
        let page = mappings::page(state, mappings::PAGE_SIZE, cursor).await?;
        return Ok(Found { entries: page.entries, next: page.next });
    }
    let wanted = wanted.to_ascii_lowercase();
    let has_it = |entry: &MappingEntry| {
        let team = entry.draft.team_key.as_deref().unwrap_or_default().to_ascii_lowercase();
        entry.draft.name_key().contains(&wanted) || team.contains(&wanted)
    };
    let mut found = Found { entries: Vec::new(), next: cursor.map(str::to_owned) };
    loop {
        let page = mappings::page(state, mappings::MOST_AT_ONCE, found.next.as_deref()).await?;
        found.entries.extend(page.entries.into_iter().filter(has_it));
        found.next = page.next;
        if found.next.is_none() || found.entries.len() >= mappings::PAGE_SIZE as usize {
            return Ok(found);
        }
    }
}

fn nothing(wanted: &str) -> Markup {
    html! {
        div.empty {
            @if wanted.is_empty() {
                h2 { "No repository is mapped yet" }
                p { "A mapping says which provider a repository's runs use, and what bounds them." }
                a.button.primary href="/admin/repositories/new" { "Map the first one" }
            } @else {
                h2 { "Nothing has “" (wanted) "” in its name or team key" }
                p { a href=(HOME) { "Show all" } }
            }
        }
    }
}

fn row(entry: &MappingEntry, now: Timestamp) -> Markup {
    let draft = &entry.draft;
    let name = format!("{}/{}", draft.owner, draft.repo);
    let mapping = Mapping::try_from(draft.clone()).ok();
    html! {
        tr {
            th scope="row" { a href={ (HOME) "/" (name) } { (name) } }
            td { @if let Some(mapping) = &mapping { (provider(mapping)) } @else { "–" } }
            td { (state_of(entry, mapping.as_ref())) }
            td.number { @if let Some(mapping) = &mapping { (mapping.max_in_progress) } @else { "–" } }
            td { (draft.team_key.as_deref().unwrap_or("–")) }
            td { (moment(entry.updated_at, now)) " " span.muted { "by " (entry.updated_by) } }
        }
    }
}

/// The provider, and the region where it has one.
pub(super) fn provider(mapping: &Mapping) -> Markup {
    html! {
        @match mapping.provider.region() {
            Some(region) => { "Bedrock " code { (region) } },
            None => "Anthropic",
        }
    }
}

/// The one thing about a mapping that somebody should know first.
pub(super) fn state_of(entry: &MappingEntry, mapping: Option<&Mapping>) -> Markup {
    let installation = entry.installation.map(|mark| mark.state);
    match (mapping, installation) {
        (None, _) => pill(Tone::Bad, "Broken settings"),
        (_, Some(InstallationState::Missing)) => pill(Tone::Bad, "App not installed"),
        (_, Some(InstallationState::Suspended)) => pill(Tone::Bad, "App suspended"),
        (Some(mapping), _) if mapping.paused => pill(Tone::Warn, "Paused"),
        (Some(mapping), _) if mapping.repo_id.is_none() => pill(Tone::Idle, "Not bound yet"),
        _ => pill(Tone::Good, "Ready"),
    }
}
