//! Taking all mappings out, and bringing many in.
//!
//! Owns what an import would do, shown before it is done, and that nothing is begun while one of the mappings is wrong. What
//! is as it should be is left alone, so an import that broke off is simply sent again.

mod import;

use axum::Json;
use axum::extract;
use axum::response::{IntoResponse as _, Response};
use domain::mapping::MappingDraft;
use http::header::CONTENT_DISPOSITION;
use maud::{Markup, html};

use self::import::{Import, Step, What};
use super::HOME;
use super::chrome::{Section, csrf, page as framed};
use super::failure::Failure;
use super::parts::{Tone, notice, pill, table};
use super::submitted::Submitted;
use super::visitor::Visitor;
use crate::caller::SignedIn;
use crate::mappings;
use crate::state::State;

const EXAMPLE: &str = r#"[{"owner": "you", "repo": "yours", "provider": "bedrock", "awsRegion": "us-west-2"}]"#;

/// The field with what an import was compared with when it was shown: by it, somebody confirms just that.
const SEEN: &str = "seen";

/// `GET /admin/mappings.json`: every mapping as it is stored, in the form that an import takes.
pub(super) async fn export(
    Visitor(_): Visitor,
    extract::State(state): extract::State<State>,
) -> Result<Response, Failure> {
    let drafts: Vec<MappingDraft> = mappings::all(&state).await?.into_iter().map(|entry| entry.draft).collect();
    Ok(([(CONTENT_DISPOSITION, r#"attachment; filename="mappings.json""#)], Json(drafts)).into_response())
}

/// `GET /admin/transfer`
pub(super) async fn page(Visitor(visitor): Visitor) -> Response {
    framed("Import, export", Section::Repositories, &visitor, &form(&visitor, "", &html! {}))
}

/// `POST /admin/transfer`: shows what would be done, or does it.
pub(super) async fn import(
    extract::State(state): extract::State<State>,
    Submitted { by, fields }: Submitted,
) -> Result<Response, Failure> {
    let text = fields.text("mappings");
    let import = match Import::read(&state, text).await? {
        Ok(import) => import,
        Err(told) => {
            let told = notice(Tone::Bad, &html! { (told) });
            return Ok(framed("Import, export", Section::Repositories, &by, &form(&by, text, &told)));
        }
    };
    let is_confirmed = !fields.text(SEEN).is_empty();
    let body = if !import.is_sound() {
        let told = notice(Tone::Bad, &html! { "Nothing was imported. Mend what is wrong, then look again." });
        html! { (form(&by, text, &told)) (steps_table(import.steps())) }
    } else if is_confirmed && fields.text(SEEN) == import.seen() {
        done(&by, &import.carry_out(&state, &by.session).await, text)
    } else {
        preview(&by, &import, text, is_confirmed)
    };
    Ok(framed("Import", Section::Repositories, &by, &body))
}

fn form(visitor: &SignedIn, text: &str, told: &Markup) -> Markup {
    html! {
        p.crumbs { a href=(HOME) { "Repositories" } }
        (told)
        h1 { "Import, export" }
        section.card {
            h2 { "Export" }
            p { "Every mapping as JSON. Addresses of Slack and Teams are in it: keep it to yourself." }
            p { a.button href="/admin/mappings.json" { "Download mappings.json" } }
        }
        section.card.form {
            h2 { "Import" }
            p {
                "A JSON list of mappings, as the export has it. You see what it would change before anything is changed. A \
                 mapping that isn't in the list stays as it is."
            }
            form method="post" action="/admin/transfer" {
                (csrf(visitor))
                div.field {
                    label for="mappings" { "Mappings" }
                    textarea #mappings name="mappings" rows="14" spellcheck="false" required
                        placeholder=(EXAMPLE) { (text) }
                    p.hint hidden data-file="mappings" {
                        label { "Or take a file: " input type="file" accept="application/json,.json"; }
                    }
                }
                div.actions { button.primary type="submit" { "Show what it would do" } }
            }
        }
    }
}

fn preview(visitor: &SignedIn, import: &Import, text: &str, was_confirmed: bool) -> Markup {
    let changes = import.steps().iter().filter(|step| !matches!(step.what, What::Unchanged)).count();
    html! {
        p.crumbs { a href="/admin/transfer" { "Import, export" } }
        @if was_confirmed {
            (notice(Tone::Warn, &html! { "Somebody saved one of these meanwhile. Nothing was imported; look once more." }))
        }
        h1 { "What the import would do" }
        (steps_table(import.steps()))
        form method="post" action="/admin/transfer" {
            (csrf(visitor))
            input type="hidden" name="mappings" value=(text);
            input type="hidden" name=(SEEN) value=(import.seen());
            div.actions {
                @if changes > 0 {
                    button.primary type="submit" { "Import " (changes) @if changes == 1 { " mapping" } @else { " mappings" } }
                }
                a.button href="/admin/transfer" { "Back" }
            }
        }
    }
}

fn done(visitor: &SignedIn, steps: &[Step], text: &str) -> Markup {
    let is_done = |step: &Step| matches!(step.what, What::Created(_) | What::Updated(_) | What::Unchanged);
    html! {
        @if steps.iter().all(is_done) {
            h1 { "Imported" }
        } @else {
            h1 { "Not all of it was imported" }
            form method="post" action="/admin/transfer" {
                (csrf(visitor))
                input type="hidden" name="mappings" value=(text);
                p { "What is done is left alone. " button.primary type="submit" { "Go on with the rest" } }
            }
        }
        (steps_table(steps))
        p { a.button href=(HOME) { "To the repositories" } }
    }
}

fn steps_table(steps: &[Step]) -> Markup {
    let rows = html! { @for step in steps { tr { th scope="row" { (step.name) } td { (what(&step.what)) } } } };
    table("Mappings of the import", &["Repository", "What"], &rows)
}

fn what(what: &What) -> Markup {
    match what {
        What::Create => pill(Tone::Busy, "Will be made"),
        What::Update => pill(Tone::Busy, "Will be changed"),
        What::Created(None) => pill(Tone::Good, "Made"),
        What::Updated(None) => pill(Tone::Good, "Changed"),
        What::Created(Some(warning)) => html! { (pill(Tone::Warn, "Made")) " " (warning) },
        What::Updated(Some(warning)) => html! { (pill(Tone::Warn, "Changed")) " " (warning) },
        What::Unchanged => pill(Tone::Idle, "As it should be"),
        What::Left => pill(Tone::Warn, "Not begun"),
        What::Wrong(why) => html! { (pill(Tone::Bad, "Wrong")) " " (why) },
    }
}
