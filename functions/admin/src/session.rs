//! A session: who signed in, until when, proven by a signature and kept nowhere.
//!
//! Owns the token's form, its life, and the token against cross-site requests that belongs to it. Whoever holds the
//! token is signed in until it ends; a new `session_key` ends all of them.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use github::User;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::secret::{AdminSecret, Purpose};

/// How long a session lasts.
pub(crate) const LIFE: SignedDuration = SignedDuration::from_hours(8);
const ID_BYTES: usize = 16;

/// Who signed in, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Session {
    /// The author of what is written in it, for people: `access-code` or `@login`.
    pub(crate) subject: String,
    claims: Claims,
}

/// Who signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Who {
    /// Whoever holds the access code; it tells nobody apart.
    AccessCode,
    /// Somebody by GitHub's word.
    #[serde(rename = "github")]
    GitHub(User),
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claims {
    who: Who,
    /// Seconds since 1970.
    iat: i64,
    /// Seconds since 1970.
    exp: i64,
    /// Random; what the token against cross-site requests is made from.
    id: String,
}

/// Why a token is no session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSession {
    /// Not signed with this key. It may have been rotated.
    NotOurs,
    /// It was one.
    Expired,
}

impl Session {
    /// A new session.
    pub(crate) fn begin(who: Who, now: Timestamp) -> Self {
        let mut id = [0; ID_BYTES];
        getrandom::fill(&mut id).expect("the operating system has random numbers");
        let iat = now.as_second();
        Self::of(Claims { who, iat, exp: iat + LIFE.as_secs(), id: URL_SAFE_NO_PAD.encode(id) })
    }

    fn of(claims: Claims) -> Self {
        Self { subject: claims.who.to_string(), claims }
    }

    /// Who signed in.
    pub(crate) const fn who(&self) -> &Who {
        &self.claims.who
    }

    /// When they did, to the second.
    pub(crate) fn began_at(&self) -> Timestamp {
        Timestamp::from_second(self.claims.iat).expect("a session that was verified began at a time")
    }

    /// Its end.
    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp::from_second(self.claims.exp).expect("a session ends hours after it began")
    }

    /// The token that stands for it.
    pub(crate) fn token(&self, secret: &AdminSecret) -> String {
        secret.signed(Purpose::Session, &self.claims)
    }

    /// The session that a token stands for.
    pub(crate) fn verify(token: &str, secret: &AdminSecret, now: Timestamp) -> Result<Self, NoSession> {
        let claims: Claims = secret.opened(Purpose::Session, token).ok_or(NoSession::NotOurs)?;
        let is_a_time = |second| Timestamp::from_second(second).is_ok();
        if now.as_second() < claims.exp && is_a_time(claims.iat) && is_a_time(claims.exp) {
            Ok(Self::of(claims))
        } else {
            Err(NoSession::Expired)
        }
    }

    /// What a browser's script must send along with every write.
    pub(crate) fn csrf_token(&self, secret: &AdminSecret) -> String {
        URL_SAFE_NO_PAD.encode(secret.sign(Purpose::Csrf, self.claims.id.as_bytes()))
    }

    /// Whether this is that token.
    pub(crate) fn is_csrf_token(&self, given: &str, secret: &AdminSecret) -> bool {
        URL_SAFE_NO_PAD.decode(given).is_ok_and(|given| secret.verify(Purpose::Csrf, self.claims.id.as_bytes(), &given))
    }
}

impl fmt::Display for Who {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AccessCode => f.write_str("access-code"),
            Self::GitHub(user) => write!(f, "@{}", user.login),
        }
    }
}

#[cfg(test)]
mod tests {
    use aws::SecretShape as _;
    use domain::ids::UserId;
    use serde_json::json;

    use super::*;

    fn secret(key: &str) -> AdminSecret {
        AdminSecret::parse(&format!(r#"{{"access_code": "a", "session_key": "{key}"}}"#)).expect("the shape")
    }

    fn ours() -> AdminSecret {
        secret("0123456789abcdef0123456789abcdef")
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).expect("a time")
    }

    #[test]
    fn a_session_lasts_eight_hours_to_the_second() {
        let session = Session::begin(Who::AccessCode, at(0));
        let token = session.token(&ours());
        assert_eq!(Session::verify(&token, &ours(), at(0)).as_ref(), Ok(&session));
        assert_eq!(Session::verify(&token, &ours(), at(8 * 3_600 - 1)).as_ref(), Ok(&session));
        assert_eq!(Session::verify(&token, &ours(), at(8 * 3_600)), Err(NoSession::Expired));
        assert_eq!((session.began_at(), session.expires_at()), (at(0), at(8 * 3_600)));
    }

    #[test]
    fn what_we_did_not_sign_is_no_session() {
        let token = Session::begin(Who::AccessCode, at(0)).token(&ours());
        let (claims, signature) = token.split_once('.').expect("a dot");
        let raised = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
        let raised = String::from_utf8(raised)
            .expect("JSON")
            .replace(r#""access-code""#, r#"{"github":{"id":1,"login":"root"}}"#);
        let raised = URL_SAFE_NO_PAD.encode(raised);
        let foreign = Session::begin(Who::AccessCode, at(0)).token(&secret("another key of thirty-two letters"));
        for forged in [
            String::new(),
            ".".to_owned(),
            claims.to_owned(),
            format!("{claims}."),
            format!("{raised}.{signature}"),
            format!("{claims}.{}", &signature[1..]),
            format!("{claims}.{signature}="),
            format!("{token}.{signature}"),
            format!(" {token}"),
            foreign,
        ] {
            assert_eq!(Session::verify(&forged, &ours(), at(1)), Err(NoSession::NotOurs), "{forged}");
        }
    }

    #[test]
    fn a_signature_of_another_purpose_makes_no_session() {
        let session = Session::begin(Who::AccessCode, at(0));
        for purpose in [Purpose::Csrf, Purpose::SignIn, Purpose::State, Purpose::AccessCode] {
            let token = ours().signed(purpose, &session.claims);
            assert_eq!(Session::verify(&token, &ours(), at(1)), Err(NoSession::NotOurs), "{purpose:?}");
        }
    }

    #[test]
    fn a_token_of_the_shape_before_this_one_is_no_session() {
        let (iat, exp) = (at(0).as_second(), at(3_600).as_second());
        let before = json!({"sub": "access-code", "iat": iat, "exp": exp, "id": "AAAA"});
        let token = ours().signed(Purpose::Session, &before);
        assert_eq!(Session::verify(&token, &ours(), at(1)), Err(NoSession::NotOurs));
    }

    #[test]
    fn a_session_says_who_signed_in_and_how() {
        let user = User { id: UserId::new(7), login: "mona".to_owned() };
        for (who, subject) in [(Who::AccessCode, "access-code"), (Who::GitHub(user), "@mona")] {
            let token = Session::begin(who.clone(), at(0)).token(&ours());
            let session = Session::verify(&token, &ours(), at(1)).expect("a session");
            assert_eq!((session.who(), session.subject.as_str()), (&who, subject));
        }
    }

    #[test]
    fn a_csrf_token_belongs_to_one_session() {
        let (one, other) = (Session::begin(Who::AccessCode, at(0)), Session::begin(Who::AccessCode, at(0)));
        let token = one.csrf_token(&ours());
        assert!(one.is_csrf_token(&token, &ours()));
        assert!(!other.is_csrf_token(&token, &ours()) && !one.is_csrf_token("", &ours()));
        assert!(!one.is_csrf_token(&one.token(&ours()), &ours()));
    }
}
