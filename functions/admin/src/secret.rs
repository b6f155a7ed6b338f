//! The admin's secret: the access code, and the key that sessions are signed with. And what of the App's secret people
//! sign in with.
//!
//! Owns every use of the first two: comparing a code, signing and verifying under a purpose. All comparisons take the
//! same time whatever they find. Never gives any of them away.

use aws::SecretShape;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use github::OAuthCredentials;
use hmac::{Hmac, KeyInit as _, Mac as _};
use secrecy::{ExposeSecret as _, SecretString};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::Sha256;

/// A key that could be guessed would make sessions that could be forged.
const MIN_KEY_CHARACTERS: usize = 32;

/// The admin's secret.
#[derive(Deserialize)]
pub(crate) struct AdminSecret {
    access_code: SecretString,
    session_key: SecretString,
}

/// What a signature is for. One that was made for one purpose is none for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// A session's claims.
    Session,
    /// The token against requests that another site makes a browser send.
    Csrf,
    /// What a browser keeps of a sign-in with GitHub that is under way.
    SignIn,
    /// Only to compare the state that came back from GitHub.
    State,
    /// Only to compare two texts of any length in a time that doesn't tell where they differ.
    AccessCode,
}

impl Purpose {
    /// No prefix is the beginning of another one.
    const fn prefix(self) -> &'static [u8] {
        match self {
            Self::Session => b"ai-implement session\0",
            Self::Csrf => b"ai-implement csrf\0",
            Self::SignIn => b"ai-implement sign-in\0",
            Self::State => b"ai-implement state\0",
            Self::AccessCode => b"ai-implement access code\0",
        }
    }
}

impl SecretShape for AdminSecret {
    const SHAPE: &'static str = r#"{"access_code": "…", "session_key": "at least 32 characters"}"#;

    fn parse(text: &str) -> Option<Self> {
        let secret: Self = serde_json::from_str(text).ok()?;
        (secret.session_key.expose_secret().chars().count() >= MIN_KEY_CHARACTERS).then_some(secret)
    }
}

impl AdminSecret {
    /// Whether anybody can sign in with the code at all.
    pub(crate) fn has_access_code(&self) -> bool {
        !self.access_code.expose_secret().is_empty()
    }

    /// Whether this is the access code; an empty one never is.
    pub(crate) fn is_access_code(&self, given: &str) -> bool {
        let is_it = self.is_same(Purpose::AccessCode, given, self.access_code.expose_secret());
        is_it && self.has_access_code()
    }

    /// Whether two texts are the same.
    pub(crate) fn is_same(&self, purpose: Purpose, given: &str, expected: &str) -> bool {
        self.verify(purpose, given.as_bytes(), &self.sign(purpose, expected.as_bytes()))
    }

    /// Something as a text that anybody can read, and nobody else can write: base64url of its JSON, a dot, base64url of
    /// the signature.
    pub(crate) fn signed<T: Serialize>(&self, purpose: Purpose, it: &T) -> String {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_string(it).expect("claims are JSON"));
        let signature = URL_SAFE_NO_PAD.encode(self.sign(purpose, claims.as_bytes()));
        format!("{claims}.{signature}")
    }

    /// What such a text says. Nothing of it is read before its signature is found to be ours.
    pub(crate) fn opened<T: DeserializeOwned>(&self, purpose: Purpose, text: &str) -> Option<T> {
        let (claims, signature) = text.split_once('.')?;
        let signature = URL_SAFE_NO_PAD.decode(signature).ok()?;
        if !self.verify(purpose, claims.as_bytes(), &signature) {
            return None;
        }
        let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
        // Signed, and of another shape: by another release of ours.
        serde_json::from_slice(&claims).ok()
    }

    /// Signs something for a purpose.
    pub(crate) fn sign(&self, purpose: Purpose, bytes: &[u8]) -> [u8; 32] {
        self.keyed(purpose, bytes).finalize().into_bytes().into()
    }

    /// Whether the signature is ours, for this purpose.
    pub(crate) fn verify(&self, purpose: Purpose, bytes: &[u8], signature: &[u8]) -> bool {
        self.keyed(purpose, bytes).verify_slice(signature).is_ok()
    }

    fn keyed(&self, purpose: Purpose, bytes: &[u8]) -> Hmac<Sha256> {
        let key = self.session_key.expose_secret().as_bytes();
        let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes a key of any length");
        mac.update(purpose.prefix());
        mac.update(bytes);
        mac
    }
}

