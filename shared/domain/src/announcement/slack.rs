//! News as Slack reads it: one text, with its links and its escapes.
//! <https://docs.slack.dev/messaging/formatting-message-text>
//!
//! Owns the escaping. A foreign text stands in a code span, where Slack makes no link of an address.

use serde_json::{Value, json};

use super::News;
use crate::refusal::code;

pub(super) fn message(news: &News<'_>) -> Value {
    let run = news.run_page.map(|page| format!(" {}", link(page, "See the run"))).unwrap_or_default();
    let conversation = match &news.conversation_page {
        Some(page) => link(page, &news.conversation),
        None => foreign(&news.conversation),
    };
    let mut lines = vec![format!("{} *{}*{}: {} {conversation}.{run}", news.sign, news.word, news.after(), news.task)];
    lines.extend(news.advice.as_deref().map(escaped));
    lines.push(facts(news));
    json!({ "text": lines.join("\n") })
}

fn facts(news: &News<'_>) -> String {
    let mut facts = vec![format!("Asked by {}", foreign(news.commenter))];
    facts.extend(news.ticket.map(|ticket| format!("ticket {}", foreign(ticket))));
    facts.extend(news.provider.as_deref().map(escaped));
    facts.join(" · ")
}

fn link(page: &str, text: &str) -> String {
    format!("<{}|{}>", escaped(page), escaped(text))
}

fn foreign(text: &str) -> String {
    escaped(&code(text))
}

/// The three characters that Slack reads as its own.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
