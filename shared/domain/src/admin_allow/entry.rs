//! One entry of the list.
//!
//! Owns the rules for its parts: what keeps them is safe in a URL's path. Never judges anybody.

use std::fmt;

use crate::ids::UserId;
use crate::repo_name::is_account_name;

/// GitHub's longest slug of a team, in characters.
const MAX_SLUG_LENGTH: usize = 100;

/// What one entry says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Entry {
    /// Whoever has this login.
    User(String),
    /// This account.
    UserId(UserId),
    /// The members of this.
    Member(Membership),
}

/// Something at GitHub that has members.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Membership {
    /// An organisation.
    Organization(String),
    /// A team.
    Team {
        /// Its organisation.
        organization: String,
        /// Its name in links.
        slug: String,
    },
}

impl Membership {
    /// The organisation that it is in, or is.
    #[must_use]
    pub fn organization(&self) -> &str {
        match self {
            Self::Organization(organization) | Self::Team { organization, .. } => organization,
        }
    }
}

impl fmt::Display for Membership {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Organization(organization) => write!(f, "org:{organization}"),
            Self::Team { organization, slug } => write!(f, "team:{organization}/{slug}"),
        }
    }
}

impl Entry {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (form, rest) = text.split_once(':')?;
        match form {
            "org" => account(rest).map(Membership::Organization).map(Self::Member),
            "team" => {
                let (organization, slug) = rest.split_once('/')?;
                let organization = account(organization)?;
                Some(Self::Member(Membership::Team { organization, slug: is_slug(slug).then(|| slug.to_owned())? }))
            }
            "user" => account(rest).map(Self::User),
            "user-id" => id(rest).map(Self::UserId),
            _ => None,
        }
    }
}

fn account(text: &str) -> Option<String> {
    is_account_name(text).then(|| text.to_owned())
}

fn is_slug(text: &str) -> bool {
    (1..=MAX_SLUG_LENGTH).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
        && !matches!(text, "." | "..")
}

/// A number in digits only, and never zero: nobody's.
fn id(text: &str) -> Option<UserId> {
    let is_digits = text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|id| is_digits && *id != 0).map(UserId::new)
}
