//! Tokens that act without the App: the `GITHUB_TOKEN` that GitHub gives to each job.
//!
//! Owns what a token's text looks like. Never decides what a caller may do: `access` does.
//! <https://docs.github.com/en/actions/concepts/security/github_token>

use std::collections::BTreeSet;

use aws_lc_rs::rand;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::world::{Access, Actor, InstallationToken, Permissions, RepositorySelection};
use super::{Sandbox, SandboxError};

/// Random bytes of a token; GitHub's are opaque and of no fixed length.
const TOKEN_BYTES: usize = 27;
/// What a job may do that says nothing of it, where the repository keeps to the restricted default.
const DEFAULT_PERMISSIONS: [(&str, Access); 2] = [("contents", Access::Read), ("packages", Access::Read)];

impl Sandbox {
    /// A job's token for that repository, with the permissions that the job declares (`pull-requests` as
    /// `pull_requests`); `None` for a job that declares none.
    ///
    /// # Errors
    /// When there is no such repository, or no random numbers.
    pub fn job_token(&self, repo: &str, permissions: Option<Permissions>) -> Result<String, SandboxError> {
        let secret = new_secret().ok_or(SandboxError::Key)?;
        let default = || DEFAULT_PERMISSIONS.iter().map(|(name, access)| ((*name).to_owned(), *access)).collect();
        let mut permissions = permissions.unwrap_or_else(default);
        // Every token reads metadata, declared or not.
        permissions.entry("metadata".to_owned()).or_insert(Access::Read);
        self.core.edit(|world| {
            let repository = world.repository(repo).ok_or_else(|| SandboxError::NoSuchRepository(repo.to_owned()))?;
            world.tokens.push(InstallationToken {
                token: secret.clone(),
                expires_at: world.now() + InstallationToken::LIFE,
                repositories: RepositorySelection::Selected(BTreeSet::from([repository.id])),
                permissions,
                acts_as: Actor::Actions,
            });
            Ok(secret)
        })
    }
}

/// The text of a new token; `None` without random numbers.
pub(super) fn new_secret() -> Option<String> {
    random_text().map(|text| format!("ghs_{text}"))
}

/// A text that nobody guesses; `None` without random numbers.
pub(super) fn random_text() -> Option<String> {
    let mut bytes = [0; TOKEN_BYTES];
    rand::fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}
