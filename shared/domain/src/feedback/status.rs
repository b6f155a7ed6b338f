//! The status comment of a claim.
//!
//! Owns its words in every state, made from the claim alone. Never shows a foreign text outside a code span.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp};

use super::{code_line, marker, report};
use crate::claim::{Claim, DispatchOrder, Outcome, RunRef, State};
use crate::command::COMMAND_WORD;
use crate::refusal::code;
use crate::run_kind::RunKind;

/// A wait that people may have noticed.
const WORTH_A_WORD: SignedDuration = SignedDuration::from_mins(1);

/// The status comment's whole body; `None` while there is nothing to say yet.
#[must_use]
pub fn status_comment(claim: &Claim) -> Option<String> {
    let text = match &claim.state {
        State::Received | State::Authorized | State::Dispatching { .. } => return None,
        State::Refused { explanation, .. } => format!("😕 **Not started.** {explanation}"),
        State::Answered { answer } => answer.clone(),
        State::Queued { position, limit, .. } => queued(*position, *limit),
        State::Reconciling { .. } => {
            doubt(claim, "The run is looked for during ten minutes, and this comment will follow it.")
        }
        State::Unknown { retry_by: None, .. } => doubt(
            claim,
            "No run has shown itself for ten minutes. Look at the Actions tab: if there is none, comment again, which drops this command for the new one.",
        ),
        State::Unknown { retry_by: Some(by), .. } => {
            doubt(claim, &format!("No run has shown itself, and {} wants it started once more.", code(by)))
        }
        State::Dropped { by } => dropped(by),
        State::Withdrawn { by } => {
            format!("⏹️ **Cancelled.** {} took this command back before anything was started.", code(by))
        }
        State::Dispatched { run } => told(claim, "🚀", "Dispatched", run, "is waiting for a runner"),
        State::Started { run, .. } => told(claim, "⏳", "Running", run, "is under way"),
        State::Ended { run, outcome, started_at, ended_at } => {
            let (sign, word) = outcome_words(outcome);
            let lasted =
                started_at.map(|started| format!(" after {}", duration(started, *ended_at))).unwrap_or_default();
            let ended = told(claim, sign, word, run, &format!("has ended{lasted}"));
            ended + &next_step(claim, outcome) + &claim.report.as_ref().map(report::said).unwrap_or_default()
        }
    };
    let code = claim.code().map(code_line).unwrap_or_default();
    Some(format!("{text}{code}\n\n{}", marker(claim.id)))
}

fn queued(position: u32, limit: u32) -> String {
    let before = match position {
        0 | 1 => "This command is next".to_owned(),
        2 => "One other command is before this one".to_owned(),
        _ => format!("{} other commands are before this one", position - 1),
    };
    format!(
        "🕒 **Queued.** This repository already has {limit} of {limit} runs in progress. {before}; it starts by itself, unless \
         that takes more than six hours. **To take it back, comment `{COMMAND_WORD} cancel`.**"
    )
}

fn dropped(by: &str) -> String {
    format!(
        "⏹️ **Dropped.** Whether GitHub had started the run never became clear, and {} dropped this command. \
         **Should its run still show itself, it is cancelled.**",
        code(by)
    )
}

fn told(claim: &Claim, sign: &str, word: &str, run: &RunRef, stands: &str) -> String {
    let again = if run.attempt > 1 { format!(", attempt {},", run.attempt) } else { String::new() };
    let mut text = format!("{sign} **{word}.** [The run]({}){again} {stands}.", run.html_url);
    if let Some(by) = &claim.cancel_by {
        let (by, cancelled) = (code(by), cancelled_words(&claim.state));
        let _ = write!(text, " {by} {cancelled}.");
    }
    if let Some(order) = &claim.order {
        text.push_str(&facts(claim, order));
    }
    text + &report::last_words(claim)
}

const fn cancelled_words(state: &State) -> &'static str {
    match state {
        State::Ended { outcome: Outcome::Cancelled, .. } => "cancelled it",
        State::Ended { .. } => "wanted it cancelled, and it was over before",
        _ => "wants it cancelled, and GitHub is asked to",
    }
}

