//! What a repository that is mapped to Bedrock takes on AWS's side, filled in and ready to paste.
//!
//! Owns the subjects that its runs can carry, both policies of the role, and the command that makes the role from our
//! template. All three say what `infra/bedrock-oidc-role.yaml` says; `tests/contracts/bedrock_role.rs` holds them to each
//! other. Never asks AWS: what only AWS knows is asked by the command, or left to fill in.

mod command;
mod policies;
mod subjects;

#[cfg(test)]
mod tests;

use crate::doctor::{MappedFact, models_of};
use crate::mapping::Mapping;
use crate::provider::{AwsRegion, Provider, RoleArn};
use crate::repo_name::RepoFullName;

pub use subjects::{SubjectForm, Subjects};

/// What stands for the number of an account that nobody has named.
pub const ACCOUNT_TO_FILL_IN: &str = "<account-id>";
/// What stands for a model that nobody has named.
pub const MODEL_TO_FILL_IN: &str = "<model>";
/// Why there may be no command, and what to do.
pub const TOO_MANY_MODELS: &str = "The template makes a role for two models, and this repository's prompts name more: make the \
                                   role by hand, with the policies.";
/// A branch where none is known.
const USUAL_BRANCH: &str = "main";

/// Everything to paste.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BedrockSetUp {
    /// What the runs' proofs can say of whose they are.
    pub subjects: Subjects,
    /// Who may become the role: JSON, indented.
    pub trust_policy: String,
    /// What the role may do: JSON, indented.
    pub permission_policy: String,
    /// The command that makes such a role from `infra/bedrock-oidc-role.yaml`, for a shell; `None` for [`TOO_MANY_MODELS`].
    pub deploy_command: Option<String>,
    /// What has to be filled in by hand in the policies, if anything.
    pub to_fill_in: Vec<&'static str>,
}

/// What all of it is made from.
struct Place<'a> {
    region: &'a AwsRegion,
    /// `aws`, or that of another partition.
    partition: &'static str,
    account: String,
    models: Vec<String>,
    branch: String,
    environment: Option<String>,
    session_seconds: Option<String>,
}

impl BedrockSetUp {
    /// For a repository that is mapped to Bedrock.
    #[must_use]
    pub fn of(repo: &RepoFullName, mapping: &Mapping, mapped: &MappedFact) -> Option<Self> {
        let Provider::Bedrock { region } = &mapping.provider else { return None };
        let models = models_of(mapped);
        let named = |name: &str| mapped.variable(name).ok().flatten().map(str::to_owned);
        let place = Place {
            region,
            partition: partition_of(region),
            account: account_of(mapping.role_arn.as_ref(), &models),
            models: if models.is_empty() { vec![MODEL_TO_FILL_IN.to_owned()] } else { models },
            branch: mapped.dispatch_branch(mapping).unwrap_or(USUAL_BRANCH).to_owned(),
            environment: named("AI_IMPLEMENT_ENVIRONMENT"),
            session_seconds: named("AI_IMPLEMENT_SESSION_SECONDS"),
        };
        let subjects = Subjects::of(repo, mapped, &place.branch, place.environment.as_deref());
        let (trust_policy, permission_policy) = (policies::trust(&place, &subjects), policies::permissions(&place));
        let is_in = |what: &&str| trust_policy.contains(what) || permission_policy.contains(what);
        let to_fill_in = [ACCOUNT_TO_FILL_IN, MODEL_TO_FILL_IN].into_iter().filter(is_in).collect();
        let deploy_command = command::deploy(&place, repo, mapped);
        Some(Self { subjects, trust_policy, permission_policy, deploy_command, to_fill_in })
    }
}

/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html>
fn partition_of(region: &AwsRegion) -> &'static str {
    let partitions = [
        ("us-gov-", "aws-us-gov"),
        ("cn-", "aws-cn"),
        ("eusc-", "aws-eusc"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eu-isoe-", "aws-iso-e"),
    ];
    let known = partitions.into_iter().find(|(prefix, _)| region.as_str().starts_with(prefix));
    known.map_or("aws", |(_, partition)| partition)
}

/// The role's, else that of a profile's ARN: both are the same, or it doesn't work.
fn account_of(role: Option<&RoleArn>, models: &[String]) -> String {
    let of_role = role.map(|role| role.account().to_owned());
    let of_model = || models.iter().find_map(|model| Some(model.strip_prefix("arn:")?.split(':').nth(3)?.to_owned()));
    of_role
        .or_else(|| of_model().filter(|account| !account.is_empty()))
        .unwrap_or_else(|| ACCOUNT_TO_FILL_IN.to_owned())
}
