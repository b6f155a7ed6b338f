//! The causes that are known: each has a code, a reason and one remedy.
//!
//! Owns the closed list and its words. Never says what a cause is known by: that is `signs`.

use serde::{Deserialize, Serialize};

/// A cause with a remedy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KnownCause {
    /// The job was stopped at its time limit.
    JobTimeLimit,
    /// The step was stopped at its time limit.
    StepTimeLimit,
    /// No runner took the job.
    NoRunner,
    /// The repository's `verify` hook was not content.
    VerifyFailed,
    /// An action lacks one of its inputs.
    ActionInputMissing,
    /// There are no credentials for the provider.
    CredentialsMissing,
    /// AWS does not let the run's OIDC token assume the role.
    OidcSubjectMismatch,
    /// The role's sessions may not be that long.
    SessionTooLong,
    /// The AWS session ended before the run did.
    SessionExpired,
    /// There is no AWS service at the region's address.
    RegionUnreachable,
    /// The model can't be called by that id.
    ModelIdInvalid,
    /// The model is there, and not for this role or account.
    ModelAccessDenied,
    /// Anthropic does not accept the key.
    ApiKeyRefused,
    /// The Anthropic account has no credit.
    CreditTooLow,
    /// The provider's limit for the account is reached.
    ProviderRateLimited,
    /// The provider has no room for anybody.
    ProviderOverloaded,
}

impl KnownCause {
    /// All, in the order in which they are looked for: what GitHub itself says comes first.
    pub const ALL: [Self; 16] = [
        Self::JobTimeLimit,
        Self::StepTimeLimit,
        Self::NoRunner,
        Self::VerifyFailed,
        Self::ActionInputMissing,
        Self::CredentialsMissing,
        Self::OidcSubjectMismatch,
        Self::SessionTooLong,
        Self::SessionExpired,
        Self::RegionUnreachable,
        Self::ModelIdInvalid,
        Self::ModelAccessDenied,
        Self::ApiKeyRefused,
        Self::CreditTooLow,
        Self::ProviderRateLimited,
        Self::ProviderOverloaded,
    ];

    /// Whether GitHub calls a job cancelled that ended for this.
    pub(super) const fn cancels(self) -> bool {
        matches!(self, Self::JobTimeLimit | Self::NoRunner)
    }

    /// Whether only the job's own words tell what exactly it was.
    pub(super) const fn leaves_a_question(self) -> bool {
        matches!(self, Self::VerifyFailed | Self::ActionInputMissing)
    }

    /// The stable reason code that comment, log, API and metric share.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::JobTimeLimit => "JOB_TIME_LIMIT",
            Self::StepTimeLimit => "STEP_TIME_LIMIT",
            Self::NoRunner => "NO_RUNNER",
            Self::VerifyFailed => "VERIFY_FAILED",
            Self::ActionInputMissing => "ACTION_INPUT_MISSING",
            Self::CredentialsMissing => "CREDENTIALS_MISSING",
            Self::OidcSubjectMismatch => "OIDC_SUBJECT_MISMATCH",
            Self::SessionTooLong => "SESSION_TOO_LONG",
            Self::SessionExpired => "SESSION_EXPIRED",
            Self::RegionUnreachable => "REGION_UNREACHABLE",
            Self::ModelIdInvalid => "MODEL_ID_INVALID",
            Self::ModelAccessDenied => "MODEL_ACCESS_DENIED",
            Self::ApiKeyRefused => "API_KEY_REFUSED",
            Self::CreditTooLow => "CREDIT_TOO_LOW",
            Self::ProviderRateLimited => "PROVIDER_RATE_LIMITED",
            Self::ProviderOverloaded => "PROVIDER_OVERLOADED",
        }
    }

    /// What happened, without the remedy.
    #[must_use]
    pub const fn reason(self) -> &'static str {
        match self {
            Self::JobTimeLimit => "The job reached its time limit.",
            Self::StepTimeLimit => "The step reached its time limit.",
            Self::NoRunner => "No runner took the job.",
            Self::VerifyFailed => "The repository's own check of the work did not pass.",
            Self::ActionInputMissing => "An action was started without an input that it requires.",
            Self::CredentialsMissing => "The run found no credentials for the model's provider.",
            Self::OidcSubjectMismatch => {
                "AWS did not let the run assume its role: there is no such role, or its trust policy does not accept \
                 this repository's OIDC token."
            }
            Self::SessionTooLong => "The run asked AWS for a longer session than its role allows.",
            Self::SessionExpired => "The AWS session ended before the work was done.",
            Self::RegionUnreachable => "The runner found no AWS service at the region's address.",
            Self::ModelIdInvalid => "The model can't be called by the id that the run used.",
            Self::ModelAccessDenied => "The role or its AWS account may not use the model.",
            Self::ApiKeyRefused => "Anthropic did not accept the run's key.",
            Self::CreditTooLow => "The Anthropic account's credit is too low.",
            Self::ProviderRateLimited => "The model's provider let the account make no more calls for the time being.",
            Self::ProviderOverloaded => "The model's provider was overloaded.",
        }
    }

    /// What to do about it.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::JobTimeLimit => "Raise `maxJobMinutes` in the mapping, or ask for less at once.",
            Self::StepTimeLimit => "Raise the step's `timeout-minutes` in the workflow, or ask for less at once.",
            Self::NoRunner => "See to it that a runner with the labels of the job's `runs-on` is online.",
            Self::VerifyFailed => "Say what to mend in the lines below a new command, or mend it yourself.",
            Self::ActionInputMissing => "Set the secret or variable that the workflow takes this input from.",
            Self::CredentialsMissing => {
                "Set `ANTHROPIC_API_KEY` or `CLAUDE_CODE_OAUTH_TOKEN` in the repository's secrets; for Bedrock, set \
                 `AWS_BEDROCK_ROLE_ARN` and give the job `id-token: write`."
            }
            Self::OidcSubjectMismatch => {
                "Compare `AWS_BEDROCK_ROLE_ARN` with the role's ARN, and this repository with \
                 `token.actions.githubusercontent.com:sub` in the role's trust policy."
            }
            Self::SessionTooLong => {
                "Raise the role's maximum session duration, or lower `role-duration-seconds` in the workflow."
            }
            Self::SessionExpired => {
                "Raise `role-duration-seconds` in the workflow, or lower `maxTurns` in the mapping."
            }
            Self::RegionUnreachable => "Check `awsRegion` in the mapping, and the runner's network.",
            Self::ModelIdInvalid => {
                "Correct `model:` in `WORKFLOW.md`; on Bedrock, name an inference profile that serves the mapping's \
                 region."
            }
            Self::ModelAccessDenied => {
                "Allow the role `bedrock:InvokeModel*` on the inference profile and its models, and give the account \
                 access to the model in Bedrock."
            }
            Self::ApiKeyRefused => {
                "Renew `ANTHROPIC_API_KEY` or `CLAUDE_CODE_OAUTH_TOKEN` in the repository's secrets."
            }
            Self::CreditTooLow => "Buy credits for that account, then comment again.",
            Self::ProviderRateLimited => "Comment again later, or ask the provider for a higher limit.",
            Self::ProviderOverloaded => "Comment again in some minutes; nothing has to be changed here.",
        }
    }
}
