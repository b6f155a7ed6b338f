//! GitHub comments in a terminal: the little Markdown that our own comments are made of.
//!
//! Knows paragraphs, tables, bold, code, links and small print, and drops what GitHub hides. Anything
//! else is shown as it is written. Never paints.

use super::text::{Look, Span, Spans, span};

/// A piece of a comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    /// A line of text, to be wrapped; an empty one sets paragraphs apart.
    Line(Spans),
    /// A table's rows, each with its cells; a heading is small print.
    Table(Vec<Vec<Spans>>),
}

/// What opens and closes a stretch of another look.
const MARKS: [(&str, &str, Look); 3] =
    [("`", "`", Look::Code), ("**", "**", Look::Strong), ("<sub>", "</sub>", Look::Faint)];

/// The blocks of a comment's body, as GitHub would show them.
pub(super) fn blocks(body: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    for line in without_comments(body).trim().lines() {
        match (row(line), blocks.last_mut()) {
            (_, Some(Block::Table(rows))) if shapes_a_table(line) => rows.iter_mut().for_each(|row| print_small(row)),
            _ if shapes_a_table(line) => {}
            (Some(row), Some(Block::Table(rows))) => rows.push(row),
            (Some(row), _) => blocks.push(Block::Table(vec![row])),
            (None, Some(Block::Line(last))) if line.is_empty() && last.is_empty() => {}
            (None, _) => blocks.push(Block::Line(spans(line))),
        }
    }
    blocks
}

/// The looks of a line of Markdown.
pub(super) fn spans(text: &str) -> Spans {
    let mut spans = Spans::new();
    let mut rest = text;
    while let Some((before, marked, after)) = first_marked(rest) {
        spans.extend([span(Look::Plain, before), marked]);
        rest = after;
    }
    spans.push(span(Look::Plain, rest));
    spans.retain(|span| !span.text.is_empty());
    spans
}

/// A line of Markdown without its looks.
pub(super) fn as_text(text: &str) -> String {
    spans(text).into_iter().map(|span| span.text).collect()
}

/// The first stretch of another look, with the texts before and after it.
fn first_marked(text: &str) -> Option<(&str, Span, &str)> {
    let marked = MARKS.iter().filter_map(|(open, close, look)| {
        let (before, rest) = text.split_once(open)?;
        let (inner, after) = rest.split_once(close)?;
        // Looks don't nest here: of code within bold, the bold is kept.
        Some((before, span(*look, inner.replace('`', "")), after))
    });
    marked.chain(first_link(text)).min_by_key(|(before, ..)| before.len())
}

fn first_link(text: &str) -> Option<(&str, Span, &str)> {
    let (before, rest) = text.split_once('[')?;
    let (inner, rest) = rest.split_once("](")?;
    let (_, after) = rest.split_once(')')?;
    Some((before, span(Look::Link, inner), after))
}

fn row(line: &str) -> Option<Vec<Spans>> {
    let cells = line.trim().strip_prefix('|')?.strip_suffix('|')?;
    cells.contains('|').then(|| cells.split(" | ").map(|cell| spans(cell.trim())).collect())
}

fn print_small(row: &mut [Spans]) {
    for piece in row.iter_mut().flatten() {
        piece.look = Look::Faint;
    }
}

/// Whether a line is a table's empty heading or the rule under it.
fn shapes_a_table(line: &str) -> bool {
    line.starts_with('|') && line.chars().all(|character| matches!(character, '|' | '-' | ':' | ' '))
}

fn without_comments(body: &str) -> String {
    let mut shown = String::new();
    let mut rest = body;
    while let Some((before, hidden)) = rest.split_once("<!--") {
        shown.push_str(before);
        rest = hidden.split_once("-->").map_or("", |(_, after)| after);
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_taken_apart_by_its_looks() {
        let line = spans("🚀 **Dispatched.** [The run](http://x/1) is on `main`.");
        let expected = [
            (Look::Plain, "🚀 "),
            (Look::Strong, "Dispatched."),
            (Look::Plain, " "),
            (Look::Link, "The run"),
            (Look::Plain, " is on "),
            (Look::Code, "main"),
            (Look::Plain, "."),
        ];
        assert_eq!(line, expected.map(|(look, text)| span(look, text)));
    }

    #[test]
    fn what_opens_nothing_is_text() {
        for text in ["2 * 3", "an `open mark", "[no link]", ""] {
            assert_eq!(as_text(text), text);
        }
    }

    #[test]
    fn code_within_bold_is_bold() {
        assert_eq!(spans("**Set `awsRegion`.**"), [span(Look::Strong, "Set awsRegion.")]);
    }

    #[test]
    fn a_status_comment_is_a_line_and_a_table_without_its_marker() {
        let body = "⏳ **Running.**\n\n| | |\n|---|---|\n| Ticket | `E|1` |\n| Provider | AWS |\n\n<!-- ai-implement:status X -->";
        let row = |head, look, cell| vec![vec![span(Look::Plain, head)], vec![span(look, cell)]];
        let expected = [
            Block::Line(vec![span(Look::Plain, "⏳ "), span(Look::Strong, "Running.")]),
            Block::Line(Vec::new()),
            Block::Table(vec![row("Ticket", Look::Code, "E|1"), row("Provider", Look::Plain, "AWS")]),
        ];
        assert_eq!(blocks(body), expected);
    }

    #[test]
    fn a_table_may_have_a_heading_and_more_columns() {
        let row = |look, cells: [&str; 3]| cells.map(|cell| vec![span(look, cell)]).to_vec();
        let expected = [Block::Table(vec![
            row(Look::Faint, ["When", "Task", "State"]),
            row(Look::Plain, ["09:00", "plan", "Succeeded"]),
        ])];
        assert_eq!(blocks("| When | Task | State |\n|---|---|---|\n| 09:00 | plan | Succeeded |"), expected);
    }

    #[test]
    fn a_hidden_comment_that_never_ends_hides_the_rest() {
        assert_eq!(blocks("shown<!-- hidden\n\nhidden"), [Block::Line(vec![span(Look::Plain, "shown")])]);
    }
}
