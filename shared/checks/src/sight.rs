//! One look's patience, and what GitHub's failures mean for it.

use std::time::Duration;

use domain::doctor::{Seen, Unseen};
use github::{GitHubError, Installation};
use tokio::time::{Instant, timeout_at};

/// How long a look still takes.
pub(crate) struct Sight {
    ends_at: Instant,
}

impl Sight {
    pub(crate) fn of(patience: Duration) -> Self {
        Self { ends_at: Instant::now() + patience }
    }

    /// What the App is told as itself.
    pub(crate) async fn of_app<T>(&self, call: impl Future<Output = Result<T, GitHubError>>) -> Seen<T> {
        self.wait(call).await.map_err(|error| error.map_or(Unseen::NoAnswer, |error| unseen(&error, None)))
    }

    /// The installation, which is there and may act.
    pub(crate) async fn of_installation(
        &self,
        call: impl Future<Output = Result<Installation, GitHubError>>,
    ) -> Seen<Installation> {
        match self.wait(call).await {
            Ok(installation) if installation.is_suspended => Err(Unseen::Suspended),
            Ok(installation) => Ok(installation),
            Err(Some(GitHubError::NotFound { .. })) => Err(Unseen::NotInstalled),
            Err(error) => Err(error.map_or(Unseen::NoAnswer, |error| unseen(&error, None))),
        }
    }

    /// What takes a permission, such as `secrets: read`, of which the call's caller knows whether it was granted.
    pub(crate) async fn of_repository<T>(
        &self,
        (permission, is_granted): (&'static str, bool),
        call: impl Future<Output = Result<T, GitHubError>>,
    ) -> Seen<T> {
        if !is_granted {
            return Err(Unseen::NotAllowed(permission));
        }
        let waited = self.wait(call).await;
        waited.map_err(|error| error.map_or(Unseen::NoAnswer, |error| unseen(&error, Some(permission))))
    }

    /// `None` for an answer that is late.
    async fn wait<T>(&self, call: impl Future<Output = Result<T, GitHubError>>) -> Result<T, Option<GitHubError>> {
        match timeout_at(self.ends_at, call).await {
            Ok(answered) => answered.map_err(Some),
            Err(_) => Err(None),
        }
    }
}

/// A no is told from a silence; the log has what can't be told from either.
fn unseen(error: &GitHubError, permission: Option<&'static str>) -> Unseen {
    match (error, permission) {
        (GitHubError::Forbidden { .. } | GitHubError::Rejected { status: 403, .. }, Some(permission)) => {
            Unseen::NotAllowed(permission)
        }
        (GitHubError::Unauthorized { .. }, _) => Unseen::CredentialsRefused,
        (GitHubError::NotInstalled { .. }, _) => Unseen::NotInstalled,
        (GitHubError::Moved { .. }, _) => Unseen::Moved,
        (GitHubError::RateLimited { .. }, _) => Unseen::Limited,
        (error, _) => {
            tracing::warn!(error = %environment::chain(error), "a part of a set-up could not be looked at");
            Unseen::NoAnswer
        }
    }
}
