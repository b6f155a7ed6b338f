//! Numeric ids as GitHub issues them, one type each, so that a comment's id can't be passed for a run's.
//!
//! Owns the identity of things, never their names: a repository is looked up by [`RepoId`], because a name can be
//! changed, freed and taken by somebody else. GitHub's ids are positive 64-bit integers and do exceed 2^53 in
//! principle, so they are never held in a float.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! numeric_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(u64);

        impl $name {
            /// Wraps a number that GitHub gave.
            #[must_use]
            pub const fn new(id: u64) -> Self {
                Self(id)
            }

            /// The number, as GitHub's REST paths want it.
            #[must_use]
            pub const fn get(self) -> u64 {
                self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

numeric_id! {
    /// A repository's id: stays with it through renames and transfers.
    RepoId
}
numeric_id! {
    /// An installation of the App on one account.
    InstallationId
}
numeric_id! {
    /// The App itself.
    AppId
}
numeric_id! {
    /// A user's id: stays with the account through renames.
    UserId
}
numeric_id! {
    /// An issue comment, on an issue or on a pull request's conversation.
    CommentId
}
numeric_id! {
    /// The number behind `#` in one repository; issues and pull requests share the sequence.
    IssueNumber
}
numeric_id! {
    /// One workflow run. A re-run keeps the id and raises the attempt.
    RunId
}
numeric_id! {
    /// One job of a run, in one attempt; its check run has the same id.
    JobId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_above_two_to_the_fifty_third_survives_json() {
        let id: CommentId = serde_json::from_str("9007199254740993").expect("a positive integer");
        assert_eq!(serde_json::to_string(&id).expect("a number"), "9007199254740993");
    }

    #[test]
    fn negative_fractional_and_quoted_ids_are_refused() {
        for json in ["-1", "1.5", "1e3", "\"1\"", "18446744073709551616", "null"] {
            assert!(serde_json::from_str::<RepoId>(json).is_err(), "{json}");
        }
    }
}
