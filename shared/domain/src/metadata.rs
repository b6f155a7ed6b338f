//! The metadata block that an implementation run leaves in its pull request's body.
//!
//! ```text
//! <!-- ai-implement-meta
//! issue_id: 7f3c
//! issue_identifier: ENG-42
//! issue_title: Retry uploads
//! issue_description_b64: VXBsb2FkcyBmYWls…
//! -->
//! ```
//!
//! Owns the reading of that block. Everybody who may edit the pull request may write it, so it is judged whole: a
//! block that is odd in any way is no block. Never reads more than the first one: a second could only be an attempt
//! to be read differently by somebody else.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

const OPENING: &str = "<!-- ai-implement-meta";
const CLOSING: &str = "-->";
/// An id or identifier longer than this comes from no tracker.
const MAX_ID_CHARACTERS: usize = 200;
/// GitHub's own titles end at 256 characters; trackers are more generous.
const MAX_TITLE_CHARACTERS: usize = 1_000;

/// A block that can be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetadataBlock {
    /// The tracker's id of the ticket.
    pub issue_id: String,
    /// What people call it.
    pub issue_identifier: String,
    /// Its title.
    pub issue_title: String,
    /// Its text, decoded; empty when the block has none.
    pub issue_description: String,
}

/// Why a block that is there can't be used.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MetadataFault {
    /// The comment is never closed.
    #[error("the metadata block isn't closed")]
    NotClosed,
    /// A line is not `key: value`.
    #[error("a line of the metadata block isn't `key: value`")]
    Line,
    /// A key stands twice.
    #[error("`{0}` stands twice in the metadata block")]
    Repeated(&'static str),
    /// A required key is missing or empty.
    #[error("the metadata block has no `{0}`")]
    Missing(&'static str),
    /// A value is longer than any tracker's, or holds control characters.
    #[error("the value of `{0}` in the metadata block can't be one")]
    Value(&'static str),
    /// The description is not base64 of UTF-8.
    #[error("`issue_description_b64` isn't base64 of UTF-8 text")]
    Description,
}

/// Reads the first metadata block of a pull request's body; `None` when there is none. Unknown keys are passed over,
/// so that later writers can add some.
pub fn read(body: &str) -> Result<Option<MetadataBlock>, MetadataFault> {
    let Some(start) = body.find(OPENING) else {
        return Ok(None);
    };
    let (block, _) = body[start + OPENING.len()..].split_once(CLOSING).ok_or(MetadataFault::NotClosed)?;
    let mut fields = Fields::default();
    for line in block.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (key, value) = line.split_once(':').ok_or(MetadataFault::Line)?;
        fields.take(key.trim(), value.trim())?;
    }
    fields.block().map(Some)
}

#[derive(Default)]
struct Fields<'a> {
    id: Option<&'a str>,
    identifier: Option<&'a str>,
    title: Option<&'a str>,
    description_b64: Option<&'a str>,
}

impl<'a> Fields<'a> {
    fn take(&mut self, key: &str, value: &'a str) -> Result<(), MetadataFault> {
        let (name, field) = match key {
            "issue_id" => ("issue_id", &mut self.id),
            "issue_identifier" => ("issue_identifier", &mut self.identifier),
            "issue_title" => ("issue_title", &mut self.title),
            "issue_description_b64" => ("issue_description_b64", &mut self.description_b64),
            _ => return Ok(()),
        };
        match field.replace(value) {
            Some(_) => Err(MetadataFault::Repeated(name)),
            None => Ok(()),
        }
    }

    fn block(self) -> Result<MetadataBlock, MetadataFault> {
        Ok(MetadataBlock {
            issue_id: one_line("issue_id", self.id, MAX_ID_CHARACTERS)?,
            issue_identifier: one_line("issue_identifier", self.identifier, MAX_ID_CHARACTERS)?,
            issue_title: one_line("issue_title", self.title, MAX_TITLE_CHARACTERS)?,
            issue_description: self.description_b64.map(description).transpose()?.unwrap_or_default(),
        })
    }
}

