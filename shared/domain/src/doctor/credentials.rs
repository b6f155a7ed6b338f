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
    for name in [OAUTH_TOKEN, API_KEY] {
        if mapped.has_secret(name)? {
            return Ok(pass(format!("There is a secret `{name}`.")));
        }
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
    let mut there = Vec::new();
    for name in STATIC_KEYS {
        if mapped.has_secret(name)? {
            there.push(format!("`{name}`"));
        }
    }
    Ok(if there.is_empty() {
        pass("There are none, and none is needed.")
    } else {
        warn(
            format!("There are secrets {}. No run reads them: it gets a session of the role.", there.join(" and ")),
            "Remove them, unless another workflow needs them.",
        )
    })
}
