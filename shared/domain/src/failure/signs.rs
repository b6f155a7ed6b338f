//! What the causes are known by: the words of whoever stops the run, be it AWS, Anthropic, Claude Code, an action or
//! GitHub's runner.
//!
//! Owns those words. Never takes a loose one for a sign: each is what that service really says, in one annotation.

use super::cause::KnownCause;

/// Phrases that stand in one annotation together.
type Sign = &'static [&'static str];

/// The cause that the step's name or one of the annotations tells for certain.
pub(super) fn cause(step: Option<&str>, annotations: &[String]) -> Option<KnownCause> {
    // Bedrock writes a typographic apostrophe in some of its messages.
    let annotations: Vec<String> = annotations.iter().map(|text| text.replace('’', "'")).collect();
    let shows = |cause: KnownCause| {
        let mut signs = signs_of(cause).iter();
        signs.any(|sign| annotations.iter().any(|text| sign.iter().all(|phrase| text.contains(phrase))))
    };
    KnownCause::ALL.into_iter().find(|cause| match cause {
        KnownCause::VerifyFailed => step.is_some_and(is_verify),
        cause => shows(*cause),
    })
}

/// The steps that run a repository's `verify` hook begin with this word.
fn is_verify(step: &str) -> bool {
    step.strip_prefix("Verify").is_some_and(|rest| !rest.starts_with(char::is_alphanumeric))
}

const fn signs_of(cause: KnownCause) -> &'static [Sign] {
    match cause {
        KnownCause::JobTimeLimit => &[
            &["The job has exceeded the maximum execution time of "],
            &["The job running on runner ", " has exceeded the maximum execution time of "],
        ],
        KnownCause::StepTimeLimit => &[&["The action '", "' has timed out after ", " minutes"]],
        KnownCause::NoRunner => &[
            &["The job has exceeded the maximum execution time while awaiting a runner"],
            &["The job was not acquired by Runner of type "],
        ],
        // Known by the step.
        KnownCause::VerifyFailed => &[],
        // <https://github.com/actions/toolkit/blob/main/packages/core/src/core.ts>
        KnownCause::ActionInputMissing => &[&["Input required and not supplied: "]],
        // <https://github.com/aws-actions/configure-aws-credentials#oidc>
        KnownCause::CredentialsMissing => &[
            &["Credentials could not be loaded, please check your action inputs"],
            &["ANTHROPIC_API_KEY is required when using direct Anthropic API"],
            &["ANTHROPIC_API_KEY or CLAUDE_CODE_OAUTH_TOKEN is required"],
        ],
        // <https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html>
        KnownCause::OidcSubjectMismatch => &[&["Not authorized to perform sts:AssumeRoleWithWebIdentity"]],
        KnownCause::SessionTooLong => {
            &[&["The requested DurationSeconds exceeds the MaxSessionDuration set for this role"]]
        }
        KnownCause::SessionExpired => &[&["The security token included in the request is expired"]],
        KnownCause::RegionUnreachable => {
            &[&["getaddrinfo ENOTFOUND sts."], &["getaddrinfo ENOTFOUND bedrock-runtime."]]
        }
        // <https://docs.aws.amazon.com/bedrock/latest/userguide/troubleshooting-api-error-codes.html>
        KnownCause::ModelIdInvalid => &[
            &["The provided model identifier is invalid"],
            &["Invocation of model ID ", "with on-demand throughput isn't supported"],
            &["not_found_error", "model: "],
            &["There's an issue with the selected model (", "It may not exist or you may not have access to it"],
        ],
        KnownCause::ModelAccessDenied => &[
            &["is not authorized to perform: bedrock:InvokeModel"],
            &["You don't have access to the model with the specified model ID"],
            &["Model access is denied due to "],
            &["Model use case details have not been submitted for this account"],
        ],
        // <https://docs.claude.com/en/api/errors>
        KnownCause::ApiKeyRefused => &[
            &["authentication_error", "invalid x-api-key"],
            &["authentication_error", "Invalid bearer token"],
            &["authentication_error", "OAuth token has expired"],
        ],
        KnownCause::CreditTooLow => &[&["Your credit balance is too low"], &["Credit balance is too low"]],
        KnownCause::ProviderRateLimited => &[
            &["rate_limit_error"],
            &["ThrottlingException"],
            &["API Error: 429 "],
            &["API Error: Request rejected (429)"],
            &["Too many tokens", "please wait before trying again"],
            &["Too many requests, please wait before trying again"],
        ],
        KnownCause::ProviderOverloaded => &[
            &["overloaded_error"],
            &["API Error: 529 "],
            &["API Error: Repeated 529 Overloaded errors"],
            &["Bedrock is unable to process your request"],
        ],
    }
}
