//! Small parts that several pages show: a time, a state, a notice, the way to the next page.
//!
//! Owns how they look in markup. Every text in them is escaped, wherever it comes from.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use web::FieldProblem;

/// What a state means to whoever looks for trouble. The word beside it says the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tone {
    Good,
    Busy,
    Idle,
    Warn,
    Bad,
}

impl Tone {
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Busy => "busy",
            Self::Idle => "idle",
            Self::Warn => "warn",
            Self::Bad => "bad",
        }
    }
}

/// A state in a word.
pub(super) fn pill(tone: Tone, word: &str) -> Markup {
    html! { span class={ "pill " (tone.class()) } { (word) } }
}

/// A message that the page begins with.
pub(super) fn notice(tone: Tone, text: &Markup) -> Markup {
    html! { p class={ "notice " (tone.class()) } role="status" { (text) } }
}

/// A moment, as people say it; the exact one is there too.
pub(super) fn moment(at: Timestamp, now: Timestamp) -> Markup {
    let exact = at.strftime("%Y-%m-%d %H:%M:%S UTC").to_string();
    html! { time datetime=(at.strftime("%Y-%m-%dT%H:%M:%SZ")) title=(exact) { (in_words(at, now)) } }
}

/// How long something takes, as people say it.
pub(super) fn span(length: SignedDuration) -> String {
    match length.as_secs() {
        ..1 => format!("{} ms", length.as_millis().max(0)),
        seconds @ 1..120 => format!("{seconds} s"),
        seconds @ 120..7_200 => format!("{} min", seconds / 60),
        seconds @ 7_200..172_800 => format!("{} h", seconds / 3_600),
        seconds => format!("{} days", seconds / 86_400),
    }
}

/// The way to the rest of a list.
pub(super) fn pager(first: Option<&str>, next: Option<&str>) -> Markup {
    html! {
        @if first.is_some() || next.is_some() {
            nav.pager aria-label="Pages" {
                @if let Some(first) = first { a href=(first) { "First page" } }
                @if let Some(next) = next { a href=(next) rel="next" { "Next page" } }
            }
        }
    }
}

/// What is wrong with a form, with the way to each field.
pub(super) fn summary(faults: &[FieldProblem], nothing: &str) -> Markup {
    html! {
        @if !faults.is_empty() {
            div.notice.bad role="alert" {
                p { strong { (nothing) } " Mend this first:" }
                ul {
                    @for FieldProblem { field, detail } in faults {
                        li { a href={ "#" (field.split('[').next().unwrap_or(field)) } { (field) } ": " (detail) }
                    }
                }
            }
        }
    }
}

/// A table that may be wider than its page.
pub(super) fn table(label: &str, columns: &[&str], rows: &Markup) -> Markup {
    html! {
        div.table tabindex="0" role="region" aria-label=(label) {
            table {
                thead { tr { @for column in columns { th scope="col" { (column) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// A text to be taken along, with a button that does it where scripts run.
pub(super) fn copyable(id: &str, label: &Markup, text: &str) -> Markup {
    html! {
        div.copyable {
            div.bar {
                span id={ (id) "-label" } { (label) }
                button.quiet.copy type="button" data-copy=(id) hidden { "Copy" }
            }
            pre id=(id) tabindex="0" role="region" aria-labelledby={ (id) "-label" } { code { (text) } }
        }
    }
}

/// A sentence of ours: code spans stand in backticks, what somebody has to look for on a page in asterisks.
pub(super) fn sentence(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split('`').enumerate() {
            @if place % 2 == 1 { code { (part) } } @else { (with_emphasis(part)) }
        }
    }
}

fn with_emphasis(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('*').collect();
    // One asterisk alone is one.
    let is_paired = parts.len() % 2 == 1;
    html! {
        @if is_paired {
            @for (place, part) in parts.iter().enumerate() { @if place % 2 == 1 { em { (part) } } @else { (part) } }
        } @else { (text) }
    }
}

/// A link to GitHub; an address that is none of the web's is only shown.
pub(super) fn link(address: &str, shown: &Markup) -> Markup {
    let is_web = address.starts_with("https://") || address.starts_with("http://");
    html! { @if is_web { a href=(address) rel="noreferrer" { (shown) } } @else { (shown) } }
}

/// An address below the admin, with its query written as a query has to be.
pub(super) fn address(path: &str, query: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in query.iter().filter(|(_, value)| !value.is_empty()) {
        text.append_pair(name, value);
    }
    let query = text.finish();
    if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
}

fn in_words(at: Timestamp, now: Timestamp) -> String {
    let passed = now.duration_since(at);
    if passed.is_negative() {
        return match passed.abs() {
            soon if soon < SignedDuration::from_secs(5) => "now".to_owned(),
            later => format!("in {}", span(later)),
        };
    }
    match passed {
        short if short < SignedDuration::from_secs(5) => "just now".to_owned(),
        recent if recent < SignedDuration::from_hours(7 * 24) => format!("{} ago", span(recent)),
        _ => at.strftime("%Y-%m-%d").to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    #[test]
    fn a_moment_is_said_as_people_say_it() {
        for (passed, words) in [
            (0, "just now"),
            (59, "59 s ago"),
            (150, "2 min ago"),
            (3 * 3_600, "3 h ago"),
            (3 * 86_400, "3 days ago"),
            (8 * 86_400, "2027-01-15"),
            (-2, "now"),
            (-3_599, "in 59 min"),
        ] {
            assert_eq!(in_words(second(0), second(passed)), words, "{passed}");
        }
    }

    #[test]
    fn a_query_is_written_so_that_it_is_one() {
        assert_eq!(address("/x", &[("q", "a&b=c"), ("cursor", "")]), "/x?q=a%26b%3Dc");
        assert_eq!(address("/x", &[("q", "")]), "/x");
    }

    #[test]
    fn a_sentence_has_code_and_a_link_leads_to_the_web_only() {
        assert_eq!(sentence("Set `A<B` now.").into_string(), "Set <code>A&lt;B</code> now.");
        assert_eq!(sentence("Tick *Allow* (`repo:*`).").into_string(), "Tick <em>Allow</em> (<code>repo:*</code>).");
        let linked = |address: &str| link(address, &html! { "x" }).into_string();
        assert!(linked("https://github.com/o/r").contains("href"));
        assert_eq!(linked("javascript:alert(1)"), "x");
    }

    #[test]
    fn no_text_becomes_markup() {
        let shown = pill(Tone::Bad, "<script>alert(1)</script>").into_string()
            + &copyable("x", &html! { ("<b>") }, "\"><i>").into_string();
        assert!(!shown.contains("<script>") && !shown.contains("<b>") && !shown.contains("<i>"), "{shown}");
    }
}
