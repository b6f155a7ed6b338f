//! The page that the story is written on: headings, prose, comments in a frame, lists, moments with their time.
//!
//! Owns layout and colours. Frames are open to the right, so that no character's width can bend them. Never asks the
//! sandbox, and knows no word of the story.

use std::io::{self, IsTerminal as _, Write};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use terminal_size::{Width, terminal_size};

use super::markdown::{Block, blocks, spans};
use super::text::{Look, Span, Spans, columns, cut, span, wrap};

/// Wider lines are hard to read.
const MAX_WIDTH: usize = 100;
/// Where nobody says how wide the terminal is.
const DEFAULT_WIDTH: usize = 80;
/// In a narrower terminal, the terminal itself breaks the lines.
const MIN_WIDTH: usize = 50;
/// What every line but a heading begins with.
const INDENT: &str = "   ";
/// The columns between two of a table's.
const COLUMN_GAP: usize = 2;
/// The columns of a moment's time.
const TIME_WIDTH: usize = 7;

/// A name and its value.
pub(super) struct Fact {
    pub(super) name: String,
    pub(super) value: String,
    /// Whether the eye should find it first.
    pub(super) marked: bool,
}

/// Writes the story.
pub(super) struct Terminal<'a> {
    out: &'a mut dyn Write,
    width: usize,
    colours: bool,
}

impl<'a> Terminal<'a> {
    /// `out` is taken to be the standard output: whether it shows colours, and its width, are that one's.
    pub(super) fn of_stdout(out: &'a mut dyn Write) -> Self {
        let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        let is_terminal = io::stdout().is_terminal();
        let width = terminal_size().filter(|_| is_terminal).map_or(DEFAULT_WIDTH, |(Width(width), _)| width.into());
        // <https://no-color.org>
        Self { out, width: width.clamp(MIN_WIDTH, MAX_WIDTH), colours: is_terminal && !set("NO_COLOR") && !dumb }
    }

    /// A heading.
    pub(super) fn heading(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out)?;
        self.line("", vec![span(Look::Strong, text)])
    }

    /// Prose, with the looks of Markdown.
    pub(super) fn prose(&mut self, text: &str) -> io::Result<()> {
        self.wrapped(INDENT, INDENT, &spans(text))
    }

    /// An empty line.
    pub(super) fn gap(&mut self) -> io::Result<()> {
        writeln!(self.out)
    }

    /// A line that is to be copied, and so is never wrapped.
    pub(super) fn literal(&mut self, text: &str) -> io::Result<()> {
        writeln!(self.out, "{INDENT}  {text}")
    }

    /// What happened, and how long after the comment.
    pub(super) fn moment(&mut self, after: Duration, what: &str) -> io::Result<()> {
        let time = format!("{INDENT}{:>TIME_WIDTH$}  ", written(after));
        let below = " ".repeat(time.len());
        self.wrapped(&time, &below, &spans(what))
    }

    /// A person's comment, as it was typed.
    pub(super) fn typed_comment(&mut self, title: &str, body: &str) -> io::Result<()> {
        let width = self.framed_width();
        let lines = body.lines().flat_map(|line| wrap(&[span(Look::Code, line)], width));
        self.frame(title, lines.collect())
    }

    /// A comment as GitHub shows it.
    pub(super) fn shown_comment(&mut self, title: &str, body: &str) -> io::Result<()> {
        let width = self.framed_width();
        let lines = blocks(body).into_iter().flat_map(|block| match block {
            Block::Line(text) => wrap(&self.with_marks(text), width),
            Block::Table(rows) => self.table(rows, width),
        });
        let lines = lines.collect();
        self.frame(title, lines)
    }

    /// Names and values in two columns; what does not fit is cut.
    pub(super) fn facts(&mut self, facts: &[Fact]) -> io::Result<()> {
        let widest = facts.iter().map(|fact| fact.name.len()).max().unwrap_or_default();
        let room = self.width.saturating_sub(INDENT.len() + 2 + widest + 2);
        for Fact { name, value, marked } in facts {
            let (sign, name_look, value_look) =
                if *marked { ("› ", Look::Marked, Look::Marked) } else { ("  ", Look::Faint, Look::Plain) };
            let name = format!("{sign}{name:<widest$}  ");
            let value =
                if value.is_empty() { span(Look::Faint, "(empty)") } else { span(value_look, cut(value, room)) };
            self.line(INDENT, vec![span(name_look, name), value])?;
        }
        Ok(())
    }

    fn framed_width(&self) -> usize {
        self.width - INDENT.len() - 2
    }

    /// What is too wide is taken from the widest column, whose cells are wrapped.
    fn table(&self, rows: Vec<Vec<Spans>>, width: usize) -> Vec<Spans> {
        let rows: Vec<Vec<Spans>> =
            rows.into_iter().map(|row| row.into_iter().map(|cell| self.with_marks(cell)).collect()).collect();
        let widths = column_widths(&rows, width);
        rows.iter().flat_map(|row| table_row(row, &widths)).collect()
    }

    fn frame(&mut self, title: &str, lines: Vec<Spans>) -> io::Result<()> {
        self.line(INDENT, vec![span(Look::Faint, format!("╭ {title}"))])?;
        for line in lines {
            let line = [span(Look::Faint, "│ ")].into_iter().chain(line).collect();
            self.line(INDENT, line)?;
        }
        self.line(INDENT, vec![span(Look::Faint, "╰")])
    }

    fn wrapped(&mut self, first: &str, below: &str, text: &[Span]) -> io::Result<()> {
        let text = self.with_marks(text.to_vec());
        for (index, line) in wrap(&text, self.width - first.len()).into_iter().enumerate() {
            self.line(if index == 0 { first } else { below }, line)?;
        }
        Ok(())
    }

    /// Without colours, code keeps its marks: a name should not read as a word of the sentence.
    fn with_marks(&self, text: Spans) -> Spans {
        let marked = text.into_iter().map(|it| match it.look {
            Look::Code if !self.colours => span(Look::Code, format!("`{}`", it.text)),
            _ => it,
        });
        marked.collect()
    }

    fn line(&mut self, indent: &str, line: Spans) -> io::Result<()> {
        let mut text = indent.to_owned();
        for Span { text: piece, look } in line {
            let style = if self.colours { style(look) } else { Style::new() };
            text += &style.render().to_string();
            text += &piece;
            text += &style.render_reset().to_string();
        }
        writeln!(self.out, "{}", text.trim_end())?;
        self.out.flush()
    }
}

