//! A session: who signed in, until when, proven by a signature and kept nowhere.
//!
//! Owns the token's form, its life, and the token against cross-site requests that belongs to it. Whoever holds the
//! token is signed in until it ends; a new `session_key` ends all of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::secret::{AdminSecret, Purpose};

/// How long a session lasts.
pub(crate) const LIFE: SignedDuration = SignedDuration::from_hours(8);
const ID_BYTES: usize = 16;

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Session {
    /// The author of what is written in it.
    #[serde(rename = "sub")]
    pub(crate) subject: String,
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
    pub(crate) fn begin(subject: &str, now: Timestamp) -> Self {
        let mut id = [0; ID_BYTES];
        getrandom::fill(&mut id).expect("the operating system has random numbers");
        let iat = now.as_second();
        Self { subject: subject.to_owned(), iat, exp: iat + LIFE.as_secs(), id: URL_SAFE_NO_PAD.encode(id) }
    }

    /// Its end.
    pub(crate) fn expires_at(&self) -> Timestamp {
        Timestamp::from_second(self.exp).expect("a session ends hours after it began")
    }

    /// The token that stands for it: base64url of the claims, a dot, base64url of their signature.
    pub(crate) fn token(&self, secret: &AdminSecret) -> String {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_string(self).expect("claims are JSON"));
        let signature = URL_SAFE_NO_PAD.encode(secret.sign(Purpose::Session, claims.as_bytes()));
        format!("{claims}.{signature}")
    }

    /// The session that a token stands for. Nothing of it is read before its signature is found to be ours.
    pub(crate) fn verify(token: &str, secret: &AdminSecret, now: Timestamp) -> Result<Self, NoSession> {
        let (claims, signature) = token.split_once('.').ok_or(NoSession::NotOurs)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| NoSession::NotOurs)?;
        if !secret.verify(Purpose::Session, claims.as_bytes(), &signature) {
            return Err(NoSession::NotOurs);
        }
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| NoSession::NotOurs)?;
        // Signed, and of another shape: by another release of ours.
        let session: Self = serde_json::from_slice(&claims).map_err(|_| NoSession::NotOurs)?;
        if now.as_second() < session.exp && Timestamp::from_second(session.exp).is_ok() {
            Ok(session)
        } else {
            Err(NoSession::Expired)
        }
    }

    /// What a browser's script must send along with every write.
    pub(crate) fn csrf_token(&self, secret: &AdminSecret) -> String {
        URL_SAFE_NO_PAD.encode(secret.sign(Purpose::Csrf, self.id.as_bytes()))
    }

    /// Whether this is that token.
    pub(crate) fn is_csrf_token(&self, given: &str, secret: &AdminSecret) -> bool {
        URL_SAFE_NO_PAD.decode(given).is_ok_and(|given| secret.verify(Purpose::Csrf, self.id.as_bytes(), &given))
    }
}

#[cfg(test)]
mod tests {
    use aws::SecretShape as _;

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
        let session = Session::begin("access-code", at(0));
        let token = session.token(&ours());
        assert_eq!(Session::verify(&token, &ours(), at(0)).as_ref(), Ok(&session));
        assert_eq!(Session::verify(&token, &ours(), at(8 * 3_600 - 1)).as_ref(), Ok(&session));
        assert_eq!(Session::verify(&token, &ours(), at(8 * 3_600)), Err(NoSession::Expired));
        assert_eq!(session.expires_at(), at(8 * 3_600));
    }

    #[test]
    fn what_we_did_not_sign_is_no_session() {
        let token = Session::begin("access-code", at(0)).token(&ours());
        let (claims, signature) = token.split_once('.').expect("a dot");
        let raised = URL_SAFE_NO_PAD.decode(claims).expect("base64url");
        let raised = String::from_utf8(raised).expect("JSON").replace("access-code", "root");
        let raised = URL_SAFE_NO_PAD.encode(raised);
        let foreign = Session::begin("access-code", at(0)).token(&secret("another key of thirty-two letters"));
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
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_string(&Session::begin("root", at(0))).expect("JSON"));
        for purpose in [Purpose::Csrf, Purpose::AccessCode] {
            let signature = URL_SAFE_NO_PAD.encode(ours().sign(purpose, claims.as_bytes()));
            let verified = Session::verify(&format!("{claims}.{signature}"), &ours(), at(1));
            assert_eq!(verified, Err(NoSession::NotOurs), "{purpose:?}");
        }
    }

    #[test]
    fn a_csrf_token_belongs_to_one_session() {
        let (one, other) = (Session::begin("a", at(0)), Session::begin("a", at(0)));
        let token = one.csrf_token(&ours());
        assert!(one.is_csrf_token(&token, &ours()));
        assert!(!other.is_csrf_token(&token, &ours()) && !one.is_csrf_token("", &ours()));
        assert!(!one.is_csrf_token(&one.token(&ours()), &ours()));
    }
}
