//! A token as the API shows it.
//!
//! Owns the shape of the answer. Has the text only where it was made, and its hash nowhere.

use aws::ListedToken;
use domain::api_token::{ApiToken, ApiTokenId, ApiTokenName, KindScope, RepositoryScope, Standing};
use domain::ids::RepoId;
use domain::repo_name::RepoFullName;
use jiff::Timestamp;
use serde::Serialize;

/// One line of the list.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(super) enum ListedView<'a> {
    Readable(Box<TokenView<'a>>),
    /// Its record can't be read; the log has the cause. It opens nothing.
    Unreadable {
        id: ApiTokenId,
        unreadable: bool,
    },
}

/// A token that was made just now. Not to be logged, so not to be formatted.
#[derive(Serialize)]
pub(super) struct MadeView<'a> {
    /// Its text, this once.
    pub(super) token: &'a str,
    #[serde(flatten)]
    pub(super) known: TokenView<'a>,
}

/// One token.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct TokenView<'a> {
    id: ApiTokenId,
    name: &'a ApiTokenName,
    repositories: RepositoriesView<'a>,
    kinds: &'a KindScope,
    state: Standing,
    created_at: Timestamp,
    created_by: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_at: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    revoked_by: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_used_at: Option<Timestamp>,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum RepositoriesView<'a> {
    All(&'static str),
    Listed(Vec<RepositoryView<'a>>),
}

/// A repository, and the name that it had when the token was made.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RepositoryView<'a> {
    repo_id: RepoId,
    name: &'a RepoFullName,
}

impl<'a> ListedView<'a> {
    pub(super) fn of(token: &'a ListedToken, now: Timestamp) -> Self {
        match token {
            ListedToken::Readable(token) => Self::Readable(Box::new(TokenView::of(token, now))),
            ListedToken::Unreadable { id, .. } => Self::Unreadable { id: *id, unreadable: true },
        }
    }
}

impl<'a> TokenView<'a> {
    pub(super) fn of(token: &'a ApiToken, now: Timestamp) -> Self {
        let revoked = token.revoked.as_ref();
        Self {
            id: token.id,
            name: &token.name,
            repositories: RepositoriesView::of(&token.repositories),
            kinds: &token.kinds,
            state: token.standing(now),
            created_at: token.created_at,
            created_by: &token.created_by,
            expires_at: token.expires_at,
            revoked_at: revoked.map(|revoked| revoked.at),
            revoked_by: revoked.map(|revoked| revoked.by.as_str()),
            last_used_at: token.last_used_at,
        }
    }
}

impl<'a> RepositoriesView<'a> {
    fn of(scope: &'a RepositoryScope) -> Self {
        match scope {
            RepositoryScope::All => Self::All("all"),
            RepositoryScope::Listed(list) => {
                Self::Listed(list.iter().map(|it| RepositoryView { repo_id: it.id, name: &it.name }).collect())
            }
        }
    }
}