fn column_widths(rows: &[Vec<Spans>], width: usize) -> Vec<usize> {
    let count = rows.iter().map(Vec::len).max().unwrap_or_default();
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| columns(cell)).max();
    let mut widths: Vec<usize> = (0..count).map(|column| widest(column).unwrap_or_default()).collect();
    let taken = widths.iter().sum::<usize>() + COLUMN_GAP * count.saturating_sub(1);
    if let Some(widest) = widths.iter_mut().max() {
        *widest = widest.saturating_sub(taken.saturating_sub(width));
    }
    widths
}

/// The lines of one row. The first column is small print, as a name is beside its value.
fn table_row(row: &[Spans], widths: &[usize]) -> Vec<Spans> {
    let cells: Vec<Vec<Spans>> = row.iter().zip(widths).map(|(cell, width)| wrap(cell, *width)).collect();
    let height = cells.iter().map(Vec::len).max().unwrap_or_default();
    let line = |index: usize| {
        let mut line = Spans::new();
        for (column, (cell, width)) in cells.iter().zip(widths).enumerate() {
            let text = cell.get(index).cloned().unwrap_or_default();
            let padding = (width + COLUMN_GAP).saturating_sub(columns(&text));
            let faint = |it: Span| if column == 0 { span(Look::Faint, it.text) } else { it };
            line.extend(text.into_iter().map(faint).chain([span(Look::Plain, " ".repeat(padding))]));
        }
        line
    };
    (0..height).map(line).collect()
}

const fn style(look: Look) -> Style {
    match look {
        Look::Plain => Style::new(),
        Look::Strong => Style::new().bold(),
        Look::Code => AnsiColor::Cyan.on_default(),
        Look::Link => Style::new().underline(),
        Look::Faint => Style::new().dimmed(),
        Look::Marked => AnsiColor::Green.on_default().bold(),
    }
}

fn written(time: Duration) -> String {
    if time < Duration::from_secs(1) {
        format!("{} ms", time.as_millis())
    } else {
        format!("{:.2} s", time.as_secs_f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written on a page of 50 columns without colours.
    fn page(write: impl FnOnce(&mut Terminal<'_>) -> io::Result<()>) -> String {
        let mut out = Vec::new();
        write(&mut Terminal { out: &mut out, width: 50, colours: false }).expect("a vector takes everything");
        String::from_utf8(out).expect("text")
    }

    #[test]
    fn a_comment_stands_in_a_frame_with_its_table_aligned() {
        let body = "🚀 **Sent.** [The run](http://x) waits.\n\n| | |\n|---|---|\n| Task | Fill the gaps of this pull \
                    request, on `main` |\n| Provider | AWS |\n\n<!-- hidden -->";
        let expected = [
            "   ╭ the App",
            "   │ 🚀 Sent. The run waits.",
            "   │",
            "   │ Task      Fill the gaps of this pull request,",
            "   │           on `main`",
            "   │ Provider  AWS",
            "   ╰\n",
        ];
        assert_eq!(page(|terminal| terminal.shown_comment("the App", body)), expected.join("\n"));
    }

    #[test]
    fn a_wide_table_is_wrapped_in_its_widest_column() {
        let body =
            "| When | State | By |\n|---|---|---|\n| 2027-01-15 08:00 | Cancelled before it started | `writer` |";
        let expected = [
            "   ╭ the App",
            "   │ When              State              By",
            "   │ 2027-01-15 08:00  Cancelled before   `writer`",
            "   │                   it started",
            "   ╰\n",
        ];
        assert_eq!(page(|terminal| terminal.shown_comment("the App", body)), expected.join("\n"));
    }

    #[test]
    fn a_typed_comment_keeps_its_marks() {
        let expected = "   ╭ writer\n   │ ```\n   │ /ai-implement\n   │ ```\n   ╰\n";
        assert_eq!(page(|terminal| terminal.typed_comment("writer", "```\n/ai-implement\n```")), expected);
    }

    #[test]
    fn values_are_aligned_and_cut_to_the_page() {
        let fact = |name: &str, value: String, marked| Fact { name: name.to_owned(), value, marked };
        let facts = [
            fact("id", "x".repeat(90), false),
            fact("aws_region", "us-west-2".into(), true),
            fact("image", String::new(), false),
        ];
        let text = page(|terminal| terminal.facts(&facts));
        let expected =
            format!("     id          {}…\n   › aws_region  us-west-2\n     image       (empty)\n", "x".repeat(32));
        assert_eq!(text, expected);
        assert!(text.lines().all(|line| columns(&spans(line)) <= 50));
    }

    #[test]
    fn a_moment_has_its_time_in_a_column_of_its_own() {
        let text =
            page(|terminal| terminal.moment(Duration::from_millis(42), "👀 on the comment, which is being looked at"));
        assert_eq!(text, "     42 ms  👀 on the comment, which is being\n            looked at\n");
        assert_eq!(page(|terminal| terminal.moment(Duration::from_millis(4_321), "over")), "    4.32 s  over\n");
    }
}
