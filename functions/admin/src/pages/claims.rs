//! A claim in words, for every page that shows one.
//!
//! Owns which tone a state has, and how a command is named. Never shows instructions or a ticket's text: they stand at
//! GitHub, for those who may read them there.

use domain::claim::{Claim, Outcome, State};
use domain::command::COMMAND_WORD;
use domain::run_kind::RunKind;
use maud::{Markup, html};

use super::parts::{Tone, pill};

/// Where a claim stands.
pub(super) fn state_of(claim: &Claim) -> Markup {
    let tone = tone(claim.state.name());
    match &claim.state {
        State::Queued { position, .. } => pill(tone, &format!("Queued, number {position}")),
        State::Unknown { retry_by: None, .. } => pill(tone, "Unknown: decide"),
        State::Ended { outcome: Outcome::Gone, .. } => pill(tone, "Run deleted"),
        state => pill(tone, &in_words(state.name())),
    }
}

/// A state's name as the beginning of a line.
pub(super) fn in_words(name: &str) -> String {
    let name = name.replace('-', " ");
    let mut letters = name.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

/// What a state means to whoever looks for trouble.
pub(super) fn tone(name: &str) -> Tone {
    match name {
        "succeeded" | "answered" => Tone::Good,
        "failed" | "timed-out" | "gone" | "not-admitted" => Tone::Bad,
        "unknown" | "refused" | "reconciling" => Tone::Warn,
        "cancelled" | "withdrawn" | "dropped" => Tone::Idle,
        _ => Tone::Busy,
    }
}

/// What was asked for: the command as somebody wrote it, or a program's order.
pub(super) fn asked_for(claim: &Claim) -> String {
    match (claim.request.command(), &claim.order) {
        (Some(command), _) => format!("{COMMAND_WORD} {}", command.command.verb.word()).trim_end().to_owned(),
        (None, Some(order)) => kind(order.kind).to_owned(),
        (None, None) => "A program's request".to_owned(),
    }
}

/// What a run is for.
pub(super) const fn kind(kind: RunKind) -> &'static str {
    match kind {
        RunKind::Implement => "Implementation",
        RunKind::Plan => "Plan",
        RunKind::GapFill => "Gap-fill",
    }
}

/// The number behind the repository's name, where there is one.
pub(super) fn number(claim: &Claim) -> Markup {
    html! { @if let Some(number) = claim.request.number() { "#" (number) } }
}
