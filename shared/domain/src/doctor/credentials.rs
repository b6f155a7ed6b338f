//! Checks of what a model is paid by: secrets, by their names alone.

use super::facts::MappedFact;
use super::{Check, Finding, Seen, check, fail, pass, unknown, warn};
use crate::mapping::Mapping;
use crate::provider::Provider;
use crate::refusal::code;

const OAUTH_TOKEN: &str = "CLAUDE_CODE_OAUTH_TOKEN";
const API_KEY: &str = "ANTHROPIC_API_KEY";
const ROLE: &str = "AWS_BEDROCK_ROLE_ARN";
const STATIC_KEYS: [&str; 2] = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"];
const ENVIRONMENT: &str = "AI_IMPLEMENT_ENVIRONMENT";
const PLACE: &str = "under *Settings → Secrets and variables → Actions → Secrets*";

pub(super) fn checks(mapping: &Mapping, mapped: &MappedFact) -> Vec<Check> {
    match &mapping.provider {
        Provider::Anthropic => vec![check("credentials", "Credentials", anthropic(mapped))],
        Provider::Bedrock { .. } => vec![
            check("credentials", "Credentials", bedrock(mapping, mapped)),
            check("static-keys", "Static AWS keys", static_keys(mapped)),
        ],
    }
}

/// In the order in which a run takes them.
fn anthropic(mapped: &MappedFact) -> Seen<Finding> {
    if let Some(name) = present(mapped, [OAUTH_TOKEN, API_KEY])?.first() {
        return Ok(pass(format!("There is a secret `{name}`.")));
    }
    let remedy = format!("Add a secret `{API_KEY}` or `{OAUTH_TOKEN}` {PLACE}.");
    Ok(missing(mapped, format!("There is neither a secret `{OAUTH_TOKEN}` nor `{API_KEY}`."), remedy))
}

fn bedrock(mapping: &Mapping, mapped: &MappedFact) -> Seen<Finding> {
    let has_secret = mapped.has_secret(ROLE);
    if has_secret == Ok(true) {
        return Ok(pass(format!("There is a secret `{ROLE}`.")));
    }
    if let Some(role) = &mapping.role_arn {
        return Ok(pass(format!("The mapping names the role {}.", code(role.as_str()))));
    }
    has_secret?;
    let remedy = format!("Add the role's ARN as a secret `{ROLE}` {PLACE}, or set `roleArn` in the mapping.");
    Ok(missing(mapped, format!("There is no secret `{ROLE}`, and the mapping names no role."), remedy))
}

/// Those that are there; one that surely is tells enough, whatever can't be read.
fn present(mapped: &MappedFact, names: [&'static str; 2]) -> Seen<Vec<&'static str>> {
    let seen = names.map(|name| mapped.has_secret(name).map(|is_there| is_there.then_some(name)));
    let there: Vec<&str> = seen.iter().filter_map(|it| it.ok().flatten()).collect();
    if there.is_empty() {
        seen.into_iter().collect::<Seen<Vec<_>>>()?;
    }
    Ok(there)
}

/// The secrets of an environment are not looked at.
fn missing(mapped: &MappedFact, seen: String, remedy: String) -> Finding {
    match mapped.variable(ENVIRONMENT) {
        Ok(Some(environment)) => unknown(
            format!("{seen} The jobs run in the environment {}, whose secrets are not looked at.", code(environment)),
            "See that the environment has it.",
        ),
        Ok(None) | Err(_) => fail(seen, remedy),
    }
}

fn static_keys(mapped: &MappedFact) -> Seen<Finding> {
    let there: Vec<String> = present(mapped, STATIC_KEYS)?.iter().map(|name| format!("`{name}`")).collect();
    Ok(if there.is_empty() {
        pass("There are none, and none is needed.")
    } else {
        warn(
            format!("There are secrets {}. No run reads them: it gets a session of the role.", there.join(" and ")),
            "Remove them, unless another workflow needs them.",
        )
    })
}
