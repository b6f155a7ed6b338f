//! What a run says of itself, as the status comment shows it.
//!
//! Owns those rows and that quotation. Never lets a run's words leave their place: they are a model's, and stand in a fence,
//! without what looks like a secret.

use std::fmt::Write as _;

use crate::claim::{Claim, LastWords, State};
use crate::failure::quoted;
use crate::refusal::code;
use crate::report::{RunReport, Usage, pull_request_number};

/// GitHub takes comments of 65,536 characters; the rest of ours is far shorter than what is left.
const MAX_QUOTED_CHARACTERS: usize = 48_000;
/// One line of a run on its way.
const MAX_LINE_CHARACTERS: usize = 200;

/// Rows of the table of facts: the pull request, and what the run took.
pub(super) fn rows(claim: &Claim) -> String {
    let mut rows = String::new();
    if let Some((number, url)) = pull_request(claim) {
        let _ = write!(rows, "\n| Pull request | [#{number}]({url}) |");
    }
    if let Some(usage) = claim.report.as_ref().and_then(|report| report.usage.as_ref()) {
        rows.push_str(&usage_rows(usage));
    }
    rows
}

/// The run's own word goes before what GitHub shows.
fn pull_request(claim: &Claim) -> Option<(u64, &str)> {
    let reported = claim.report.as_ref().and_then(|report| report.pr_url.as_deref());
    let reported = reported.and_then(|url| Some((pull_request_number(url)?, url)));
    reported.or_else(|| claim.pull_request.as_ref().map(|found| (found.number.get(), found.html_url.as_str())))
}

fn usage_rows(usage: &Usage) -> String {
    let model = usage.model.as_deref().map(|model| format!("\n| Model | {} |", code(model))).unwrap_or_default();
    let turns = usage.turns.map(|turns| format!("{turns} turns"));
    let cost = usage.cost_usd.as_ref().and_then(serde_json::Number::as_f64).map(|cost| format!("{cost:.2} US$"));
    let took: Vec<String> = turns.into_iter().chain(cost).collect();
    if took.is_empty() { model } else { format!("{model}\n| Took | {} |", took.join(", ")) }
}

/// What the run does just now.
pub(super) fn last_words(claim: &Claim) -> String {
    match (&claim.state, &claim.progress) {
        (State::Dispatched { .. } | State::Started { .. }, Some(LastWords { message, .. })) => {
            format!("\n\n{}", quoted(message, MAX_LINE_CHARACTERS))
        }
        _ => String::new(),
    }
}

/// Why the run says it failed, and what it wants people to read.
pub(super) fn said(report: &RunReport) -> String {
    let mut text = String::new();
    if let Some(reason) = &report.failure_reason {
        let _ = write!(text, "\n\nThe run says why:\n\n{}", quoted(reason, MAX_QUOTED_CHARACTERS));
    }
    let bodies: Vec<&str> = report.comments.iter().map(|comment| comment.body.as_str()).collect();
    if !bodies.is_empty() {
        let words = quoted(&bodies.join("\n\n"), MAX_QUOTED_CHARACTERS);
        let _ = write!(text, "\n\n<details><summary>What the run says</summary>\n\n{words}\n\n</details>");
    }
    text
}
