//! The AWS SDK's shared configuration.
//!
//! Owns the time limits of every AWS call: the SDK sets no limit of an operation by itself, and a webhook has ten
//! seconds in all. Region, credentials and `AWS_ENDPOINT_URL` are AWS's own environment.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(1);
const ATTEMPT_TIMEOUT: Duration = Duration::from_secs(2);
/// Twice this, a secret and a message, is less than the ten seconds that a webhook has.
const OPERATION_TIMEOUT: Duration = Duration::from_secs(4);

/// The configuration that every client here is made from.
#[derive(Debug, Clone)]
pub struct Sdk(pub(crate) SdkConfig);

impl Sdk {
    /// Reads AWS's own environment.
    pub async fn from_env() -> Self {
        Self(aws_config::defaults(BehaviorVersion::latest()).timeout_config(timeouts()).load().await)
    }

    /// Speaks to an engine on this machine, with credentials that mean nothing.
    #[must_use]
    pub fn local(endpoint: &str) -> Self {
        let credentials = aws_sdk_dynamodb::config::Credentials::new("local", "local", None, None, "local");
        let config = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(aws_sdk_dynamodb::config::Region::from_static("us-east-1"))
            .credentials_provider(aws_sdk_dynamodb::config::SharedCredentialsProvider::new(credentials))
            .endpoint_url(endpoint)
            .timeout_config(timeouts())
            .build();
        Self(config)
    }
}

fn timeouts() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .operation_attempt_timeout(ATTEMPT_TIMEOUT)
        .operation_timeout(OPERATION_TIMEOUT)
        .build()
}