/// The App's part of a sign-in, where its secret has it.
pub(crate) struct SignInApp(Option<OAuthCredentials>);

impl SecretShape for SignInApp {
    const SHAPE: &'static str = r#"{"client_id": "…", "client_secret": "…", …}"#;

    fn parse(text: &str) -> Option<Self> {
        #[derive(Deserialize)]
        struct Members {
            client_id: Option<String>,
            client_secret: Option<SecretString>,
        }
        let Members { client_id, client_secret } = serde_json::from_str(text).ok()?;
        let client_id = client_id.filter(|id| !id.is_empty());
        let client_secret = client_secret.filter(|secret| !secret.expose_secret().is_empty());
        let both = client_id.zip(client_secret);
        Some(Self(both.map(|(client_id, client_secret)| OAuthCredentials { client_id, client_secret })))
    }
}

impl SignInApp {
    /// What to sign in with; `None` where signing in with GitHub is off.
    pub(crate) const fn credentials(&self) -> Option<&OAuthCredentials> {
        self.0.as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "0123456789abcdef0123456789abcdef";

    fn secret(access_code: &str) -> AdminSecret {
        let json = format!(r#"{{"access_code": "{access_code}", "session_key": "{KEY}"}}"#);
        AdminSecret::parse(&json).expect("the shape")
    }

    #[test]
    fn only_the_access_code_is_the_access_code() {
        let secret = secret("open sesame");
        assert!(secret.is_access_code("open sesame"));
        for given in ["", "open", "open sesame ", "Open Sesame", "open sesame\0"] {
            assert!(!secret.is_access_code(given), "{given}");
        }
    }

    #[test]
    fn an_empty_access_code_opens_nothing() {
        assert!(!secret("").is_access_code(""));
    }

    #[test]
    fn a_signature_is_good_for_its_purpose_its_text_and_its_key() {
        let signature = secret("a").sign(Purpose::Session, b"text");
        assert!(secret("b").verify(Purpose::Session, b"text", &signature));
        assert!(!secret("a").verify(Purpose::Csrf, b"text", &signature));
        assert!(!secret("a").verify(Purpose::Session, b"texts", &signature));
        assert!(!secret("a").verify(Purpose::Session, b"text", &signature[..31]));
        let other = format!(r#"{{"access_code": "a", "session_key": "{}"}}"#, KEY.replace('0', "1"));
        assert!(!AdminSecret::parse(&other).expect("the shape").verify(Purpose::Session, b"text", &signature));
    }

    #[test]
    fn an_app_without_a_client_secret_signs_nobody_in() {
        for text in [
            "{}",
            r#"{"app_id": 1, "private_key": "x"}"#,
            r#"{"client_id": "Iv1"}"#,
            r#"{"client_id": "Iv1", "client_secret": ""}"#,
            r#"{"client_id": null, "client_secret": "s"}"#,
        ] {
            assert!(SignInApp::parse(text).expect("the shape").credentials().is_none(), "{text}");
        }
        let both = SignInApp::parse(r#"{"app_id": 1, "client_id": "Iv1", "client_secret": "s"}"#).expect("the shape");
        assert_eq!(both.credentials().expect("both").client_id, "Iv1");
        assert!(SignInApp::parse(r#"{"client_id": 1}"#).is_none() && SignInApp::parse("hunter2").is_none());
    }

    #[test]
    fn what_is_no_admin_secret_is_refused() {
        let short = &KEY[1..];
        for text in [
            "",
            "{}",
            "[]",
            r#"{"access_code": "a"}"#,
            &format!(r#"{{"session_key": "{KEY}"}}"#),
            &format!(r#"{{"access_code": 1, "session_key": "{KEY}"}}"#),
            &format!(r#"{{"access_code": null, "session_key": "{KEY}"}}"#),
            &format!(r#"{{"access_code": "a", "session_key": "{short}"}}"#),
        ] {
            assert!(AdminSecret::parse(text).is_none(), "{text}");
        }
    }
}
