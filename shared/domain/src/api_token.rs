//! An API token as it is known here: who made it, what it may be used for, and whether it is still good.
//!
//! Owns what a token is allowed, and the form of its text, of which only a hash is ever kept. Never draws a random number,
//! and never knows where tokens are kept.

mod id;
mod name;
mod scope;
mod text;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

pub use self::id::{ApiTokenId, ApiTokenIdError};
pub use self::name::{ApiTokenName, ApiTokenNameError};
pub use self::scope::{KindScope, NoKinds, RepositoryList, RepositoryListError, RepositoryScope};
pub use self::text::{ApiTokenHash, ApiTokenText, NoApiToken};

use crate::ids::RepoId;
use crate::run_kind::RunKind;

/// How often a token's use is written down, at most.
pub const USE_NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What is kept of a token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ApiToken {
    /// Its public id: what lists show, and whose `Idempotency-Key`s are told apart by.
    pub id: ApiTokenId,
    /// What people call it.
    pub name: ApiTokenName,
    /// The repositories that it is for.
    pub repositories: RepositoryScope,
    /// The runs that it may start.
    pub kinds: KindScope,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// The moment from which it is no longer good; `None` for never. Written under another name, for in tables `expires_at`
    /// is when an item is to be removed.
    #[serde(default, rename = "valid_until", skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Who took it back, if somebody has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Revocation>,
    /// When it was last used, to the minute or so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_used_at: Option<Timestamp>,
}

/// That a token was taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revocation {
    /// When.
    pub at: Timestamp,
    /// By whom.
    pub by: String,
}

/// Whether a token is good, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Standing {
    /// It is.
    Valid,
    /// Its time is over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

impl ApiToken {
    /// Whether it covers a run of this kind in this repository. A token that isn't valid covers what it always did.
    #[must_use]
    pub fn may(&self, repo: RepoId, kind: RunKind) -> bool {
        self.repositories.covers(repo) && self.kinds.covers(kind)
    }

    /// Whether it is good at all.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.standing(now) == Standing::Valid
    }

    /// Whether it is good, and why not.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        if self.revoked.is_some() {
            Standing::Revoked
        } else if self.expires_at.is_some_and(|end| end <= now) {
            Standing::Expired
        } else {
            Standing::Valid
        }
    }

    /// Whether a use now is to be written down: not where one of the same minute is.
    #[must_use]
    pub fn has_news_of_use(&self, now: Timestamp) -> bool {
        self.last_used_at.is_none_or(|last| now.duration_since(last) >= USE_NOTED_EVERY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::message::NamedRepository;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time in range")
    }

    fn token() -> ApiToken {
        ApiToken {
            id: ApiTokenId::from_parts(1_800_000_000_000, 7),
            name: "nightly".parse().expect("a name"),
            repositories: RepositoryScope::All,
            kinds: KindScope::new(RunKind::ALL).expect("some"),
            created_at: at(0),
            created_by: "ada".to_owned(),
            expires_at: None,
            revoked: None,
            last_used_at: None,
        }
    }

    #[test]
    fn it_may_what_both_its_scopes_cover() {
        let hello = NamedRepository { id: RepoId::new(7), name: "octo/hello".parse().expect("a name") };
        let token = ApiToken {
            repositories: RepositoryScope::Listed(RepositoryList::new(vec![hello]).expect("some")),
            kinds: KindScope::new([RunKind::Plan]).expect("some"),
            ..token()
        };
        assert!(token.may(RepoId::new(7), RunKind::Plan));
        assert!(!token.may(RepoId::new(7), RunKind::Implement));
        assert!(!token.may(RepoId::new(8), RunKind::Plan));
    }

    #[test]
    fn it_is_good_until_the_moment_of_its_end() {
        let endless = token();
        assert!(endless.is_valid(Timestamp::MAX));
        let token = ApiToken { expires_at: Some(at(60)), ..endless };
        assert!(token.is_valid(at(59)));
        assert!(!token.is_valid(at(60)));
        assert_eq!(token.standing(at(60)), Standing::Expired);
    }

    #[test]
    fn a_token_that_was_taken_back_is_good_at_no_time() {
        let revoked = Some(Revocation { at: at(10), by: "bea".to_owned() });
        let token = ApiToken { revoked, expires_at: Some(at(60)), ..token() };
        for second in [0, 10, 60] {
            assert_eq!(token.standing(at(second)), Standing::Revoked);
            assert!(!token.is_valid(at(second)));
        }
    }

    #[test]
    fn a_use_is_news_once_a_minute() {
        assert!(token().has_news_of_use(at(0)), "the first one");
        let token = ApiToken { last_used_at: Some(at(0)), ..token() };
        assert_eq!([-5, 0, 59, 60].map(|second| token.has_news_of_use(at(second))), [false, false, false, true]);
    }

    #[test]
    fn a_token_survives_its_written_form() {
        let hello = NamedRepository { id: RepoId::new(7), name: "octo/hello".parse().expect("a name") };
        let narrow = ApiToken {
            repositories: RepositoryScope::Listed(RepositoryList::new(vec![hello]).expect("some")),
            expires_at: Some(at(60)),
            revoked: Some(Revocation { at: at(10), by: "bea".to_owned() }),
            last_used_at: Some(at(9)),
            ..token()
        };
        for before in [token(), narrow] {
            let written = serde_json::to_string(&before).expect("serialisable");
            assert_eq!(serde_json::from_str::<ApiToken>(&written).expect("its own form"), before);
            assert!(!written.contains("expires_at"), "{written}");
        }
    }

    #[test]
    fn a_record_without_sound_scopes_or_with_a_broken_revocation_is_none() {
        let sound = serde_json::to_value(token()).expect("serialisable");
        for (field, value) in [
            ("repositories", r#"{"listed": []}"#),
            ("repositories", r#""some""#),
            ("kinds", "[]"),
            ("kinds", r#"["deploy"]"#),
            ("revoked", r#"{"at": "yesterday", "by": "bea"}"#),
            ("valid_until", r#""soon""#),
            ("name", r#""""#),
        ] {
            let mut broken = sound.clone();
            broken[field] = serde_json::from_str(value).expect("json");
            assert!(serde_json::from_value::<ApiToken>(broken).is_err(), "{field}: {value}");
        }
    }
}
