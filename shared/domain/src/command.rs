//! The command grammar: what a comment asks of us.
//!
//! ```text
//! comment      = command-line *( line )
//! command-line = 0*3SP "/ai-implement" [ 1*WSP verb ] *WSP
//! verb         = "plan" / "status" / "cancel" / "retry" / "doctor" / "help" / anything else
//! ```
//!
//! Only the first line is read for a command; what follows it is handed to the run as the operator's instructions.
//! A fence, a quote, an HTML comment or four leading spaces put something else at the beginning of that line, so
//! the grammar has no special case for them.
//!
//! Owns the words of commands. Never decides whether the commenter may use them.

use serde::{Deserialize, Serialize};

/// The word that every command begins with, case-sensitive.
pub const COMMAND_WORD: &str = "/ai-implement";

/// The most characters of instructions that are handed on to a run.
pub const MAX_INSTRUCTION_CHARACTERS: usize = 4_000;

/// More leading spaces than this make a line code in GitHub's Markdown.
const MAX_LEADING_SPACES: usize = 3;
/// How much of an unknown verb is kept for the answer.
const MAX_UNKNOWN_CHARACTERS: usize = 60;
/// A word with more slips of the pen than this is no verb misspelt.
const MAX_SLIPS: usize = 2;

/// One command and the text under it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// What is asked.
    pub verb: Verb,
    /// The lines under the command.
    pub instructions: Instructions,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verb {
    /// `/ai-implement` alone: a gap-fill run on a pull request, an implementation request on an issue.
    Implement,
    /// A planning run for an issue.
    Plan,
    /// The states of this conversation's dispatches.
    Status,
    /// Stop what is queued or running here.
    Cancel,
    /// Do the last failed dispatch again.
    Retry,
    /// Check the repository's set-up.
    Doctor,
    /// Explain the commands.
    Help,
    /// None of ours: answered with help and the nearest verb, never with a run.
    Unknown(String),
}

/// What the commenter wrote under the command line.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instructions {
    /// Nothing.
    #[default]
    None,
    /// A text within the limit.
    Given(String),
    /// A text over the limit; cutting it could turn its meaning around, so it isn't kept.
    TooLong {
        /// How many characters it had.
        characters: usize,
    },
}

impl Command {
    /// Reads a comment's body; `None` when it is no command.
    #[must_use]
    pub fn parse(body: &str) -> Option<Self> {
        let (first_line, rest) = body.split_once('\n').unwrap_or((body, ""));
        let unindented = first_line.trim_start_matches(' ');
        if first_line.len() - unindented.len() > MAX_LEADING_SPACES {
            return None;
        }
        let after = unindented.strip_prefix(COMMAND_WORD)?;
        if after.chars().next().is_some_and(|c| !c.is_whitespace()) {
            return None;
        }
        Some(Self { verb: Verb::parse(after.trim()), instructions: Instructions::parse(rest) })
    }
}

impl Verb {
    /// The verbs that people can write, with what each does, in the order help shows them.
    pub const ALL: [(&'static str, Self, &'static str); 7] = [
        ("", Self::Implement, "start a run: fill the gaps of a pull request, or implement an issue"),
        ("plan", Self::Plan, "plan an issue before it is implemented"),
        ("status", Self::Status, "show what has been started here, with links"),
        ("cancel", Self::Cancel, "stop what is waiting or running here"),
        ("retry", Self::Retry, "do the last failed run again"),
        ("doctor", Self::Doctor, "check this repository's set-up"),
        ("help", Self::Help, "show this list"),
    ];

    fn parse(text: &str) -> Self {
        Self::ALL
            .into_iter()
            .find(|(word, ..)| *word == text)
            .map_or_else(|| Self::Unknown(text.chars().take(MAX_UNKNOWN_CHARACTERS).collect()), |(_, verb, _)| verb)
    }

    /// The word as people write it; an unknown one as it was written.
    #[must_use]
    pub fn word(&self) -> &str {
        match self {
            Self::Unknown(written) => written,
            verb => Self::ALL.iter().find(|(_, known, _)| known == verb).map_or("", |(word, ..)| word),
        }
    }

    /// The verb that an unknown text most resembles, if any does.
    #[must_use]
    pub fn nearest(unknown: &str) -> Option<&'static str> {
        let written = unknown.split_whitespace().next()?.to_lowercase();
        Self::ALL
            .into_iter()
            .map(|(word, ..)| (word, strsim::damerau_levenshtein(word, &written)))
            .filter(|(word, slips)| !word.is_empty() && *slips <= MAX_SLIPS)
            .min_by_key(|(_, slips)| *slips)
            .map(|(word, _)| word)
    }
}

