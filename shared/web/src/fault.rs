//! What is wrong with a JSON text, told without quoting it.
//!
//! Owns the reading of serde's messages: they quote the values that they stumble over, and a value may be a secret.
//! Names of fields are told.

use serde_json::error::Category;

use crate::problem::{FieldProblem, Problem};

/// The problem of a body that is no JSON, or not of the shape that is asked for.
pub(crate) fn problem(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let json = error.inner();
    if json.classify() != Category::Data {
        let (line, column) = (json.line(), json.column());
        return Problem::bad_request(format!("The body is not JSON; it breaks off at line {line}, column {column}."));
    }
    let path = error.path().to_string();
    let FieldProblem { field, detail } = field_fault(&path, json);
    Problem::bad_field(field, detail)
}

/// The problem of a query whose parameter is unknown or of another kind; axum's words end in `name: what is wrong`.
pub(crate) fn of_query(words: &str) -> Problem {
    let unknown = words.split_once("unknown field `").and_then(|(_, rest)| rest.split_once('`'));
    if let Some((field, _)) = unknown {
        return Problem::bad_field(field, "there is no such parameter");
    }
    let named = words.split_once(": ").and_then(|(_, words)| words.split_once(": "));
    match named {
        Some((field, _)) => Problem::bad_field(field, "it is not of the expected kind"),
        None => Problem::bad_request("The query can't be read."),
    }
}

/// What is wrong with the field at `path`, or below it.
#[must_use]
pub fn field_fault(path: &str, error: &serde_json::Error) -> FieldProblem {
    let message = error.to_string();
    let named = |prefix: &str| message.strip_prefix(prefix)?.split('`').next().map(str::to_owned);
    if let Some(field) = named("unknown field `") {
        return FieldProblem { field, detail: "there is no such field".to_owned() };
    }
    if let Some(field) = named("missing field `") {
        return FieldProblem { field, detail: "it is needed".to_owned() };
    }
    // What stands before the last of these words is the value.
    let expected = message.rsplit_once(", expected ").map(|(_, expected)| expected);
    let expected =
        expected.map(|expected| expected.rsplit_once(" at line ").map_or(expected, |(expected, _)| expected));
    let detail =
        expected.map_or_else(|| "it is not of the expected kind".to_owned(), |it| format!("expected {}", plain(it)));
    let field = if path == "." { "body" } else { path };
    FieldProblem { field: field.to_owned(), detail }
}

/// Rust's word for a kind, in everybody's.
fn plain(kind: &str) -> &str {
    match kind {
        "u8" | "u16" | "u32" | "u64" | "i64" => "a whole number",
        "a boolean" => "true or false",
        "a string" => "a text",
        kind if kind == "a map" || kind.starts_with("struct ") => "an object",
        other => other,
    }
}
