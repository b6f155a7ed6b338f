//! Where the model is called: the Anthropic API, or AWS Bedrock in one region.
//!
//! Owns the shapes of an AWS region and of an IAM role's ARN. Never knows which models exist where: that is the
//! target repository's `WORKFLOW.md` and AWS's own answer.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The model provider of one repository. A region exists exactly where it means something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "name", rename_all = "lowercase")]
pub enum Provider {
    /// The Anthropic API, by key or OAuth token of the target repository.
    Anthropic,
    /// AWS Bedrock, by GitHub OIDC and an IAM role.
    Bedrock {
        /// The region that the run's AWS clients use.
        region: AwsRegion,
    },
}

impl Provider {
    /// The value of the workflow input `provider`.
    #[must_use]
    pub const fn input_value(&self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::Bedrock { .. } => "bedrock",
        }
    }

    /// The value of the workflow input `aws_region`, where there is one.
    #[must_use]
    pub const fn region(&self) -> Option<&AwsRegion> {
        match self {
            Self::Anthropic => None,
            Self::Bedrock { region } => Some(region),
        }
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Anthropic => f.write_str("Anthropic API"),
            Self::Bedrock { region } => write!(f, "AWS Bedrock in `{region}`"),
        }
    }
}

/// The name of an AWS region, such as `us-west-2`, of a partition that exists.
///
/// The shape is checked and the geography must be one of AWS's; whether Bedrock is offered there is AWS's to say.
/// <https://docs.aws.amazon.com/global-infrastructure/latest/regions/aws-regions.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct AwsRegion(String);

/// Why a text is no AWS region.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum AwsRegionError {
    /// An availability zone was given; the fix is to drop its letter.
    #[error("`{zone}` is an availability zone, its region is `{region}`")]
    AvailabilityZone {
        /// What was written.
        zone: String,
        /// The region that the zone belongs to.
        region: String,
    },
    /// Not of the shape geography-area-number, or of no known geography.
    #[error("not an AWS region name such as `us-west-2`")]
    Shape,
}

/// The geographies that region names begin with, over all partitions. Longer ones come before their prefixes.
const GEOGRAPHIES: [&str; 16] = [
    "us-gov", "us-isob", "us-isof", "us-iso", "eu-isoe", "eusc-de", "af", "ap", "ca", "cn", "eu", "il", "me", "mx",
    "sa", "us",
];
/// The areas within a geography.
const AREAS: [&str; 9] =
    ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

impl AwsRegion {
    /// The name, as AWS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn is_region(text: &str) -> bool {
    GEOGRAPHIES.iter().any(|geography| {
        text.strip_prefix(geography)
            .and_then(|rest| rest.strip_prefix('-'))
            .and_then(|rest| rest.split_once('-'))
            .is_some_and(|(area, number)| AREAS.contains(&area) && is_region_number(number))
    })
}

fn is_region_number(text: &str) -> bool {
    (1..=2).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit()) && !text.starts_with('0')
}

impl FromStr for AwsRegion {
    type Err = AwsRegionError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if is_region(text) {
            return Ok(Self(text.to_owned()));
        }
        match text.strip_suffix(|c: char| c.is_ascii_lowercase()) {
            Some(region) if is_region(region) => {
                Err(AwsRegionError::AvailabilityZone { zone: text.to_owned(), region: region.to_owned() })
            }
            _ => Err(AwsRegionError::Shape),
        }
    }
}

impl TryFrom<String> for AwsRegion {
    type Error = AwsRegionError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<AwsRegion> for String {
    fn from(region: AwsRegion) -> Self {
        region.0
    }
}

impl fmt::Display for AwsRegion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The ARN of an IAM role, `arn:<partition>:iam::<12 digits>:role/<path and name>`.
///
/// <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html>
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleArn(String);

/// The text is not the ARN of an IAM role.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("not the ARN of an IAM role such as `arn:aws:iam::111122223333:role/ai-implement`")]
pub struct RoleArnError;

impl RoleArn {
    /// The ARN, as AWS writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number of the account that the role is in.
    #[must_use]
    pub fn account(&self) -> &str {
        self.0.split(':').nth(4).unwrap_or_default()
    }
}

impl FromStr for RoleArn {
    type Err = RoleArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts[..] else {
            return Err(RoleArnError);
        };
        let partition_ok = partition == "aws" || partition.strip_prefix("aws-").is_some_and(|rest| !rest.is_empty());
        let account_ok = account.len() == 12 && account.bytes().all(|b| b.is_ascii_digit());
        let role_ok = resource.strip_prefix("role/").is_some_and(|name| {
            !name.is_empty()
                && name.len() <= 576
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&b))
        });
        if arn == "arn" && partition_ok && service == "iam" && region.is_empty() && account_ok && role_ok {
            Ok(Self(text.to_owned()))
        } else {
            Err(RoleArnError)
        }
    }
}

impl TryFrom<String> for RoleArn {
    type Error = RoleArnError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<RoleArn> for String {
    fn from(arn: RoleArn) -> Self {
        arn.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_every_partition_are_known() {
        for name in [
            "us-west-2",
            "eu-central-1",
            "ap-southeast-4",
            "ca-west-1",
            "il-central-1",
            "mx-central-1",
            "cn-northwest-1",
        ] {
            assert!(name.parse::<AwsRegion>().is_ok(), "{name}");
        }
        for name in ["us-gov-west-1", "us-iso-east-1", "us-isob-east-1", "eu-isoe-west-1", "eusc-de-east-1"] {
            assert!(name.parse::<AwsRegion>().is_ok(), "{name}");
        }
    }

    #[test]
    fn what_is_no_region_is_refused() {
        for text in [
            "",
            "us",
            "us-west",
            "us-west-",
            "us-west-0",
            "us-west-123",
            "US-WEST-2",
            "us_west_2",
            "moon-east-1",
            "us-up-1",
            "us-west-2 ",
        ] {
            assert_eq!(text.parse::<AwsRegion>(), Err(AwsRegionError::Shape), "{text}");
        }
    }

    #[test]
    fn an_availability_zone_is_told_its_region() {
        let error = "us-west-2a".parse::<AwsRegion>().expect_err("a zone is no region");
        assert_eq!(error.to_string(), "`us-west-2a` is an availability zone, its region is `us-west-2`");
    }

    #[test]
    fn only_role_arns_are_role_arns() {
        assert!("arn:aws:iam::111122223333:role/team/ai-implement".parse::<RoleArn>().is_ok());
        assert!("arn:aws-us-gov:iam::111122223333:role/x".parse::<RoleArn>().is_ok());
        for text in [
            "arn:aws:iam::111122223333:user/x",
            "arn:aws:iam::1111:role/x",
            "arn:aws:iam:us-west-2:111122223333:role/x",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:sts::111122223333:assumed-role/x/y",
            "arn:aws:iam::111122223333:role/x\ny",
        ] {
            assert_eq!(text.parse::<RoleArn>(), Err(RoleArnError), "{text}");
        }
    }
}
