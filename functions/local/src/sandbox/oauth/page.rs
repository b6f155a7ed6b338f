//! The page on which somebody says who they are.
//!
//! Owns its HTML, which works without a script. Never decides.

use axum::http::{StatusCode, Uri};
use axum::response::{Html, IntoResponse, Response};

use crate::sandbox::world::{AccountKind, World};

/// The page of a sign-in; a button of it is sent to the page's own address.
pub(super) fn consent(world: &World, uri: &Uri) -> Html<String> {
    let address = escaped(uri.path_and_query().map_or("/", |it| it.as_str()));
    let people = world.accounts.iter().filter(|account| account.kind == AccountKind::User);
    let buttons: Vec<String> = people
        .map(|account| {
            let login = escaped(&account.login);
            format!("<li><button name=\"login\" value=\"{login}\">Sign in as {login}</button></li>\n")
        })
        .collect();
    let buttons = buttons.concat();
    let (app, slug) = (escaped(&world.app.name), escaped(&world.app.slug));
    page(&format!(
        "<h1>Sign in to {app}</h1>\n<p>{slug} would like to know who you are. This is a sandbox: be whoever you like.</p>\n\
         <form method=\"post\" action=\"{address}\">\n<ul>\n{buttons}</ul>\n<button name=\"deny\" value=\"1\">Cancel</button>\n\
         </form>"
    ))
}

/// The page of a request that leads nowhere.
pub(super) fn error(status: StatusCode, why: &str) -> Response {
    (status, page(&format!("<h1>That did not work</h1>\n<p>{}</p>", escaped(why)))).into_response()
}

fn page(body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n<title>Sandbox GitHub</title>\n<body>\n{body}\n</body>\n</html>\n"
    ))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
