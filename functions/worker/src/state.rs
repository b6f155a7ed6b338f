//! What the worker holds; its fields are its IAM policy: read and bind mappings, write claims, read the App's secret,
//! change the visibility of its queue's messages.

use std::num::NonZeroU32;

use aws::{Dispatches, Mappings, Queue, Sdk, SecretSource, SqsQueue};
use clock::Clock;
use domain::claim::ClaimId;
use domain::ids::InstallationId;
use domain::message::RepoRef;
use github::{GitHubError, Repository};
use github_app::GitHubAccess;
use jiff::Timestamp;

use crate::error::Undone;

/// The worker's state. Clones share it.
#[derive(Clone)]
pub struct State {
    /// Settings of repositories.
    pub mappings: Mappings,
    /// Claims.
    pub dispatches: Dispatches,
    /// GitHub, as the App.
    pub github: GitHubAccess,
    /// The queue that messages come from.
    pub queue: Queue,
    /// How often that queue delivers a message before it becomes a dead letter.
    pub max_receives: NonZeroU32,
    /// The time.
    pub clock: Clock,
}

impl State {
    /// The Lambda's state. Reads the App's credentials ahead of the first message; a secret that can't be read yet is
    /// tried again with each message, and never keeps the function from starting.
    pub async fn from_env() -> Result<Self, lambda_runtime::Error> {
        let sdk = Sdk::from_env().await;
        let app_secret = SecretSource::secrets_manager(&sdk, environment::required("GITHUB_APP_SECRET_ID")?);
        let state = Self {
            mappings: Mappings::new(&sdk, environment::required("MAPPINGS_TABLE")?),
            dispatches: Dispatches::new(&sdk, environment::required("DISPATCHES_TABLE")?),
            github: GitHubAccess::new(environment::github_api_url(), app_secret, Clock::System),
            queue: Queue::Sqs(SqsQueue::new(&sdk, environment::required("QUEUE_URL")?)),
            max_receives: environment::required("MAX_RECEIVE_COUNT")?.parse()?,
            clock: Clock::System,
        };
        if let Err(error) = state.github.client().await {
            tracing::error!(error = %environment::chain(&error), "no credentials of the App");
        }
        Ok(state)
    }
}

impl State {
    /// A repository through the installation that the event named, or that GitHub knows; `None` without one.
    pub(crate) async fn repository(
        &self,
        named: Option<InstallationId>,
        repo: &RepoRef,
    ) -> Result<Option<Repository>, Undone> {
        let github = self.github.client().await?;
        let installation = match named {
            Some(installation) => installation,
            None => match github.installation_of(&repo.name).await {
                Ok(installation) => installation,
                Err(GitHubError::NotFound { .. }) => return Ok(None),
                Err(error) => return Err(error.into()),
            },
        };
        Ok(Some(github.repository(installation, repo.id, repo.name.clone())))
    }
}

/// A fresh claim id. Its random part is also the nonce by which a lost answer of the table is recognised as ours.
pub(crate) fn new_claim_id(now: Timestamp) -> ClaimId {
    let mut random = [0; 16];
    getrandom::fill(&mut random).expect("the operating system has random numbers");
    ClaimId::from_parts(now.as_millisecond().unsigned_abs(), u128::from_be_bytes(random))
}
