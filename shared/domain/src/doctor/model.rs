//! Checks of the model that `WORKFLOW.md` and `PLANNING.md` name.
//!
//! A model is passed on as it stands, so a wrong one shows only when a run pays for it. What its name gives away is told here.

use super::bedrock_model::{BedrockModel, is_called_from};
use super::facts::MappedFact;
use super::front_matter::settings_of;
use super::{Check, Finding, Seen, check, fail, pass, unknown, warn};
use crate::mapping::Mapping;
use crate::provider::{AwsRegion, Provider};
use crate::refusal::code;

const WORKFLOW_MD: &str = "WORKFLOW.md";
const PLANNING_MD: &str = "PLANNING.md";

pub(super) fn checks(mapping: &Mapping, mapped: &MappedFact) -> Vec<Check> {
    let mut checks =
        vec![check("workflow-model", code(WORKFLOW_MD), prompt_file(WORKFLOW_MD, &mapped.workflow_md, mapping))];
    if let Some(planning_md) = &mapped.planning_md {
        checks.push(check("planning-model", code(PLANNING_MD), prompt_file(PLANNING_MD, planning_md, mapping)));
    }
    checks
}

/// The models that runs call, the main one first, each once.
pub(crate) fn models_of(mapped: &MappedFact) -> Vec<String> {
    let mut models: Vec<String> = Vec::new();
    let files = [(WORKFLOW_MD, Some(&mapped.workflow_md)), (PLANNING_MD, mapped.planning_md.as_ref())];
    for (name, text) in files {
        let Some(Ok(Some(text))) = text else { continue };
        let settings = settings_of(name, text).unwrap_or_default();
        let named = ["model", "gap_analysis_model"].into_iter().filter_map(|key| settings.get(key));
        // Plans are not analysed for gaps.
        for model in named.take(if name == PLANNING_MD { 1 } else { 2 }) {
            if !models.contains(model) {
                models.push(model.clone());
            }
        }
    }
    models
}

fn prompt_file(name: &str, text: &Seen<Option<String>>, mapping: &Mapping) -> Seen<Finding> {
    let Some(text) = text.as_ref().map_err(|why| *why)? else {
        return Ok(fail(
            format!("There is no `{name}` on that branch."),
            "Sync the workflows: that brings a first one.",
        ));
    };
    let settings = match settings_of(name, text) {
        Ok(settings) => settings,
        Err(why) => return Ok(fail(why, format!("Mend the front matter of `{name}`."))),
    };
    let judge = |model: &str| match &mapping.provider {
        Provider::Anthropic => anthropic(model),
        Provider::Bedrock { region } => bedrock(model, region, mapping),
    };
    let Some(model) = settings.get("model") else { return Ok(without_a_model(name, mapping)) };
    let finding = judge(model);
    Ok(match settings.get("gap_analysis_model").filter(|_| name == WORKFLOW_MD) {
        Some(gap_model) => finding.graver(judge(gap_model)),
        None => finding,
    })
}

fn without_a_model(name: &str, mapping: &Mapping) -> Finding {
    match &mapping.provider {
        Provider::Anthropic => pass("It names no model, and the Anthropic API has a default."),
        Provider::Bedrock { .. } => fail(
            format!("`{name}` names no model, and Bedrock has no default."),
            format!(
                "Write `model:` into the front matter of `{name}`: the id of a model, or an inference profile's id or ARN."
            ),
        ),
    }
}

fn anthropic(model: &str) -> Finding {
    match BedrockModel::parse(model) {
        BedrockModel::Alias | BedrockModel::Other => pass(format!("It names {}.", code(model))),
        BedrockModel::Profile { .. } | BedrockModel::Bare(_) | BedrockModel::Arn { .. } => fail(
            format!("{} is a name of Bedrock's, and the mapping's provider is the Anthropic API.", code(model)),
            "Name the model as the Anthropic API does, such as `claude-sonnet-4-6`; or set the provider to `bedrock`.",
        ),
    }
}

fn bedrock(text: &str, region: &AwsRegion, mapping: &Mapping) -> Finding {
    let named = code(text);
    let fits = || pass(format!("It names {named}."));
    let model = BedrockModel::parse(text);
    if model.lacks_a_profile() {
        let told =
            format!("{named} is a model's own id, and newer models are called through an inference profile only.");
        return warn(told, "Name a profile, such as `us.` or `global.` before the id, or its ARN.");
    }
    match model {
        BedrockModel::Profile { geography, .. } => geography_fits(&geography, &named, region).unwrap_or_else(fits),
        BedrockModel::Arn { region: of_arn, account, resource } => {
            let profile = resource.split_once('/').map_or("", |(_, id)| id);
            let geography = match BedrockModel::parse(profile) {
                BedrockModel::Profile { geography, .. } => geography_fits(&geography, &named, region),
                _ => None,
            };
            arn_fits(&of_arn, &account, region, mapping).or(geography).unwrap_or_else(fits)
        }
        BedrockModel::Other => warn(
            format!("{named} is no name that Bedrock is known to take."),
            "Name a profile's id or ARN, as `aws bedrock list-inference-profiles` lists them.",
        ),
        BedrockModel::Bare(_) | BedrockModel::Alias => fits(),
    }
}

fn geography_fits(geography: &str, named: &str, region: &AwsRegion) -> Option<Finding> {
    match is_called_from(geography, region) {
        Some(true) => None,
        Some(false) => Some(fail(
            format!("{named} is a profile of another geography than the mapping's region `{region}`."),
            format!(
                "Name a profile that `aws bedrock list-inference-profiles --region {region}` lists, or correct the region."
            ),
        )),
        None => Some(unknown(
            format!("Whether {named} can be called from `{region}` is not known here."),
            format!("See whether `aws bedrock list-inference-profiles --region {region}` lists it."),
        )),
    }
}

fn arn_fits(of_arn: &str, account: &str, region: &AwsRegion, mapping: &Mapping) -> Option<Finding> {
    if of_arn != region.as_str() {
        return Some(fail(
            format!("Its ARN is of {}, and the mapping's region is `{region}`.", code(of_arn)),
            "Name one of the mapping's region, or correct the region.",
        ));
    }
    let role = mapping.role_arn.as_ref().filter(|role| !account.is_empty() && role.account() != account)?;
    Some(fail(
        format!("Its ARN is of the account {}, and the mapping's role of {}.", code(account), code(role.account())),
        "Make the role in the account of the inference profile.",
    ))
}
