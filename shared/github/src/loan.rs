//! Tokens that leave our hands: narrowed to one repository and one purpose, made for each who asks, and taken back.
//!
//! Owns what a loan may do. Never keeps a lent token, and never uses one for a call but to end it.

use domain::ids::{AppId, RepoId};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::call::Call;
use crate::error::GitHubError;
use crate::repository::Repository;

/// What a lent token is good for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loan {
    /// Pushing, and opening, describing and commenting on pull requests.
    Code,
    /// Reading the code, and writing comments on issues.
    Words,
}

/// A token for somebody else.
#[derive(Debug, Deserialize)]
pub struct LentToken {
    /// The token.
    pub token: SecretString,
    /// When it ends by itself.
    pub expires_at: Timestamp,
}

impl Loan {
    fn request(self, repo: RepoId) -> Value {
        let permissions = match self {
            Self::Code => json!({"contents": "write", "pull_requests": "write", "metadata": "read"}),
            Self::Words => json!({"contents": "read", "issues": "write", "metadata": "read"}),
        };
        json!({"repository_ids": [repo.get()], "permissions": permissions})
    }
}

impl Repository {
    /// A new token for this repository and nothing else.
    /// <https://docs.github.com/en/rest/apps/apps#create-an-installation-access-token-for-an-app>
    pub async fn lend(&self, loan: Loan) -> Result<LentToken, GitHubError> {
        self.github.mint(self.installation, loan.request(self.id)).await
    }

    /// The App that a lent token speaks for: what is written by it carries this id.
    #[must_use]
    pub const fn app_id(&self) -> AppId {
        self.github.app_id()
    }

    /// Ends a lent token. One that has ended before is no failure.
    /// <https://docs.github.com/en/rest/apps/installations#revoke-an-installation-access-token>
    pub async fn give_back(&self, token: &str) -> Result<(), GitHubError> {
        let call = Call::delete("/installation/token");
        match self.github.send_with(&SecretString::from(token.to_owned()), &call).await {
            Ok(_) | Err(GitHubError::Unauthorized { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }
}
