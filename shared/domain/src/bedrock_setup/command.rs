//! The command that makes the role from our template, for a shell that is signed in to the account.
//!
//! What is known is filled in; what only AWS knows, the command asks AWS, as the guide does.

use super::{MODEL_TO_FILL_IN, Place};
use crate::doctor::{BedrockModel, MappedFact};
use crate::repo_name::RepoFullName;

/// The variable of the shell with a model, and the parameters of the template for it.
struct Model {
    variable: &'static str,
    model: &'static str,
    profile: &'static str,
}

/// What the template has room for.
const MODELS: [Model; 2] = [
    Model { variable: "profile", model: "Model", profile: "InferenceProfileArn" },
    Model { variable: "gap_profile", model: "GapModel", profile: "GapInferenceProfileArn" },
];
/// The one provider that an account has for GitHub; empty makes it.
const OIDC_PROVIDER: &str = "\"$(aws iam list-open-id-connect-providers --output text --query \
                             \"OpenIDConnectProviderList[?ends_with(Arn, '/token.actions.githubusercontent.com')].Arn\")\"";

/// The command; `None` where the template has no room for every model: a role without one of them fails some of the runs.
pub(super) fn deploy(place: &Place<'_>, repo: &RepoFullName, mapped: &MappedFact) -> Option<String> {
    (place.models.len() <= MODELS.len()).then(|| command(place, repo, mapped))
}

fn command(place: &Place<'_>, repo: &RepoFullName, mapped: &MappedFact) -> String {
    let repository = mapped.repository.as_ref().ok();
    let name = repository.map_or(repo, |repository| &repository.name);
    let mut lines = vec![format!("export AWS_REGION={0} AWS_DEFAULT_REGION={0}", place.region)];
    let mut parameters = vec![
        ("RepositoryOwner", quoted(name.owner())),
        ("RepositoryName", quoted(name.repo())),
        ("Branch", quoted(&place.branch)),
    ];
    if let Some(repository) = repository {
        parameters.push(("OwnerId", repository.owner_id.to_string()));
        parameters.push(("RepositoryId", repository.id.to_string()));
    }
    if let Some(environment) = &place.environment {
        parameters.push(("Environment", quoted(environment)));
    }
    if let Some(seconds) = longer_session(place) {
        parameters.push(("MaxSessionSeconds", seconds));
    }
    parameters.push(("OidcProviderArn", OIDC_PROVIDER.to_owned()));
    let mut asks_aws = false;
    for (model, names) in place.models.iter().zip(MODELS) {
        let (own, asks) = model_parameters(model, &names);
        if asks {
            let is_known = !matches!(BedrockModel::parse(model), BedrockModel::Alias | BedrockModel::Other);
            lines.push(format!("{}={}", names.variable, quoted(if is_known { model } else { MODEL_TO_FILL_IN })));
        }
        parameters.extend(own);
        asks_aws |= asks;
    }
    if asks_aws {
        lines.push(
            "behind() { aws bedrock get-inference-profile --inference-profile-identifier \"$1\" --output text --query \"$2\"; }"
                .to_owned(),
        );
    }
    parameters.push(("DestinationRegions", destinations(place, asks_aws)));
    let stack = format!("claude-{}-{}", name.owner(), name.repo()).replace(['_', '.'], "-").to_lowercase();
    lines.push(format!(
        "aws cloudformation deploy --stack-name {stack} --template-file infra/bedrock-oidc-role.yaml \\"
    ));
    lines.push("  --capabilities CAPABILITY_IAM CAPABILITY_AUTO_EXPAND --parameter-overrides \\".to_owned());
    let parameters: Vec<String> = parameters.iter().map(|(name, value)| format!("    {name}={value}")).collect();
    lines.push(parameters.join(" \\\n"));
    lines.join("\n") + "\n"
}

/// Whether AWS is asked what is behind a profile, and what the template is told of the model.
fn model_parameters(text: &str, names: &Model) -> (Vec<(&'static str, String)>, bool) {
    let foundation = |id: &str| (vec![(names.model, quoted(id)), (names.profile, String::from("''"))], false);
    match BedrockModel::parse(text) {
        BedrockModel::Bare(id) => foundation(&id),
        BedrockModel::Arn { resource, .. } if resource.starts_with("foundation-model/") => {
            foundation(resource.trim_start_matches("foundation-model/"))
        }
        _ => {
            let behind = |query: &str| format!("\"$(behind \"${}\" {query})\"", names.variable);
            let model = format!("\"$(behind \"${}\" 'models[0].modelArn' | cut -d/ -f2)\"", names.variable);
            (vec![(names.model, model), (names.profile, behind("inferenceProfileArn"))], true)
        }
    }
}

/// Those of every profile; the word `global` stands for a model in no region.
fn destinations(place: &Place<'_>, asks_aws: bool) -> String {
    if !asks_aws {
        return place.region.to_string();
    }
    let asked = place.models.iter().zip(MODELS).map(|(model, names)| match model_parameters(model, &names) {
        (_, true) => format!("behind \"${}\" 'models[].modelArn';", names.variable),
        // A model by itself is called here: its region, where an ARN has it.
        (_, false) => format!("echo :::{};", place.region),
    });
    let asked: Vec<String> = asked.collect();
    let asked = asked.join(" ");
    format!("\"$({{ {asked} }} | tr '\\t' '\\n' | cut -d: -f4 | sed 's/^$/global/' | sort -u | paste -sd, -)\"")
}

/// What the template's own longest session doesn't cover.
fn longer_session(place: &Place<'_>) -> Option<String> {
    let seconds: u32 = place.session_seconds.as_ref()?.parse().ok()?;
    (7_201..=43_200).contains(&seconds).then(|| seconds.to_string())
}

/// As a shell takes it literally.
fn quoted(text: &str) -> String {
    let is_plain = !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:@".contains(&b));
    if is_plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
