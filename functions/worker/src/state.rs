//! What the worker holds; its fields are its IAM policy: read mappings and set in them what GitHub knows better, write
//! claims, share what is known of GitHub's limits, read the App's and the runs' secrets, change the visibility of its queue's
//! messages, and send more of them.

use std::num::NonZeroU32;
use std::sync::Arc;

use aws::{Dispatches, Mappings, Queue, Rates, RunSecret, Sdk, SecretCell, SecretError, SecretSource, SqsQueue};
use clock::Clock;
use domain::claim::{ClaimId, Nonce};
use domain::ids::InstallationId;
use domain::message::RepoRef;
use domain::public_url::PublicUrl;
use domain::run_callback::Callbacks;
use github::{GitHubError, Repository};
use github_app::GitHubAccess;
use jiff::Timestamp;
use notifier::Notifier;

use crate::error::Undone;

/// The worker's state. Clones share it.
#[derive(Clone)]
pub struct State {
    /// Settings of repositories.
    pub mappings: Mappings,
    /// Claims.
    pub dispatches: Dispatches,
    /// GitHub's limits, as all workers know them.
    pub rates: Rates,
    /// GitHub, as the App.
    pub github: GitHubAccess,
    /// The way to a team's channel.
    pub notifier: Arc<Notifier>,
    /// The queue that messages come from, and that calls and news are put into.
    pub queue: Queue,
    /// How often that queue delivers a message before it becomes a dead letter.
    pub max_receives: NonZeroU32,
    /// Where runs report whose workflow can't redeem a claim; without it, what they are to be told is unknown.
    pub runs: Option<Runs>,
    /// The time.
    pub clock: Clock,
}

/// What runs are told at their dispatch.
#[derive(Clone)]
pub struct Runs {
    secret: SecretCell<RunSecret>,
    public_url: PublicUrl,
}

impl Runs {
    /// Nothing is read before a workflow asks for it.
    #[must_use]
    pub fn new(secret: SecretSource, public_url: PublicUrl, clock: Clock) -> Self {
        Self { secret: SecretCell::new(secret, clock), public_url }
    }

    /// Where this control plane is.
    pub(crate) const fn public_url(&self) -> &PublicUrl {
        &self.public_url
    }

    fn from_env(sdk: &Sdk) -> Option<Self> {
        let (secret, public_url) = (environment::optional("RUN_SECRET_ID")?, environment::optional("PUBLIC_URL")?);
        let public_url = PublicUrl::new(&public_url);
        Some(Self::new(SecretSource::secrets_manager(sdk, secret), public_url, Clock::System))
    }

    /// Where runs report, and how their tokens are signed.
    #[failpoint::everywhere]
    pub(crate) async fn callbacks(&self) -> Result<Callbacks, SecretError> {
        let secret = self.secret.current().await?;
        Ok(Callbacks::new(self.public_url.clone(), secret.key()))
    }
}

impl State {
    /// The Lambda's state. Reads the App's credentials ahead of the first message; a secret that can't be read yet is
    /// tried again with each message, and never keeps the function from starting.
    pub async fn from_env() -> Result<Self, lambda_runtime::Error> {
        let sdk = Sdk::from_env().await;
        let app_secret = SecretSource::secrets_manager(&sdk, environment::required("GITHUB_APP_SECRET_ID")?);
        let dispatches = environment::required("DISPATCHES_TABLE")?;
        let state = Self {
            mappings: Mappings::new(&sdk, environment::required("MAPPINGS_TABLE")?),
            dispatches: Dispatches::new(&sdk, dispatches.clone()),
            rates: Rates::new(&sdk, dispatches),
            github: GitHubAccess::new(environment::github_api_url(), app_secret, Clock::System),
            notifier: Arc::new(Notifier::new()),
            queue: Queue::Sqs(SqsQueue::new(&sdk, environment::required("QUEUE_URL")?)),
            max_receives: environment::required("MAX_RECEIVE_COUNT")?.parse()?,
            runs: Runs::from_env(&sdk),
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
    #[failpoint::everywhere]
    pub(crate) async fn repository(
        &self,
        named: Option<InstallationId>,
        repo: &RepoRef,
    ) -> Result<Option<Repository>, Undone> {
        let github = self.github.client().await?;
        let place = match named {
            Some(installation) => Some((installation, repo.name.clone())),
            None => match github.installation_of(&repo.name).await {
                Ok(installation) => Some((installation, repo.name.clone())),
                Err(GitHubError::NotFound { .. }) => None,
                Err(GitHubError::Moved { .. }) => github.moved_from(&repo.name, repo.id).await?,
                Err(error) => return Err(error.into()),
            },
        };
        Ok(place.map(|(installation, name)| github.repository(installation, repo.id, name)))
    }

    /// While GitHub limits an installation, nobody makes a call through it.
    #[failpoint::everywhere]
    pub(crate) async fn is_free(&self, installation: Option<InstallationId>) -> Result<(), Undone> {
        let Some(installation) = installation else { return Ok(()) };
        let limit = self.rates.limit(installation).await?;
        match limit.and_then(|limit| limit.remaining(self.clock.now())) {
            Some(remaining) => Err(Undone::Limited { remaining }),
            None => Ok(()),
        }
    }
}

/// A fresh claim id. Its random part is also the nonce by which a lost answer of the table is recognised as ours.
pub(crate) fn new_claim_id(now: Timestamp) -> ClaimId {
    ClaimId::from_parts(now.as_millisecond().unsigned_abs(), u128::from_be_bytes(random()))
}

/// A fresh nonce of an intent's writer.
pub(crate) fn new_nonce() -> Nonce {
    Nonce::new(u64::from_be_bytes(random()))
}

fn random<const BYTES: usize>() -> [u8; BYTES] {
    let mut random = [0; BYTES];
    getrandom::fill(&mut random).expect("the operating system has random numbers");
    random
}
