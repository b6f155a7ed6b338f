//! A request that failed, as a page.
//!
//! Owns the form of it. What happened, and what to do about it, is the problem's own sentence.

use axum::response::{IntoResponse, Response};
use http::StatusCode;
use maud::{Markup, html};
use web::{ApiError, Problem};

use super::HOME;
use super::chrome::plain_page;

/// A failure that a browser is shown.
#[derive(Debug)]
pub(super) struct Failure(ApiError);

impl<E: Into<ApiError>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let problem = self.0.into_problem();
        let title = problem.status().canonical_reason().unwrap_or("It did not work");
        let body = html! {
            (explained(title, &problem))
            p { a href=(HOME) { "To the repositories" } }
        };
        (problem.status(), plain_page(title, &body)).into_response()
    }
}

/// The answer to an address below the admin that is no page's.
pub(super) async fn nothing_there() -> Failure {
    Problem::new(StatusCode::NOT_FOUND, "NOT_FOUND", "There is no such page.").into()
}

/// A problem, with its code for whoever looks it up.
pub(super) fn explained(title: &str, problem: &Problem) -> Markup {
    html! {
        section.narrow {
            h1 { (title) }
            p.lead { (problem.detail()) }
            p.muted { "Code " code { (problem.code()) } }
        }
    }
}
