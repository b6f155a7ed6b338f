//! What the sweeper holds; its fields are its IAM policy: read mappings, read which claims there are, keep its own
//! cursors, its tallies and the limits that it meets, send to the queue, read the App's secret.

use aws::{Cursors, Dispatches, Mappings, Queue, Rates, Sdk, SecretSource, SqsQueue};
use clock::Clock;
use github_app::GitHubAccess;

/// The sweeper's state. Clones share it.
#[derive(Clone)]
pub struct State {
    /// Settings of repositories.
    pub mappings: Mappings,
    /// Which claims are due, which commands are known, and what the days came to.
    pub dispatches: Dispatches,
    /// The limits that installations have met.
    pub rates: Rates,
    /// How far each round has come.
    pub cursors: Cursors,
    /// GitHub, as the App.
    pub github: GitHubAccess,
    /// How deliveries arrive.
    pub arrival: Arrival,
    /// Where messages for the worker go.
    pub queue: Queue,
    /// The time.
    pub clock: Clock,
}

/// How the App's deliveries arrive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    /// GitHub sends them: those that failed are asked for again.
    Pushed,
    /// They are read from GitHub's list, failed ones too: nothing has to be sent again.
    Pulled,
}

impl State {
    /// The Lambda's state. A secret that can't be read yet fails the sweep at hand, and never keeps the function from
    /// starting.
    pub async fn from_env() -> Result<Self, lambda_runtime::Error> {
        let sdk = Sdk::from_env().await;
        let app_secret = SecretSource::secrets_manager(&sdk, environment::required("GITHUB_APP_SECRET_ID")?);
        let dispatches = environment::required("DISPATCHES_TABLE")?;
        Ok(Self {
            mappings: Mappings::new(&sdk, environment::required("MAPPINGS_TABLE")?),
            dispatches: Dispatches::new(&sdk, &dispatches),
            rates: Rates::new(&sdk, &dispatches),
            cursors: Cursors::new(&sdk, &dispatches),
            github: GitHubAccess::new(environment::github_api_url(), app_secret, Clock::System),
            arrival: Arrival::Pushed,
            queue: Queue::Sqs(SqsQueue::new(&sdk, environment::required("QUEUE_URL")?)),
            clock: Clock::System,
        })
    }
}
