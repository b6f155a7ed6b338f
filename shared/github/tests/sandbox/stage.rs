//! What every test here stands on: a sandbox GitHub and a client, at the same standing time.

use clock::{Clock, ManualClock};
use domain::ids::{AppId, InstallationId, RepoId};
use github::{AppCredentials, GitHub, Repository};
use jiff::{SignedDuration, Timestamp};
use local::sandbox::{Sandbox, SandboxConfig};

const NOW: &str = "2026-11-01T10:00:00Z";
pub(crate) const REPOSITORY: &str = "octo/anthropic";

pub(crate) struct Stage {
    pub(crate) sandbox: Sandbox,
    pub(crate) github: GitHub,
    hand: ManualClock,
}

impl Stage {
    pub(crate) fn new() -> Self {
        let sandbox = Sandbox::start(SandboxConfig::default()).expect("a sandbox");
        sandbox.set_time(Some(now()));
        let app = sandbox.app();
        let hand = ManualClock::at(now());
        let credentials = AppCredentials::new(AppId::new(app.app_id), app.private_key_pem);
        let github = GitHub::new(&sandbox.url(), &credentials, Clock::Manual(hand.clone())).expect("a client");
        Self { sandbox, github, hand }
    }

    /// The repository with every permission that work takes.
    pub(crate) fn repository(&self) -> Repository {
        let (installation, id) = self.sandbox.look(|world| {
            let repository = world.repository(REPOSITORY).expect("a repository of the seed");
            (InstallationId::new(world.installation.id), RepoId::new(repository.id))
        });
        self.github.repository(installation, id, REPOSITORY.parse().expect("a name"))
    }

    /// Lets it be so many seconds after the beginning, at GitHub and here.
    pub(crate) fn at(&self, seconds: i64) {
        self.hand.set(after(seconds));
        self.sandbox.set_time(Some(after(seconds)));
    }

    /// Lets somebody comment on the seed's pull request, and returns the comment's id.
    pub(crate) async fn comment(&self, user: &str, body: &str) -> u64 {
        self.sandbox.comment(REPOSITORY, 1, user, body).await.expect("a comment")
    }

    /// The statuses that requests of that path were answered with.
    pub(crate) fn statuses(&self, path: &str) -> Vec<Option<u16>> {
        let requests = self.sandbox.requests().into_iter();
        requests.filter(|request| request.path.contains(path)).map(|request| request.status).collect()
    }
}

/// The time at which every test begins.
pub(crate) fn now() -> Timestamp {
    NOW.parse().expect("a time")
}

/// So many seconds after the beginning.
pub(crate) fn after(seconds: i64) -> Timestamp {
    now() + SignedDuration::from_secs(seconds)
}
