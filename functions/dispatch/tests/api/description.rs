//! `openapi.json`, held against what the router does.
//!
//! Owns the judgement of one exchange: it is described, and looks as described. A member of an answer that the document
//! doesn't name is a fault too, which a client would not call one.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use http::Method;
use http::header::CONTENT_TYPE;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::desk::Answer;

/// The document, as it is served.
pub(crate) static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../openapi.json")).expect("JSON"));

/// Whether an exchange is one that the document describes; where it isn't, why not.
pub(crate) fn judge(method: &Method, uri: &str, request: &str, answer: &Answer) -> Result<(), String> {
    let path = uri.split('?').next().unwrap_or_default();
    let Some(operation) = operation(method, path) else {
        let is_nothing = matches!(answer.code(), (404, "NOT_FOUND") | (405, "METHOD_NOT_ALLOWED"));
        return if is_nothing { Ok(()) } else { Err("there is something, and it is not described".to_owned()) };
    };
    let response = resolved(&format!("{operation}/responses/{}", answer.status));
    let types =
        at(&response).and_then(|response| response["content"].as_object()).ok_or("the status is not described")?;
    let content_type = answer.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok()).unwrap_or_default();
    if !types.contains_key(content_type) {
        return Err(format!("a body of {content_type:?} is not described"));
    }
    fits(&format!("{response}/content/{}/schema", escaped(content_type)), &answer.body)?;
    let asked = format!("{operation}/requestBody/content/application~1json/schema");
    if (200..300).contains(&answer.status) && at(&asked).is_some() {
        let request = serde_json::from_str(request).map_err(|error| error.to_string())?;
        return fits(&asked, &request).map_err(|fault| format!("it was taken, and is not described: {fault}"));
    }
    Ok(())
}

/// Where a request's operation stands in the document.
fn operation(method: &Method, path: &str) -> Option<String> {
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    let template = paths.keys().find(|template| is_of(path, template))?;
    let operation = format!("/paths/{}/{}", escaped(template), method.as_str().to_lowercase());
    at(&operation).map(|_| operation)
}

fn is_of(path: &str, template: &str) -> bool {
    let (parts, names): (Vec<&str>, Vec<&str>) = (path.split('/').collect(), template.split('/').collect());
    parts.len() == names.len() && names.iter().zip(&parts).all(|(name, part)| name.starts_with('{') || name == part)
}

fn at(pointer: &str) -> Option<&'static Value> {
    DOCUMENT.pointer(pointer)
}

/// The place that a place refers to, or the place itself.
fn resolved(pointer: &str) -> String {
    let reference = at(pointer).and_then(|it| it["$ref"].as_str()).map(|reference| reference.trim_start_matches('#'));
    reference.unwrap_or(pointer).to_owned()
}

/// <https://www.rfc-editor.org/rfc/rfc6901#section-3>
fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

/// Whether a value is of the schema that stands at a place.
fn fits(pointer: &str, value: &Value) -> Result<(), String> {
    let faults: Vec<String> =
        validator(pointer).iter_errors(value).map(|fault| format!("{} at {}", fault, fault.instance_path())).collect();
    if faults.is_empty() { Ok(()) } else { Err(faults.join("; ")) }
}

fn validator(pointer: &str) -> Arc<Validator> {
    static KNOWN: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
    let mut known = KNOWN.lock().expect("nobody panics in here");
    Arc::clone(known.entry(pointer.to_owned()).or_insert_with(|| Arc::new(made(pointer))))
}

fn made(pointer: &str) -> Validator {
    let mut schema = DOCUMENT.clone();
    for named in schema["components"]["schemas"].as_object_mut().expect("schemas").values_mut() {
        close(named);
    }
    // In a URI, braces are written as their codes.
    schema["$ref"] = json!(format!("#{pointer}").replace('{', "%7B").replace('}', "%7D"));
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&schema).unwrap_or_else(|fault| panic!("{pointer}: {fault}"))
}

/// What is not named is not allowed.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            if members.get("properties").is_some_and(Value::is_object) && members.contains_key("type") {
                members.entry("additionalProperties").or_insert(json!(false));
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}
