//! The form for a new token.
//!
//! Owns its fields, and that it makes one token however often it is sent. Judges nothing.

use domain::api_token::ApiTokenId;
use domain::run_kind::RunKind;
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::{Map, Value, json};
use web::FieldProblem;

use super::PAGE;
use crate::caller::SignedIn;
use crate::pages::chrome::csrf;
use crate::pages::fields::FormFields;
use crate::tokens::new_id;

/// The field with the new token's id.
pub(super) const ID: &str = "id";

/// The id of the token that a form is to make.
pub(super) fn id_of(fields: &FormFields) -> Option<ApiTokenId> {
    fields.text(ID).parse().ok()
}

/// The form.
pub(super) fn markup(visitor: &SignedIn, typed: &FormFields, faults: &[FieldProblem], now: Timestamp) -> Markup {
    // A form that is shown again may have made its token although nobody heard of it.
    let id = id_of(typed).unwrap_or_else(|| new_id(now));
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
pub(super) fn members_of(fields: &FormFields) -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("name".to_owned(), fields.text("name").into());
    let named: Vec<&str> =
        fields.text("repositories").split([' ', ',', '\r', '\n', '\t']).filter(|it| !it.is_empty()).collect();
    members.insert("repositories".to_owned(), if named.is_empty() { "all".into() } else { json!(named) });
    members.insert("kinds".to_owned(), fields.all("kinds").collect::<Vec<_>>().into());
    fields.put_number("expiresInDays", &mut members);
    members
}
