//! News as Teams reads it: a message with one Adaptive Card.
//! <https://adaptivecards.io/explorer/>
//!
//! Owns the card. Every text is a `TextRun`: unlike a `TextBlock` or a `FactSet`, it shows Markdown, links and mentions
//! as they are written.

use serde_json::{Value, json};

use super::News;
use crate::refusal::code;

const SCHEMA: &str = "http://adaptivecards.io/schemas/adaptive-card.json";
/// The first version with a `RichTextBlock`.
const VERSION: &str = "1.2";
const CARD_TYPE: &str = "application/vnd.microsoft.card.adaptive";

pub(super) fn message(news: &News<'_>) -> Value {
    let card = json!({
        "$schema": SCHEMA,
        "type": "AdaptiveCard",
        "version": VERSION,
        "body": body(news),
        "actions": actions(news),
    });
    json!({ "type": "message", "attachments": [{ "contentType": CARD_TYPE, "content": card }] })
}

fn body(news: &News<'_>) -> Vec<Value> {
    let title = format!("{} {}{}", news.sign, news.word, news.after());
    let mut body = vec![
        paragraph(&[json!({ "type": "TextRun", "text": title, "size": "Medium", "weight": "Bolder" })]),
        paragraph(&[run(&format!("{} {}.", capitalized(news.task), news.conversation))]),
    ];
    body.extend(news.advice.as_deref().map(|advice| paragraph(&[run(&plain(advice))])));
    body.push(fact("Asked by", &foreign(news.commenter)));
    body.extend(news.ticket.map(|ticket| fact("Ticket", &foreign(ticket))));
    body.extend(news.provider.as_deref().map(|provider| fact("Provider", &plain(provider))));
    body
}

fn actions(news: &News<'_>) -> Vec<Value> {
    let open = |title: String, page: &str| json!({ "type": "Action.OpenUrl", "title": title, "url": page });
    let run = news.run_page.map(|page| open("See the run".to_owned(), page));
    let conversation = news.conversation_page.as_deref().map(|page| open(format!("Open {}", news.conversation), page));
    run.into_iter().chain(conversation).collect()
}

fn fact(name: &str, value: &str) -> Value {
    let name = json!({ "type": "TextRun", "text": format!("{name}: "), "isSubtle": true });
    let mut fact = paragraph(&[name, run(value)]);
    fact["spacing"] = json!("Small");
    fact
}

fn paragraph(inlines: &[Value]) -> Value {
    json!({ "type": "RichTextBlock", "inlines": inlines })
}

fn run(text: &str) -> Value {
    json!({ "type": "TextRun", "text": text })
}

/// On one line, and of bounded length.
fn foreign(text: &str) -> String {
    plain(&code(text))
}

/// A text without the marks of its code spans, which nothing reads here.
fn plain(text: &str) -> String {
    text.replace('`', "")
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}
