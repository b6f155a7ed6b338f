//! Accounts and what they say: comments and reactions.
//!
//! Never says who may speak: roles are the repository's.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// Somebody with a login.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Account {
    /// GitHub's numeric id.
    pub id: u64,
    /// Login; bots carry the suffix `[bot]`.
    pub login: String,
    /// What kind of account it is.
    pub kind: AccountKind,
}

/// GitHub's `type` of an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AccountKind {
    /// A person.
    User,
    /// A bot user, such as that of a GitHub App.
    Bot,
    /// An organisation.
    Organization,
}

impl AccountKind {
    /// The word that GitHub's API uses.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Bot => "Bot",
            Self::Organization => "Organization",
        }
    }
}

/// A comment on an issue or a pull request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Comment {
    /// GitHub's numeric id.
    pub id: u64,
    /// Repository of the issue.
    pub repository_id: u64,
    /// Number of the issue or pull request.
    pub number: u64,
    /// Login of the author.
    pub user: String,
    /// Text, in Markdown.
    pub body: String,
    /// When it was written.
    pub created_at: Timestamp,
    /// When it was last edited; equal to `created_at` for an unedited comment.
    pub updated_at: Timestamp,
}

/// A reaction to a comment: at most one of each content by each user.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reaction {
    /// GitHub's numeric id.
    pub id: u64,
    /// The comment it belongs to.
    pub comment_id: u64,
    /// Login of the user who reacted.
    pub user: String,
    /// GitHub's name of the emoji, such as `eyes`.
    pub content: String,
    /// When it was given.
    pub created_at: Timestamp,
}