impl Instructions {
    fn parse(text: &str) -> Self {
        let text = text.replace("\r\n", "\n");
        let text = text.trim();
        let characters = text.chars().count();
        match characters {
            0 => Self::None,
            1..=MAX_INSTRUCTION_CHARACTERS => Self::Given(text.to_owned()),
            _ => Self::TooLong { characters },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn verb_of(body: &str) -> Option<Verb> {
        Command::parse(body).map(|command| command.verb)
    }

    #[test]
    fn every_verb_is_read() {
        for (word, verb, _) in Verb::ALL {
            assert_eq!(verb.word(), word);
            assert_eq!(verb_of(&format!("/ai-implement {word}")), Some(verb), "{word}");
        }
    }

    #[test]
    fn white_space_around_the_command_does_not_matter() {
        for body in
            ["/ai-implement", "   /ai-implement", "/ai-implement  \t ", "/ai-implement\r\n", "/ai-implement\u{a0}"]
        {
            assert_eq!(verb_of(body), Some(Verb::Implement), "{body:?}");
        }
        assert_eq!(verb_of("/ai-implement\tstatus \r\nrest"), Some(Verb::Status));
    }

    #[test]
    fn what_only_looks_like_a_command_is_none() {
        for body in [
            "",
            "    /ai-implement",
            "\t/ai-implement",
            "> /ai-implement",
            "```\n/ai-implement\n```",
            "~~~ /ai-implement",
            "`/ai-implement`",
            "<!-- /ai-implement -->",
            "<!--\n/ai-implement\n-->",
            "please /ai-implement",
            "thanks!\n/ai-implement",
            "\n/ai-implement",
            "\r\n/ai-implement",
            "/AI-implement",
            "/ai-Implement",
            "/ai-implemented",
            "/ai-implement-now",
            "/ai-implement/plan",
            "/ai-implement.",
            "\u{feff}/ai-implement",
            "\u{200b}/ai-implement",
            "/ai-implement\u{200b}",
            "/ai\u{200d}-implement",
            "\u{a0}/ai-implement",
            "//ai-implement",
            "- /ai-implement",
            "@bot /ai-implement",
        ] {
            assert_eq!(Command::parse(body), None, "{body:?}");
        }
    }

    #[test]
    fn the_lines_below_are_the_instructions() {
        let command =
            Command::parse("/ai-implement\r\n\r\nUse the `Clock` type.\r\nNo new crates.\r\n").expect("a command");
        assert_eq!(command.instructions, Instructions::Given("Use the `Clock` type.\nNo new crates.".to_owned()));
        assert_eq!(Command::parse("/ai-implement\n \n\t\n").expect("a command").instructions, Instructions::None);
    }

    #[test]
    fn instructions_are_measured_in_characters_and_never_cut() {
        let longest = "ü".repeat(MAX_INSTRUCTION_CHARACTERS);
        let command = Command::parse(&format!("/ai-implement\n{longest}")).expect("a command");
        assert_eq!(command.instructions, Instructions::Given(longest.clone()));
        let command = Command::parse(&format!("/ai-implement\n{longest}ü")).expect("a command");
        assert_eq!(command.instructions, Instructions::TooLong { characters: MAX_INSTRUCTION_CHARACTERS + 1 });
    }

    #[test]
    fn an_unknown_verb_is_answered_with_the_nearest_one() {
        for (written, nearest) in [
            ("Status", Some("status")),
            ("stats", Some("status")),
            ("cancle", Some("cancel")),
            ("re-try", Some("retry")),
            ("docter please", Some("doctor")),
            ("plan this", Some("plan")),
            ("xyzzy", None),
            ("please fix the typo", None),
        ] {
            let Some(Verb::Unknown(unknown)) = verb_of(&format!("/ai-implement {written}")) else {
                panic!("{written} is no verb of ours");
            };
            assert_eq!(Verb::nearest(&unknown), nearest, "{written}");
        }
    }

    #[test]
    fn an_endless_unknown_verb_is_kept_short() {
        let Some(Verb::Unknown(unknown)) = verb_of(&format!("/ai-implement {}", "é".repeat(10_000))) else {
            panic!("no verb of ours");
        };
        assert_eq!(unknown.chars().count(), MAX_UNKNOWN_CHARACTERS);
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(body in "\\PC*|(/ai-implement)?[ \\t\\r\\n]{0,5}\\PC{0,50}") {
            let _ = Command::parse(&body);
        }

        #[test]
        fn only_a_first_line_with_the_word_is_a_command(prefix in "[^\\n]{1,20}") {
            prop_assume!(!prefix.chars().all(|c| c == ' '));
            let body = format!("{prefix}/ai-implement");
            prop_assert_eq!(Command::parse(&body), None);
        }
    }
}
