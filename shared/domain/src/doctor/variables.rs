//! Checks of the repository's variables against the mapping.

use super::facts::MappedFact;
use super::{Check, Finding, Seen, check, fail, pass, unknown, warn};
use crate::mapping::Mapping;
use crate::provider::Provider;
use crate::public_url::PublicUrl;
use crate::refusal::code;

const PROVIDER: &str = "AI_IMPLEMENT_PROVIDER";
const REGION: &str = "AI_IMPLEMENT_AWS_REGION";
const URL: &str = "AI_IMPLEMENT_URL";

pub(super) fn checks(public_url: Option<&PublicUrl>, mapping: &Mapping, mapped: &MappedFact) -> Vec<Check> {
    let mut checks = vec![
        check("url-variable", format!("`{URL}`"), url(public_url, mapped)),
        check("provider-variable", format!("`{PROVIDER}`"), provider(mapping, mapped)),
    ];
    if let Provider::Bedrock { region } = &mapping.provider {
        checks.push(check("region-variable", format!("`{REGION}`"), wanted(mapped, REGION, region.as_str())));
    }
    checks
}

/// A run drops one slash at the end, as we do.
fn url(public_url: Option<&PublicUrl>, mapped: &MappedFact) -> Seen<Finding> {
    let value = mapped.variable(URL)?;
    let Some(ours) = public_url.map(PublicUrl::as_str) else {
        return Ok(unknown("This function doesn't know the control plane's address.", "Look in the admin."));
    };
    let remedy = format!("Set the variable `{URL}` to {}.", code(ours));
    Ok(match value {
        None => warn("It is not set: runs go on alone, ask nobody, and push without the App's token.", remedy),
        Some(value) if value.strip_suffix('/').unwrap_or(value) == ours => pass("It is this control plane's address."),
        Some(value) => {
            fail(format!("It is {}: runs ask there whether they may act, and not here.", code(value)), remedy)
        }
    })
}

/// What counts for runs that are dispatched without a provider: by hand, or by a workflow alone.
fn provider(mapping: &Mapping, mapped: &MappedFact) -> Seen<Finding> {
    let wants = mapping.provider.input_value();
    Ok(match mapped.variable(PROVIDER)? {
        None if mapping.provider == Provider::Anthropic => pass("It is not set, and need not be."),
        _ => wanted(mapped, PROVIDER, wants)?,
    })
}

fn wanted(mapped: &MappedFact, name: &'static str, wants: &str) -> Seen<Finding> {
    let remedy = format!("Set the variable `{name}` to `{wants}`, or change the mapping.");
    Ok(match mapped.variable(name)? {
        Some(value) if value == wants => pass(format!("It is `{wants}`, as in the mapping.")),
        Some(value) => {
            let told = format!(
                "It is {}, and the mapping says `{wants}`: runs that are started without us differ.",
                code(value)
            );
            warn(told, remedy)
        }
        None => warn(format!("It is not set: runs that are started without us don't use `{wants}`."), remedy),
    })
}