fn facts(claim: &Claim, order: &DispatchOrder) -> String {
    let what = match (order.kind, &order.head) {
        (RunKind::GapFill, Some(head)) => {
            format!("Fill the gaps of this pull request, on {} at {}", code(&head.branch), code(short(&head.sha)))
        }
        (RunKind::GapFill, None) => "Fill the gaps of this pull request".into(),
        (RunKind::Implement, _) => "Implement this issue".into(),
        (RunKind::Plan, _) => "Plan this issue".into(),
    };
    format!(
        "\n\n| | |\n|---|---|\n| Task | {what} |\n| Ticket | {} |\n| Provider | {} |\n| Workflow | {} on {} |\n| Asked by | {} |{}",
        code(&order.ticket.identifier),
        order.provider,
        code(order.workflow_file.as_str()),
        code(&order.git_ref),
        code(claim.request.asker()),
        report::rows(claim) + &waited(claim, order),
    )
}

/// A command that waited is pinned anew when its turn comes.
fn waited(claim: &Claim, order: &DispatchOrder) -> String {
    let waited = order.pinned_at.map(|pinned_at| (pinned_at, pinned_at.duration_since(claim.asked_at())));
    match waited {
        Some((pinned_at, waited)) if waited > WORTH_A_WORD => {
            let waited = duration(claim.asked_at(), pinned_at);
            format!("\n| Waited | {waited}; all of this is as it was then |")
        }
        _ => String::new(),
    }
}

fn doubt(claim: &Claim, what_now: &str) -> String {
    let workflow =
        claim.order.as_ref().map(|order| format!(" of {}", code(order.workflow_file.as_str()))).unwrap_or_default();
    format!(
        "❔ **Not certain.** GitHub did not say clearly whether it started the run{workflow}, and it is not asked twice, \
         so that nothing runs twice. **{what_now}**"
    )
}

pub(super) const fn outcome_words(outcome: &Outcome) -> (&'static str, &'static str) {
    match outcome {
        Outcome::Succeeded => ("✅", "Succeeded"),
        Outcome::Failed(_) => ("❌", "Failed"),
        Outcome::Cancelled => ("⏹️", "Cancelled"),
        Outcome::TimedOut => ("⌛", "Timed out"),
        Outcome::Gone => ("🗑️", "Gone"),
        Outcome::NotAdmitted => ("❔", "Not certain"),
    }
}

fn next_step(claim: &Claim, outcome: &Outcome) -> String {
    let next = match (outcome, &claim.failure) {
        (Outcome::Succeeded, _) if claim.is_a_good_plan() => after_a_plan(claim),
        (Outcome::Succeeded, _) => return String::new(),
        (Outcome::Failed(_) | Outcome::Cancelled | Outcome::TimedOut, Some(failure)) => {
            format!("{}\n\nComment `{COMMAND_WORD} retry` to do it again.", failure.text())
        }
        (Outcome::Failed(_), None) if claim.report.as_ref().is_some_and(|report| report.failure_reason.is_some()) => {
            format!("Comment `{COMMAND_WORD} retry` to do it again.")
        }
        (Outcome::Failed(conclusion), None) => format!(
            "GitHub's word for it is {}; the run's log has the cause. Comment `{COMMAND_WORD} retry` to do it again.",
            code(conclusion)
        ),
        (Outcome::Gone, _) => {
            format!("Somebody deleted it before its end was known. Comment `{COMMAND_WORD} retry` to start again.")
        }
        (Outcome::NotAdmitted, _) => format!(
            "Its workflow asks the control plane whether it may work, and this run never did: what it did, if anything, is \
             not known here. **Set the repository variable `AI_IMPLEMENT_URL` to the control plane's address, then comment \
             `{COMMAND_WORD} retry`.**"
        ),
        (Outcome::Cancelled, None) => format!("Comment `{COMMAND_WORD} retry` to start again."),
        (Outcome::TimedOut, None) => format!(
            "The time limit ended it. Comment `{COMMAND_WORD}` to go on, or raise `maxJobMinutes` in the mapping."
        ),
    };
    format!("\n\n{next}")
}

fn after_a_plan(claim: &Claim) -> String {
    if claim.order.as_ref().is_some_and(|order| order.goes_on) {
        "The implementation follows by itself.".into()
    } else {
        format!("Comment `{COMMAND_WORD}` to have it implemented.")
    }
}

fn short(sha: &str) -> &str {
    sha.get(..7).unwrap_or(sha)
}

pub(crate) fn duration(from: Timestamp, to: Timestamp) -> String {
    let seconds = to.duration_since(from).max(SignedDuration::ZERO).as_secs();
    match (seconds / 3_600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}
