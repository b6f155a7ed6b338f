//! What the name of a model says of where Bedrock takes it.
//!
//! Owns the shapes of ids and ARNs, and which geography is called from which regions. Never knows which models there are:
//! that is AWS's to say.
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/cross-region-inference.html>

use crate::provider::AwsRegion;

/// A model as `model:` names it for Bedrock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BedrockModel {
    /// An inference profile's id: a geography before a model's id.
    Profile {
        /// Such as `us`, or `global`.
        geography: String,
        /// Such as `anthropic.claude-sonnet-4-6`.
        model: String,
    },
    /// A model's own id.
    Bare(String),
    /// An ARN of Bedrock's.
    Arn {
        /// Its region.
        region: String,
        /// Its account; empty for a foundation model.
        account: String,
        /// What it names, such as `inference-profile/us.anthropic.claude-sonnet-4-6`.
        resource: String,
    },
    /// Claude Code's own word for a family, which it looks up itself.
    Alias,
    /// Nothing that Bedrock is known to take.
    Other,
}

/// Claude Code's words. <https://code.claude.com/docs/en/model-config#model-aliases>
const ALIASES: [&str; 6] = ["default", "sonnet", "opus", "haiku", "opusplan", "best"];
/// Families of Anthropic's that are called by themselves; all newer ones are called through a profile.
const OLD_FAMILIES: [&str; 3] = ["anthropic.claude-3-", "anthropic.claude-v", "anthropic.claude-instant"];
/// One of an old name that needs a profile all the same.
const NEW_OF_OLD_NAME: &str = "anthropic.claude-3-7-";

impl BedrockModel {
    pub(crate) fn parse(text: &str) -> Self {
        // Claude Code's mark for a longer context is no part of the id.
        let id = text.trim().trim_end_matches("[1m]");
        if let Some(arn) = Self::arn(id) {
            return arn;
        }
        if ALIASES.contains(&id) {
            return Self::Alias;
        }
        if id.starts_with("anthropic.") {
            return Self::Bare(id.to_owned());
        }
        match id.split_once('.') {
            Some((geography, model)) if model.starts_with("anthropic.") => {
                Self::Profile { geography: geography.to_owned(), model: model.to_owned() }
            }
            _ => Self::Other,
        }
    }

    fn arn(text: &str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let ["arn", _, "bedrock", region, account, resource] = parts[..] else { return None };
        let owned = str::to_owned;
        Some(Self::Arn { region: owned(region), account: owned(account), resource: owned(resource) })
    }

    /// Whether it is a model's own id, of a generation that is called through a profile only.
    pub(crate) fn lacks_a_profile(&self) -> bool {
        let Self::Bare(id) = self else { return false };
        id.starts_with(NEW_OF_OLD_NAME) || !OLD_FAMILIES.iter().any(|family| id.starts_with(family))
    }
}

/// Whether profiles of a geography are called from a region; `None` for a geography that isn't known here.
pub(crate) fn is_called_from(geography: &str, region: &AwsRegion) -> Option<bool> {
    let region = region.as_str();
    let is_in = |prefixes: &[&str]| prefixes.iter().any(|prefix| region.starts_with(prefix));
    let is_apart = is_in(&["us-gov-", "us-iso", "cn-", "eu-iso", "eusc-"]);
    Some(match geography {
        "us-gov" => is_in(&["us-gov-"]),
        "global" => !is_apart,
        "us" => !is_apart && is_in(&["us-", "ca-"]),
        "ca" => is_in(&["ca-"]),
        "eu" => !is_apart && is_in(&["eu-"]),
        "apac" => is_in(&["ap-", "me-"]),
        "jp" => ["ap-northeast-1", "ap-northeast-3"].contains(&region),
        "au" => ["ap-southeast-2", "ap-southeast-4", "ap-southeast-6"].contains(&region),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_models_name_says_what_it_is() {
        let profile =
            |geography: &str, model: &str| BedrockModel::Profile { geography: geography.into(), model: model.into() };
        let sonnet = "anthropic.claude-sonnet-4-6";
        for (text, expected) in [
            ("us.anthropic.claude-sonnet-4-6", profile("us", sonnet)),
            ("us.anthropic.claude-sonnet-4-6[1m]", profile("us", sonnet)),
            ("us-gov.anthropic.claude-sonnet-4-6", profile("us-gov", sonnet)),
            ("anthropic.claude-sonnet-4-6", BedrockModel::Bare(sonnet.into())),
            ("sonnet", BedrockModel::Alias),
            ("claude-sonnet-4-6", BedrockModel::Other),
            ("", BedrockModel::Other),
        ] {
            assert_eq!(BedrockModel::parse(text), expected, "{text}");
        }
        let arn = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/a1b2:3";
        let BedrockModel::Arn { region, account, resource } = BedrockModel::parse(arn) else { panic!("an ARN") };
        assert_eq!(
            (region.as_str(), account.as_str(), resource.as_str()),
            ("eu-west-1", "111122223333", "application-inference-profile/a1b2:3")
        );
    }

    #[test]
    fn only_newer_generations_need_a_profile() {
        for (id, lacks) in [
            ("anthropic.claude-sonnet-4-6", true),
            ("anthropic.claude-3-7-sonnet-20250219-v1:0", true),
            ("anthropic.claude-opus-4-1-20250805-v1:0", true),
            ("anthropic.claude-3-haiku-20240307-v1:0", false),
            ("anthropic.claude-v2:1", false),
            ("us.anthropic.claude-sonnet-4-6", false),
        ] {
            assert_eq!(BedrockModel::parse(id).lacks_a_profile(), lacks, "{id}");
        }
    }

    #[test]
    fn a_geography_is_called_from_its_own_regions() {
        for (geography, region, expected) in [
            ("us", "us-west-2", Some(true)),
            ("us", "eu-west-1", Some(false)),
            ("us", "us-gov-west-1", Some(false)),
            ("us-gov", "us-gov-west-1", Some(true)),
            ("eu", "eu-central-1", Some(true)),
            ("eu", "us-west-2", Some(false)),
            ("apac", "ap-south-1", Some(true)),
            ("jp", "ap-northeast-1", Some(true)),
            ("jp", "ap-northeast-2", Some(false)),
            ("au", "ap-southeast-2", Some(true)),
            ("global", "sa-east-1", Some(true)),
            ("global", "cn-north-1", Some(false)),
            ("mars", "us-west-2", None),
        ] {
            assert_eq!(is_called_from(geography, &region.parse().expect("a region")), expected, "{geography} {region}");
        }
    }
}
