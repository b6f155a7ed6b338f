//! One token in the list.
//!
//! Owns how it stands there. Has no token's text: nobody has.

use aws::ListedToken;
use domain::api_token::{ApiToken, RepositoryScope, Standing};
use jiff::Timestamp;
use maud::{Markup, html};
use serde_json::Value;

use super::PAGE;
use crate::caller::SignedIn;
use crate::pages::chrome::csrf;
use crate::pages::parts::{Tone, moment, pill};

/// The list's columns.
pub(super) const COLUMNS: [&str; 7] = ["Name", "State", "Repositories", "Kinds", "Last used", "Made", "Take back"];

/// The line of a token.
pub(super) fn of(visitor: &SignedIn, token: &ListedToken, now: Timestamp) -> Markup {
    match token {
        ListedToken::Readable(token) => html! {
            tr {
                th scope="row" { (token.name) br; code.muted { (token.id) } }
                td { (standing(token, now)) }
                td { (repositories(&token.repositories)) }
                td { (serde_json::to_value(&token.kinds).as_ref().map(words).unwrap_or_default()) }
                td { @match token.last_used_at { Some(at) => (moment(at, now)), None => "never" } }
                td { (moment(token.created_at, now)) " " span.muted { "by " (token.created_by) } }
                td { @if token.revoked.is_none() { (take_back(visitor, &token.id.to_string(), &token.name.to_string())) } }
            }
        },
        ListedToken::Unreadable { id, .. } => html! {
            tr {
                th scope="row" { code { (id) } }
                td { (pill(Tone::Bad, "Unreadable")) }
                td colspan="4" { "Its record can't be read; the log has the cause. It opens nothing." }
                td { (take_back(visitor, &id.to_string(), &id.to_string())) }
            }
        },
    }
}

fn take_back(visitor: &SignedIn, id: &str, name: &str) -> Markup {
    html! {
        @let question = format!("Revoke {name}? Whoever uses it is refused from now on.");
        form method="post" action={ (PAGE) "/" (id) "/revoke" } data-ask=(question) {
            (csrf(visitor))
            button.quiet type="submit" { "Revoke" span.unseen { " " (name) } }
        }
    }
}

fn standing(token: &ApiToken, now: Timestamp) -> Markup {
    match token.standing(now) {
        Standing::Valid => {
            html! {
                (pill(Tone::Good, "Valid"))
                @if let Some(end) = token.expires_at { br; span.muted { "ends " (moment(end, now)) } }
            }
        }
        Standing::Expired => pill(Tone::Idle, "Expired"),
        Standing::Revoked => html! {
            (pill(Tone::Idle, "Revoked"))
            @if let Some(revoked) = &token.revoked { br; span.muted { (moment(revoked.at, now)) " by " (revoked.by) } }
        },
    }
}

fn repositories(scope: &RepositoryScope) -> Markup {
    html! {
        @match scope {
            RepositoryScope::All => "all mapped ones",
            RepositoryScope::Listed(list) => @for (place, it) in list.iter().enumerate() { @if place > 0 { ", " } (it.name) },
        }
    }
}

fn words(list: &Value) -> String {
    let words = list.as_array().map(Vec::as_slice).unwrap_or_default();
    words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
}
