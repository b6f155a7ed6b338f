//! What stands around every page: the head, the way to the others, who is signed in.
//!
//! Owns the document. Never knows what a page shows.

use axum::response::{Html, IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::{HOME, assets};
use crate::caller::SignedIn;

/// What htmx may do: no code from attributes, no style of its own, nothing kept, nothing from elsewhere.
const HTMX: &str =
    r#"{"allowEval": false, "includeIndicatorStyles": false, "historyCacheSize": 0, "selfRequestsOnly": true}"#;

/// The parts of the admin, as its navigation has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Section {
    Repositories,
    Dispatches,
    Activity,
    Tokens,
    Health,
}

impl Section {
    const ALL: [(Self, &'static str, &'static str); 5] = [
        (Self::Repositories, HOME, "Repositories"),
        (Self::Dispatches, "/admin/dispatches", "Dispatches"),
        (Self::Activity, "/admin/activity", "Activity"),
        (Self::Tokens, "/admin/tokens", "API tokens"),
        (Self::Health, "/admin/health", "Health"),
    ];
}

/// A page of somebody who is signed in.
pub(super) fn page(title: &str, section: Section, visitor: &SignedIn, body: &Markup) -> Response {
    let navigation = html! {
        nav aria-label="Admin" {
            @for (of, address, name) in Section::ALL {
                a href=(address) aria-current=[(of == section).then_some("page")] { (name) }
            }
        }
        form.who method="post" action="/admin/sign-out" {
            (csrf(visitor))
            span { (visitor.session.subject) }
            button.quiet type="submit" { "Sign out" }
        }
    };
    document(title, &navigation, body).into_response()
}

/// A page of nobody: to sign in, or to be told of a failure.
pub(super) fn plain_page(title: &str, body: &Markup) -> Response {
    document(title, &html! {}, body).into_response()
}

/// What proves that a form is ours.
pub(super) fn csrf(visitor: &SignedIn) -> Markup {
    html! { input type="hidden" name=(super::submitted::CSRF_FIELD) value=(visitor.csrf_token); }
}

fn document(title: &str, navigation: &Markup, body: &Markup) -> Html<String> {
    let markup = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { (title) " · AI-Implement" }
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="htmx-config" content=(HTMX);
                link rel="icon" href=(assets::address("icon.svg")) type="image/svg+xml";
                link rel="stylesheet" href=(assets::address("admin.css"));
                script src=(assets::address("htmx.min.js")) defer {}
                script src=(assets::address("admin.js")) defer {}
            }
            body {
                a.skip href="#main" { "Skip to the content" }
                header.top {
                    a.brand href=(HOME) { span.mark aria-hidden="true" { "/" } "AI-Implement" }
                    (navigation)
                }
                main #main tabindex="-1" { (body) }
            }
        }
    };
    Html(markup.into_string())
}
