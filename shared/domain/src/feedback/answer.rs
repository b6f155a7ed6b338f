//! Answers to commands that start no run.
//!
//! Owns their words. Never shows a foreign text outside a code span.

use std::fmt::Write as _;

use super::overview::overview;
use crate::claim::Claim;
use crate::command::{COMMAND_WORD, Verb};
use crate::doctor::{Check, Finding};
use crate::refusal::code;

/// An answer to a command that starts no run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// The list of commands.
    Help,
    /// The list of commands, and the nearest one.
    UnknownVerb(String),
    /// `plan` on a pull request.
    PlanNeedsAnIssue,
    /// What was started in the conversation.
    Overview(Vec<Claim>),
    /// What became of a wish to cancel, one for each command that it met.
    Cancelled(Vec<CancelledCommand>),
    /// What a look at the set-up shows.
    Doctor(Vec<Check>),
}

/// What became of one command that somebody wanted cancelled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CancelledCommand {
    /// It had not started, and will not.
    Withdrawn,
    /// GitHub is asked to end this run.
    Run {
        /// Its page.
        url: String,
    },
    /// It is not known whether it has a run.
    Unclear,
}

impl Answer {
    /// The words.
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Help => help(),
            Self::UnknownVerb(written) => unknown(written),
            Self::PlanNeedsAnIssue => format!(
                "Planning is for issues: comment `{COMMAND_WORD} plan` on one. Here, `{COMMAND_WORD}` fills this pull request's gaps."
            ),
            Self::Overview(claims) => overview(claims),
            Self::Cancelled(commands) => cancelled(commands),
            Self::Doctor(checks) => doctor(checks),
        }
    }
}

fn unknown(written: &str) -> String {
    let hint = match Verb::nearest(written) {
        Some(nearest) => format!("Did you mean `{COMMAND_WORD} {nearest}`?"),
        None => "Instructions go on the lines below it.".into(),
    };
    format!("There is no command {}. {hint}\n\n{}", code(written), help())
}

fn help() -> String {
    let mut text =
        "The first line of a comment is the command; the lines below it are instructions for the run.\n".to_owned();
    for (word, _, does) in Verb::ALL {
        let command = format!("{COMMAND_WORD} {word}");
        let _ = write!(text, "\n- `{}` – {does}", command.trim_end());
    }
    text + "\n\nCommands are read from new comments of people with write permission, not from reviews or edits."
}

fn cancelled(commands: &[CancelledCommand]) -> String {
    if commands.is_empty() {
        return "There is nothing to cancel here: no run is waiting or under way.".into();
    }
    let words = commands.iter().map(|command| match command {
        CancelledCommand::Withdrawn => "A command that was waiting is taken back; nothing was started for it.".into(),
        CancelledCommand::Run { url } => {
            format!("GitHub is asked to cancel [the run]({url}); its own comment shows how it ends.")
        }
        CancelledCommand::Unclear => {
            "Whether a run was started is not known yet. As soon as it shows itself, it is cancelled.".into()
        }
    });
    words.collect::<Vec<String>>().join("\n\n")
}

/// A cell of the table has at most so many characters.
const MAX_CELL_CHARACTERS: usize = 500;

/// What is amiss comes first; what is well is a line each below it, folded away.
fn doctor(checks: &[Check]) -> String {
    let (well, amiss): (Vec<&Check>, Vec<&Check>) =
        checks.iter().partition(|check| matches!(check.finding, Finding::Pass { .. }));
    let mut text = String::new();
    if amiss.is_empty() {
        text.push_str("Everything that was looked at is as it should be.\n");
    } else {
        text.push_str(&table(&amiss));
    }
    if !well.is_empty() {
        let _ = write!(
            text,
            "\n<details{}><summary>{} as it should be</summary>\n\n",
            if amiss.is_empty() { " open" } else { "" },
            well.len()
        );
        text.push_str(&table(&well));
        text.push_str("\n</details>\n");
    }
    text + "\nSecrets are looked at by their names alone. The role and the model themselves are AWS's, and not looked at."
}

fn table(checks: &[&Check]) -> String {
    let mut text = "| | Check | Finding |\n|---|---|---|\n".to_owned();
    for Check { what, finding, .. } in checks {
        let sign = match finding {
            Finding::Pass { .. } => "✅",
            Finding::Warn { .. } => "⚠️",
            Finding::Fail { .. } => "❌",
            Finding::Unknown { .. } => "❔",
        };
        let words =
            finding.remedy().map_or_else(|| finding.seen().to_owned(), |remedy| format!("{} {remedy}", finding.seen()));
        let _ = writeln!(text, "| {sign} | {what} | {} |", cell(&words));
    }
    text
}

fn cell(words: &str) -> String {
    let one_line = words.replace('\n', " ").replace('|', "\\|");
    match one_line.char_indices().nth(MAX_CELL_CHARACTERS) {
        Some((end, _)) => format!("{}…", &one_line[..end]),
        None => one_line,
    }
}
