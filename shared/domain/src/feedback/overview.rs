//! The list of what was started in a conversation.
//!
//! Owns its words and its length. Never shows commands that asked for words only.

use std::fmt::Write as _;

use super::status::{duration, outcome_words};
use crate::claim::{Claim, State};
use crate::decide::wants_a_run;
use crate::refusal::code;

/// No list is longer; the newest are shown.
const SHOWN: usize = 10;

/// What was started in a conversation, the newest first.
#[must_use]
pub fn overview(claims: &[Claim]) -> String {
    let runs: Vec<&Claim> = claims.iter().rev().filter(|claim| wants_a_run(claim)).collect();
    if runs.is_empty() {
        return "Nothing was started here yet.".into();
    }
    let mut text = "| When (UTC) | Task | State | Asked by |\n|---|---|---|---|".to_owned();
    for claim in runs.iter().take(SHOWN) {
        let kind = claim.order.as_ref().map_or_else(|| "–".to_owned(), |order| order.kind.to_string());
        let when = claim.created_at.strftime("%Y-%m-%d %H:%M");
        let login = code(claim.request.asker());
        let _ = write!(text, "\n| {when} | {kind} | {} | {login} |", state(claim));
    }
    match runs.len().saturating_sub(SHOWN) {
        0 => text,
        older => format!("{text}\n\n{older} older ones are not shown."),
    }
}

fn state(claim: &Claim) -> String {
    let words = match &claim.state {
        State::Received | State::Authorized => "👀 Waiting to be looked at".to_owned(),
        State::Queued { position, .. } => format!("🕒 Queued, number {position} in line"),
        State::Dispatching { .. } => "🚀 Being dispatched".into(),
        State::Reconciling { .. } | State::Unknown { .. } => "❔ Not certain".into(),
        State::Dropped { .. } => "⏹️ Dropped".into(),
        State::Withdrawn { .. } => "⏹️ Cancelled before it started".into(),
        State::Refused { .. } => "😕 Not started".into(),
        State::Answered { .. } => "Answered".into(),
        State::Dispatched { run } => format!("🚀 Dispatched: [run]({})", run.html_url),
        State::Started { run, .. } => format!("⏳ Running: [run]({})", run.html_url),
        State::Ended { run, outcome, started_at, ended_at } => {
            let (sign, word) = outcome_words(outcome);
            let lasted = started_at.map(|from| format!(" after {}", duration(from, *ended_at))).unwrap_or_default();
            format!("{sign} {word}{lasted}: [run]({})", run.html_url)
        }
    };
    match claim.code() {
        Some(reason) => format!("{words} (`{reason}`)"),
        None => words,
    }
}
