//! The rules of a mapping's fields.
//!
//! Owns every rule and the sentence that explains it, and goes on after the first fault. Never changes a value.

use std::fmt;
use std::num::NonZeroU32;

use super::{FieldFault, Mapping, MappingFaults, WorkflowFileName};
use crate::provider::{AwsRegion, Provider};
use crate::repo_name::{RepoFullName, RepoNameError};

pub(super) const BEDROCK_NEEDS_REGION: &str = "bedrock needs the AWS region of its inference profile";

/// Collects faults while values are checked.
#[derive(Default)]
pub(super) struct Judge(Vec<FieldFault>);

impl Judge {
    pub(super) fn fault(&mut self, field: &'static str, problem: impl fmt::Display) {
        self.0.push(FieldFault { field, problem: problem.to_string() });
    }

    pub(super) fn keep<T>(&mut self, field: &'static str, checked: Result<T, impl fmt::Display>) -> Option<T> {
        checked.map_err(|problem| self.fault(field, problem)).ok()
    }

    pub(super) fn optional(
        &mut self,
        field: &'static str,
        value: Option<String>,
        check: fn(&str) -> Result<(), &'static str>,
    ) -> Option<String> {
        value.and_then(|value| self.keep(field, check(&value).map(|()| value)))
    }

    pub(super) fn repo(&mut self, owner: &str, repo: &str) -> Option<RepoFullName> {
        let named = RepoFullName::new(owner, repo);
        let field = if matches!(named, Err(RepoNameError::Repo)) { "repo" } else { "owner" };
        self.keep(field, named)
    }

    pub(super) fn provider(&mut self, name: Option<&str>, region: Option<&str>) -> Option<Provider> {
        match (name.unwrap_or("anthropic"), region) {
            ("anthropic", None) => Some(Provider::Anthropic),
            ("bedrock", Some(region)) => {
                self.keep("awsRegion", region.parse::<AwsRegion>()).map(|region| Provider::Bedrock { region })
            }
            ("anthropic", Some(_)) => {
                self.fault("awsRegion", "only bedrock has an AWS region");
                None
            }
            ("bedrock", None) => {
                self.fault("awsRegion", BEDROCK_NEEDS_REGION);
                None
            }
            (other, _) => {
                self.fault(
                    "provider",
                    format_args!("`{other}` is not a provider; there are `anthropic` and `bedrock`"),
                );
                None
            }
        }
    }

    pub(super) fn workflow_file(
        &mut self,
        field: &'static str,
        name: Option<String>,
        default: &str,
    ) -> Option<WorkflowFileName> {
        self.keep(field, WorkflowFileName::try_from(name.unwrap_or_else(|| default.to_owned())))
    }

    pub(super) fn count(&mut self, field: &'static str, value: i64, max: u32) -> Option<NonZeroU32> {
        let count = u32::try_from(value).ok().filter(|count| *count <= max).and_then(NonZeroU32::new);
        if count.is_none() {
            let bound = if max == u32::MAX { String::new() } else { format!(" to {max}") };
            self.fault(field, format_args!("a whole number from 1{bound}"));
        }
        count
    }

    pub(super) fn faults(self) -> MappingFaults {
        MappingFaults(self.0)
    }

    pub(super) fn verdict(self, mapping: Mapping) -> Result<Mapping, MappingFaults> {
        if self.0.is_empty() { Ok(mapping) } else { Err(self.faults()) }
    }
}

pub(super) fn check_team_key(key: &str) -> Result<(), &'static str> {
    let sound = (1..=32).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_".contains(&b));
    sound.then_some(()).ok_or("1 to 32 letters, digits, hyphens or underscores")
}

/// The rules of `git check-ref-format` that matter for one branch.
pub(super) fn check_branch(name: &str) -> Result<(), &'static str> {
    let forbidden = |c: char| c.is_control() || c.is_whitespace() || "~^:?*[\\".contains(c);
    let sound = (1..=255).contains(&name.len())
        && !name.contains(forbidden)
        && !["..", "//", "@{"].iter().any(|pair| name.contains(pair))
        && !name.starts_with(['/', '-', '.'])
        && !name.ends_with(['/', '.'])
        && !name
            .split('/')
            .any(|part| part.starts_with('.') || part.rsplit_once('.').is_some_and(|(_, end)| end == "lock"));
    sound.then_some(()).ok_or("not a branch name")
}

pub(super) fn check_runner_image(image: &str) -> Result<(), &'static str> {
    let sound = (1..=255).contains(&image.len()) && !image.contains(|c: char| c.is_whitespace() || c.is_control());
    sound.then_some(()).ok_or("no white space, 1 to 255 characters")
}
