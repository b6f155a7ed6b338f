//! Signing in and out.
//!
//! Owns the page, and that nobody is led anywhere but into the admin from it. Who may sign in is judged elsewhere.

use axum::extract;
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use http::header::SET_COOKIE;
use maud::{Markup, html};
use serde::Deserialize;
use web::{Problem, QueryParameters};

use super::HOME;
use super::chrome::Section;
use super::chrome::{page as framed, plain_page};
use super::failure::Failure;
use super::fields::FormFields;
use super::parts::{Tone, address as with_query, notice, sentence};
use super::submitted::{Sender, Submitted, foreign, sender};
use super::visitor::Visitor;
use crate::auth;
use crate::state::State;

const PAGE: &str = "/admin/sign-in";
const RETURN_TO: &str = "return_to";
const GITHUB_IS_OFF: &str = "Signing in with GitHub is off. It takes the App's `client_id` and `client_secret` in its secret, and \
                             somebody listed in `ADMIN_ALLOW`.";
const ABOUT_THE_CODE: &str =
    "It stands in the admin secret, as `access_code`. Five wrong ones lock an address out for 15 minutes.";

#[derive(Deserialize)]
pub(super) struct Query {
    #[serde(default)]
    return_to: String,
    /// Why signing in with GitHub came to nothing.
    #[serde(default)]
    problem: String,
}

/// The address of the page that leads back to a path, and explains a problem's code, if there is one.
pub(super) fn address(return_to: &str, problem: &str) -> String {
    with_query(PAGE, &[(RETURN_TO, return_to), ("problem", problem)])
}

/// `GET /admin/sign-in`
pub(super) async fn page(
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<Query>,
) -> Response {
    let told = auth::explain(&query.problem);
    plain_page("Sign in", &form(&state, &query.return_to, told).await).into_response()
}

/// `POST /admin/sign-in`
pub(super) async fn with_access_code(
    extract::State(state): extract::State<State>,
    headers: HeaderMap,
    body: axum::body::Bytes,
) -> Response {
    // Another site could make a browser try codes until its address is locked out.
    if sender(&headers) == Sender::Foreign {
        return Failure::from(foreign()).into_response();
    }
    let fields = FormFields::parse(&body);
    match auth::with_access_code(&state, &headers, fields.text("access_code")).await {
        Ok(signed_in) => {
            ([(SET_COOKIE, signed_in.cookie)], Redirect::to(inside(fields.text(RETURN_TO)))).into_response()
        }
        Err(error) => {
            let problem: Problem = error.into_problem();
            let body = form(&state, fields.text(RETURN_TO), Some(problem.detail())).await;
            (problem.status(), plain_page("Sign in", &body)).into_response()
        }
    }
}

/// `POST /admin/sign-out`
pub(super) async fn out(Submitted { by, .. }: Submitted) -> Response {
    let body = html! {
        section.narrow {
            h1 { "Signed out" }
            p { a href=(PAGE) { "Sign in again" } }
        }
    };
    ([(SET_COOKIE, auth::forgotten(&by.session))], plain_page("Signed out", &body)).into_response()
}

/// `GET /admin/signed-in`: where the tab ends that somebody opened only to sign in.
pub(super) async fn done(Visitor(visitor): Visitor) -> Result<Response, Failure> {
    let body = html! {
        section.narrow {
            h1 { "You are signed in" }
            p.lead { "Go back to the tab that you came from, and go on there." }
        }
    };
    Ok(framed("Signed in", Section::Repositories, &visitor, &body))
}

async fn form(state: &State, return_to: &str, told: Option<&str>) -> Markup {
    let return_to = inside(return_to);
    let ways = auth::ways(state).await;
    html! {
        section.narrow.card.sign-in {
            h1 { "Sign in" }
            @if let Some(told) = told { (notice(Tone::Bad, &html! { (told) })) }
            @if ways.github {
                a.button.primary href=(with_query("/api/auth/github", &[(RETURN_TO, return_to)])) { "Sign in with GitHub" }
            } @else {
                p.muted { (sentence(GITHUB_IS_OFF)) }
            }
            @if ways.access_code {
                form method="post" action=(PAGE) {
                    input type="hidden" name=(RETURN_TO) value=(return_to);
                    label for="access_code" { "Access code" }
                    input #access_code type="password" name="access_code" autocomplete="current-password" required
                        autofocus[!ways.github];
                    p.hint { (sentence(ABOUT_THE_CODE)) }
                    button type="submit" class=[(!ways.github).then_some("primary")] { "Sign in with the code" }
                }
            }
        }
    }
}

/// The path, where it is one of ours: a browser takes `//host` and `/\host` for another place.
fn inside(return_to: &str) -> &str {
    let is_ours = return_to == "/admin" || return_to.starts_with("/admin/");
    if is_ours && !return_to.contains(['\\', '\r', '\n', '\t']) { return_to } else { HOME }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_led_elsewhere() {
        for ours in ["/admin", "/admin/dispatches?state=unknown"] {
            assert_eq!(inside(ours), ours);
        }
        for other in ["", "/", "//evil.example", "/administrator", "https://evil.example", "/admin\\..", "/admin/\n"] {
            assert_eq!(inside(other), HOME, "{other}");
        }
    }
}
