//! Foreign words as they are kept and shown: few, visible, without secrets, and unable to leave their place.
//!
//! Owns the bounds and the fence. Never judges what the words mean.

use super::secrets::redacted;

/// How many lines an excerpt has at most.
const MAX_LINES: usize = 5;
/// How many characters an excerpt has at most, with its line ends.
pub(super) const MAX_CHARACTERS: usize = 600;
/// A name that is longer than this tells nobody more.
const MAX_NAME_CHARACTERS: usize = 100;
/// No more of a line is looked at.
const MAX_READ_CHARACTERS: usize = 2_000;

/// The name of a job or a step.
pub(super) fn name(text: &str) -> String {
    shortened(&cleaned(text), MAX_NAME_CHARACTERS)
}

/// The last lines of all messages. That a process ended, which GitHub says of each failed step, counts only where nothing
/// else is said.
pub(super) fn last_lines(messages: &[String]) -> Option<String> {
    let lines = || messages.iter().rev().flat_map(|message| message.lines().rev()).map(cleaned);
    let telling = joined(lines().filter(|line| !is_mere_end(line)));
    telling.or_else(|| joined(lines()))
}

/// Puts lines, the last one first, in their order again, for as long as there is room; the last one is shortened to it.
fn joined(lines: impl Iterator<Item = String>) -> Option<String> {
    let mut excerpt = String::new();
    for line in lines.filter(|line| !line.trim().is_empty()).take(MAX_LINES) {
        if excerpt.is_empty() {
            excerpt = shortened(&line, MAX_CHARACTERS);
        } else if excerpt.chars().count() + line.chars().count() < MAX_CHARACTERS {
            excerpt = format!("{line}\n{excerpt}");
        } else {
            break;
        }
    }
    (!excerpt.is_empty()).then_some(excerpt)
}

/// A foreign text as a code block, shortened to so many characters.
pub(crate) fn quoted(text: &str, max_characters: usize) -> String {
    let lines: Vec<String> = text.lines().map(cleaned).collect();
    fenced(&shortened(lines.join("\n").trim(), max_characters))
}

/// A text as a code block whose fence is longer than any run of backticks in it.
/// <https://spec.commonmark.org/0.31.2/#fenced-code-blocks>
pub(super) fn fenced(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}\n{text}\n{fence}")
}

/// A line without colours, without characters that nobody sees, without secrets, and without the beginning of one of
/// the hidden lines by which our comments are found.
fn cleaned(line: &str) -> String {
    let mut seen = String::new();
    let mut characters = line.chars().take(MAX_READ_CHARACTERS);
    while let Some(character) = characters.next() {
        match character {
            '\u{1b}' => skip_escape(&mut characters),
            '\t' => seen.push(' '),
            unseen if is_unseen(unseen) => {}
            visible => seen.push(visible),
        }
    }
    redacted(seen.trim_end()).replace("<!--", "<! --")
}

/// Terminals take `ESC [ … letter` for a colour.
fn skip_escape(characters: &mut impl Iterator<Item = char>) {
    if characters.next() == Some('[') {
        characters.find(|c| ('@'..='~').contains(c));
    }
}

/// Controls, and what has no width or turns the direction of the text.
fn is_unseen(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(c, '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

fn is_mere_end(line: &str) -> bool {
    line.starts_with("Process completed with exit code ") || line == "The operation was canceled."
}

fn shortened(text: &str, max: usize) -> String {
    match text.char_indices().nth(max) {
        None => text.to_owned(),
        Some(_) => text.chars().take(max - 1).chain(['…']).collect(),
    }
}
