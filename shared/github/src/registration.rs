//! The App as it is registered: what it asks for, and where its webhook sends to.
//!
//! Owns two reads. Never reads the webhook's secret, which GitHub blanks, and changes nothing.

use domain::doctor::{AppFact, Permissions};

use crate::app::GitHub;
use crate::call::Call;
use crate::error::GitHubError;
use crate::shapes::{AppAnswer, HookConfigAnswer};

impl GitHub {
    /// The App itself.
    /// <https://docs.github.com/en/rest/apps/apps#get-the-authenticated-app>
    pub async fn registration(&self) -> Result<AppFact, GitHubError> {
        let AppAnswer { permissions } = self.as_app(&Call::get("/app")).await?.json()?;
        Ok(AppFact { permissions: Permissions(permissions) })
    }

    /// Where the App's webhook sends to; `None` where it has none.
    /// <https://docs.github.com/en/rest/apps/webhooks#get-a-webhook-configuration-for-an-app>
    pub async fn hook_url(&self) -> Result<Option<String>, GitHubError> {
        match self.as_app(&Call::get("/app/hook/config")).await {
            Ok(answer) => Ok(answer.json::<HookConfigAnswer>()?.url.filter(|url| !url.is_empty())),
            Err(GitHubError::NotFound { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