fn one_line(name: &'static str, value: Option<&str>, max_characters: usize) -> Result<String, MetadataFault> {
    let value = value.filter(|value| !value.is_empty()).ok_or(MetadataFault::Missing(name))?;
    if value.chars().count() > max_characters || value.chars().any(char::is_control) {
        return Err(MetadataFault::Value(name));
    }
    Ok(value.to_owned())
}

fn description(encoded: &str) -> Result<String, MetadataFault> {
    let bytes = STANDARD.decode(encoded).map_err(|_| MetadataFault::Description)?;
    String::from_utf8(bytes).map_err(|_| MetadataFault::Description)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn block(lines: &str) -> String {
        format!("Adds retries.\r\n\r\n<!-- ai-implement-meta\r\n{lines}\r\n-->\r\nmore text")
    }

    #[test]
    fn a_block_is_read_with_its_description() {
        let body = block(
            "issue_id: 7f3c\r\nissue_identifier: ENG-42\r\nissue_title: Retry: uploads\r\nissue_description_b64: R3LDvMOfZQ==",
        );
        let block = read(&body).expect("a sound block").expect("a block");
        assert_eq!((block.issue_id.as_str(), block.issue_identifier.as_str()), ("7f3c", "ENG-42"));
        assert_eq!((block.issue_title.as_str(), block.issue_description.as_str()), ("Retry: uploads", "Grüße"));
    }

    #[test]
    fn a_body_without_a_block_has_no_ticket() {
        for body in ["", "plain", "<!-- another comment -->", "ai-implement-meta\nissue_id: 1"] {
            assert_eq!(read(body), Ok(None), "{body}");
        }
    }

    #[test]
    fn hostile_blocks_are_refused_whole() {
        let sound = "issue_id: 1\nissue_identifier: ENG-1\nissue_title: T";
        let long = format!("issue_id: {}\nissue_identifier: E\nissue_title: T", "9".repeat(201));
        for (lines, fault) in [
            ("issue_identifier: ENG-1\nissue_title: T", MetadataFault::Missing("issue_id")),
            ("issue_id:\nissue_identifier: ENG-1\nissue_title: T", MetadataFault::Missing("issue_id")),
            (&format!("{sound}\nissue_id: 2"), MetadataFault::Repeated("issue_id")),
            (&format!("{sound}\nno colon here"), MetadataFault::Line),
            (&format!("{sound}\nissue_description_b64: $(id)"), MetadataFault::Description),
            (&format!("{sound}\nissue_description_b64: /w=="), MetadataFault::Description),
            (&long, MetadataFault::Value("issue_id")),
            ("issue_id: 1\nissue_identifier: E\u{1b}[2J\nissue_title: T", MetadataFault::Value("issue_identifier")),
        ] {
            assert_eq!(read(&block(lines)), Err(fault), "{lines:.80}");
        }
        assert_eq!(read("<!-- ai-implement-meta\nissue_id: 1"), Err(MetadataFault::NotClosed));
    }

    #[test]
    fn only_the_first_block_counts() {
        let first = block("issue_id: 1\nissue_identifier: ENG-1\nissue_title: first");
        let second = block("issue_id: 2\nissue_identifier: ENG-2\nissue_title: second");
        let block = read(&format!("{first}\n{second}")).expect("sound blocks").expect("a block");
        assert_eq!(block.issue_identifier, "ENG-1");
    }

    #[test]
    fn unknown_keys_are_passed_over() {
        let body = block("issue_id: 1\nissue_identifier: ENG-1\nissue_title: T\nlater_key: x\nlater_key: y");
        assert!(read(&body).expect("a sound block").is_some());
    }

    proptest! {
        #[test]
        fn no_body_makes_the_reader_panic(text in "\\PC{0,200}", inside in "[a-z_]{0,12}:?\\PC{0,80}(\\n\\PC{0,40}){0,4}(-->)?") {
            let _ = read(&format!("{text}<!-- ai-implement-meta{inside}"));
        }
    }
}
