//! The settings at the top of `WORKFLOW.md` and `PLANNING.md`, read as a run reads them.
//!
//! Owns the agreement with `infra/target-repo/program/lib/front_matter.mjs`: what that refuses is refused here.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::refusal::code;

const KEYS: [&str; 5] = ["model", "gap_analysis_model", "setup", "verify", "teardown"];

/// The settings that are not empty; or why a run stops at the file, as a sentence.
pub(super) fn settings_of(name: &str, text: &str) -> Result<BTreeMap<String, String>, String> {
    let yaml = front_matter(text).unwrap_or_default();
    if is_blank(&yaml) {
        return Ok(BTreeMap::new());
    }
    let value: Value =
        serde_saphyr::from_str(&yaml).map_err(|_| format!("The front matter of `{name}` is no YAML."))?;
    let entries = match value {
        Value::Null => return Ok(BTreeMap::new()),
        Value::Object(entries) => entries,
        _ => return Err(format!("The front matter of `{name}` has no keys.")),
    };
    let mut settings = BTreeMap::new();
    for (key, value) in entries {
        if !KEYS.contains(&key.as_str()) {
            let known = KEYS.map(|key| format!("`{key}`")).join(", ");
            return Err(format!("The front matter of `{name}` has an unknown key {}. Known: {known}.", code(&key)));
        }
        match value {
            Value::Null => {}
            Value::String(text) if text.trim().is_empty() => {}
            Value::String(text) => drop(settings.insert(key, text)),
            _ => return Err(format!("`{key}:` in the front matter of `{name}` is no text.")),
        }
    }
    Ok(settings)
}

/// What stands between two lines of three dashes, the first of which begins the file.
fn front_matter(text: &str) -> Option<String> {
    let mut lines = text.strip_prefix('\u{feff}').unwrap_or(text).lines();
    if !is_fence(lines.next()?) {
        return None;
    }
    let mut yaml = String::new();
    for line in lines {
        if is_fence(line) {
            return Some(yaml);
        }
        yaml.push_str(line);
        yaml.push('\n');
    }
    None
}

fn is_fence(line: &str) -> bool {
    line.trim_end_matches([' ', '\t', '\r']) == "---"
}

/// Comments alone are no document to a parser.
fn is_blank(yaml: &str) -> bool {
    yaml.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(text: &str) -> Result<Option<String>, String> {
        settings_of("WORKFLOW.md", text).map(|mut settings| settings.remove("model"))
    }

    #[test]
    fn settings_stand_between_two_lines_of_dashes() {
        for (text, expected) in [
            ("---\nmodel: a\n---\nPrompt.", Some("a")),
            ("\u{feff}--- \r\nmodel: a\r\n---\r\nPrompt.", Some("a")),
            ("---\nmodel: 'a:b'\n---", Some("a:b")),
            ("---\n# model: a\n---\nPrompt.", None),
            ("---\nmodel:\n---\n", None),
            ("---\nmodel: '  '\n---\n", None),
            ("---\n---\nmodel: a\n", None),
            ("Prompt.\n---\nmodel: a\n---\n", None),
            ("---\nmodel: a\n", None),
            ("", None),
        ] {
            assert_eq!(model(text), Ok(expected.map(str::to_owned)), "{text:?}");
        }
    }

    #[test]
    fn what_a_run_stops_at_is_told() {
        for (yaml, words) in [
            ("modle: a", "an unknown key `modle`"),
            ("model: 3", "is no text"),
            ("model: [a]", "is no text"),
            ("- model", "has no keys"),
            ("model: 'a", "is no YAML"),
        ] {
            let error = model(&format!("---\n{yaml}\n---\n")).expect_err(yaml);
            assert!(error.contains(words), "{yaml}: {error}");
        }
    }
}
