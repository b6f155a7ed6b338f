//! Text with looks, and its measure in a terminal: widths, wrapping, cutting.
//!
//! Never knows colours or a terminal: widths are columns, as Unicode counts them.

use unicode_width::UnicodeWidthStr as _;

/// How a stretch of text looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Look {
    Plain,
    Strong,
    Code,
    Link,
    /// Less important than its surroundings.
    Faint,
    /// What the eye should find first.
    Marked,
}

/// A stretch of text of one look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) text: String,
    pub(super) look: Look,
}

/// A line, or a text that is to be wrapped into lines.
pub(super) type Spans = Vec<Span>;

/// One word, of several looks perhaps, with the look of the space before it.
struct Word {
    space: Look,
    pieces: Spans,
}

/// A text of one look.
pub(super) fn span(look: Look, text: impl Into<String>) -> Span {
    Span { text: text.into(), look }
}

/// The columns that a text takes.
pub(super) fn columns(spans: &[Span]) -> usize {
    spans.iter().map(|span| span.text.width()).sum()
}

/// Breaks a text at spaces into lines of at most `width` columns. A word that is wider than that stands alone.
pub(super) fn wrap(spans: &[Span], width: usize) -> Vec<Spans> {
    let mut lines = Vec::new();
    let mut line = Spans::new();
    for word in words(spans) {
        if !line.is_empty() && columns(&line) + 1 + columns(&word.pieces) > width {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(span(word.space, " "));
        }
        line.extend(word.pieces);
    }
    lines.push(line);
    lines
}

/// A text on one line of at most `width` columns: line ends shown as `↵`, and the rest cut off with `…`.
pub(super) fn cut(text: &str, width: usize) -> String {
    let line = text.trim_end().replace("\r\n", "\n").replace('\n', "↵").replace(char::is_control, " ");
    if line.width() <= width {
        return line;
    }
    let mut kept = String::new();
    for character in line.chars() {
        kept.push(character);
        if kept.width() >= width {
            kept.pop();
            break;
        }
    }
    format!("{}…", kept.trim_end())
}

fn words(spans: &[Span]) -> Vec<Word> {
    let mut words: Vec<Word> = Vec::new();
    // Two looks without a space between them belong to one word, such as a code span and its full stop.
    let mut space = Some(Look::Plain);
    for Span { text, look } in spans {
        for (index, piece) in text.split(' ').enumerate() {
            if index > 0 {
                space = Some(*look);
            }
            if piece.is_empty() {
                continue;
            }
            let piece = span(*look, piece);
            match (space.take(), words.last_mut()) {
                (None, Some(word)) => word.pieces.push(piece),
                (space, _) => words.push(Word { space: space.unwrap_or(Look::Plain), pieces: vec![piece] }),
            }
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(lines: &[Spans]) -> Vec<String> {
        lines.iter().map(|line| line.iter().map(|span| span.text.as_str()).collect()).collect()
    }

    #[test]
    fn a_text_is_broken_at_its_spaces() {
        let text = [span(Look::Plain, "one two  three "), span(Look::Code, "four"), span(Look::Plain, ".")];
        assert_eq!(plain(&wrap(&text, 9)), ["one two", "three", "four."]);
        assert_eq!(plain(&wrap(&text, 80)), ["one two three four."]);
    }

    #[test]
    fn a_word_that_is_too_wide_stands_alone() {
        assert_eq!(plain(&wrap(&[span(Look::Plain, "a abcdefgh b")], 4)), ["a", "abcdefgh", "b"]);
    }

    #[test]
    fn an_underlined_text_is_underlined_between_its_words_too() {
        let line = wrap(&[span(Look::Plain, "see "), span(Look::Link, "the run")], 80);
        let looks: Vec<Look> = line[0].iter().map(|span| span.look).collect();
        assert_eq!(looks, [Look::Plain, Look::Plain, Look::Link, Look::Link, Look::Link]);
    }

    #[test]
    fn widths_are_those_of_a_terminal() {
        assert_eq!(columns(&[span(Look::Plain, "👀 日")]), 5);
        assert_eq!(plain(&wrap(&[span(Look::Plain, "👀 👀 👀")], 5)), ["👀 👀", "👀"]);
    }

    #[test]
    fn a_long_text_is_cut_and_never_wider_than_asked() {
        for (text, width, expected) in [
            ("short", 5, "short"),
            ("too long", 5, "too…"),
            ("one\r\ntwo\n", 20, "one↵two"),
            ("日本語", 4, "日…"),
            ("a\u{1b}[31mb", 20, "a [31mb"),
        ] {
            assert_eq!(cut(text, width), expected);
            assert!(cut(text, width).width() <= width);
        }
    }
}
