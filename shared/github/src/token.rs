//! Installation tokens: narrowed to one repository and to what the work needs, minted once, kept in memory.
//!
//! Owns the cache and its margins. Never writes a token anywhere, and mints one at a time per repository, so that
//! the concurrent calls of one command share it.
//! <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>

use std::collections::HashMap;
use std::sync::Arc;

use domain::doctor::Permissions;
use domain::ids::{InstallationId, RepoId};
use jiff::{SignedDuration, Timestamp};
use secrecy::{ExposeSecret as _, SecretString};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use tokio::sync::Mutex;

use crate::error::GitHubError;

/// A token is used until this long before its end, so that it outlives the call it is used for.
const EXPIRY_MARGIN: SignedDuration = SignedDuration::from_mins(5);

/// What a token may be used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Scope {
    /// Everything that carrying out a command takes.
    Work,
    /// Comments only: all that is left when the App lacks the rest, and someone must be told.
    Speak,
    /// Conversations, to be read: it can't act. A pull request's conversation takes its own permission beside the one
    /// for issues, whatever GitHub's pages say: <https://github.com/github/rest-api-description/issues/6994>.
    Read,
    /// Bringing a repository its workflows. A scope of its own for the same reason as the next one.
    Sync,
    /// What jobs noted, to be read. A scope of its own: asked for together with the rest, a permission that the App was
    /// never granted would keep it from everything.
    Checks,
    /// Looking at a set-up: reading alone, and only what the installation was granted.
    Look(Look),
}

/// What a look may read beside metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Look([bool; LOOKED_AT.len()]);

/// Asked for where they were granted: GitHub refuses a token for the whole of them otherwise.
const LOOKED_AT: [&str; 5] = ["actions", "actions_variables", "administration", "contents", "secrets"];

impl Look {
    /// As far as these permissions go.
    pub(crate) fn within(granted: &Permissions) -> Self {
        Self(LOOKED_AT.map(|name| granted.allow(name, "read")))
    }

    fn permissions(self) -> Value {
        let readable = LOOKED_AT.into_iter().zip(self.0).filter(|(_, is_granted)| *is_granted).map(|(name, _)| name);
        readable.chain(["metadata"]).map(|name| (name.to_owned(), json!("read"))).collect::<Map<_, _>>().into()
    }
}

impl Scope {
    /// The body of the call that mints a token.
    pub(crate) fn request(self, repo: RepoId) -> Value {
        let permissions = match self {
            Self::Work => {
                json!({"actions": "write", "issues": "write", "pull_requests": "write", "contents": "read", "metadata": "read"})
            }
            Self::Speak => json!({"issues": "write", "metadata": "read"}),
            Self::Read => json!({"issues": "read", "pull_requests": "read", "metadata": "read"}),
            Self::Sync => {
                json!({"contents": "write", "pull_requests": "write", "workflows": "write", "metadata": "read"})
            }
            Self::Checks => json!({"checks": "read", "metadata": "read"}),
            Self::Look(look) => look.permissions(),
        };
        json!({"repository_ids": [repo.get()], "permissions": permissions})
    }
}

/// A minted token.
#[derive(Clone, Deserialize)]
pub(crate) struct InstallationToken {
    pub(crate) token: SecretString,
    expires_at: Timestamp,
}

impl InstallationToken {
    fn is_fresh(&self, now: Timestamp) -> bool {
        now < self.expires_at - EXPIRY_MARGIN
    }
}

/// What a token is kept under.
pub(crate) type TokenKey = (InstallationId, RepoId, Scope);

type TokenCell = Arc<Mutex<Option<InstallationToken>>>;

/// The tokens in memory.
#[derive(Clone, Default)]
pub(crate) struct TokenCache(Arc<Mutex<HashMap<TokenKey, TokenCell>>>);

impl TokenCache {
    /// A fresh token: the kept one, or what `mint` brings.
    pub(crate) async fn get(
        &self,
        key: TokenKey,
        now: Timestamp,
        mint: impl Future<Output = Result<InstallationToken, GitHubError>>,
    ) -> Result<SecretString, GitHubError> {
        let cell = self.cell(key).await;
        let mut kept = cell.lock().await;
        if let Some(token) = kept.as_ref().filter(|token| token.is_fresh(now)) {
            return Ok(token.token.clone());
        }
        let minted = mint.await?;
        let token = minted.token.clone();
        *kept = Some(minted);
        Ok(token)
    }

    /// Drops a token that GitHub no longer accepts. One that was minted meanwhile stays: of the calls that are refused
    /// side by side, only the first one's refusal tells something new.
    pub(crate) async fn forget(&self, key: TokenKey, refused: &SecretString) {
        let cell = self.cell(key).await;
        let mut kept = cell.lock().await;
        if kept.as_ref().is_some_and(|kept| kept.token.expose_secret() == refused.expose_secret()) {
            *kept = None;
        }
    }

    async fn cell(&self, key: TokenKey) -> TokenCell {
        Arc::clone(self.0.lock().await.entry(key).or_default())
    }
}
