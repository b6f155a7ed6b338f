//! Whether somebody is let in, by GitHub's word.
//!
//! Owns the order: who is listed in person is not asked about, one membership is enough, and what can't be asked is a
//! "no" to nobody and a "yes" to nobody.

use std::error::Error;
use std::time::Duration;

use domain::admin_allow::Membership;
use github::{GitHub, GitHubError, User};

use crate::state::State;

/// All questions about one person together. API Gateway and the function itself wait little longer.
const ASKING_LIMIT: Duration = Duration::from_secs(8);

/// Why it can't be told.
pub(super) type Unknown = Box<dyn Error + Send + Sync>;

/// Whether `ADMIN_ALLOW` lets them in.
pub(super) async fn is_let_in(state: &State, user: &User) -> Result<bool, Unknown> {
    if state.allow.names(user.id, &user.login) {
        return Ok(true);
    }
    let answered = tokio::time::timeout(ASKING_LIMIT, Box::pin(belongs(state, user))).await;
    answered.unwrap_or_else(|_| Err(format!("no answer within {ASKING_LIMIT:?}").into()))
}

/// Whether they are a member of anything that is listed.
async fn belongs(state: &State, user: &User) -> Result<bool, Unknown> {
    let mut memberships: Vec<&Membership> = state.allow.memberships().collect();
    if memberships.is_empty() {
        return Ok(false);
    }
    memberships.sort_by_key(|membership| membership.organization().to_ascii_lowercase());
    let github = state.github.client().await?;
    let mut unknown = None;
    for of_one in memberships.chunk_by(|a, b| a.organization().eq_ignore_ascii_case(b.organization())) {
        match belongs_to_one_of(&github, of_one, user).await {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => unknown = Some(error),
        }
    }
    let Some(error) = unknown else { return Ok(false) };
    if matches!(error, GitHubError::Unauthorized { .. }) {
        // The App's key may have been rotated.
        state.github.forget().await;
    }
    Err(error.into())
}

/// The same within one organisation.
async fn belongs_to_one_of(github: &GitHub, memberships: &[&Membership], user: &User) -> Result<bool, GitHubError> {
    let Some(first) = memberships.first() else { return Ok(false) };
    let organization = github.organization(first.organization()).await?;
    let mut unknown = None;
    for membership in memberships {
        match organization.has(membership, user).await {
            Ok(true) => return Ok(true),
            Ok(false) => {}
            Err(error) => unknown = Some(error),
        }
    }
    unknown.map_or(Ok(false), Err)
}
