//! What can be done to a repository's mapping from its page, besides editing it.
//!
//! Owns the forms' ways there and back. A change is the mappings' own; here it is only asked for, and whoever was overtaken by
//! somebody else is told so.

use axum::extract;
use axum::response::{IntoResponse as _, Redirect, Response};
use domain::repo_name::RepoFullName;
use maud::{Markup, html};
use web::{ApiError, Problem};
use workflow_sync::Synced;

use super::address_of;
use crate::mappings::{self, RepoIdIs, RepoPath};
use crate::pages::HOME;
use crate::pages::chrome::{Section, csrf, page as framed};
use crate::pages::failure::Failure;
use crate::pages::fields::FormFields;
use crate::pages::submitted::Submitted;
use crate::pages::visitor::Visitor;
use crate::state::State;

/// `POST /admin/repositories/{owner}/{repo}/pause`: paused, or not any more, as the form says.
pub(in crate::pages) async fn pause(
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
pub(in crate::pages) async fn sync(
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
pub(in crate::pages) async fn ask_to_delete(
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
pub(in crate::pages) async fn delete(
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

fn version_of(fields: &FormFields) -> Result<u64, ApiError> {
    let version = fields.text("version").parse();
    version.map_err(|_| Problem::bad_field("version", "expected a whole number").into())
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
