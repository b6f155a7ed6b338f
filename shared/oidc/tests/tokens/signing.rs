//! RSA keys, and tokens signed with them as GitHub signs its own.
//!
//! Written from RFC 7515 and GitHub's example token, not with the library that verifies them.

use std::sync::LazyLock;

use aws_lc_rs::encoding::AsDer as _;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaEncoding};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

/// The key that most tests need: making one takes a while.
pub(crate) static FIRST: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate("first"));

pub(crate) struct SigningKey {
    id: &'static str,
    pair: KeyPair,
}

impl SigningKey {
    pub(crate) fn generate(id: &'static str) -> Self {
        Self { id, pair: KeyPair::generate(KeySize::Rsa2048).expect("a key") }
    }

    /// The public key as an issuer's key set has it (RFC 7517).
    pub(crate) fn jwk(&self) -> Value {
        // RFC 8017, A.1.1: a sequence of two integers, of 257 and 3 bytes; the first begins with a zero for its sign.
        let der = self.pair.public_key().as_ref();
        let (n, e) = (&der[9..265], &der[267..]);
        json!({ "kty": "RSA", "alg": "RS256", "use": "sig", "kid": self.id, "n": base64url(n), "e": base64url(e) })
    }

    /// The public key in the form in which it is published most often.
    pub(crate) fn public_der(&self) -> Vec<u8> {
        self.pair.public_key().as_der().expect("a public key").as_ref().to_vec()
    }

    pub(crate) fn header(&self) -> Value {
        json!({ "typ": "JWT", "alg": "RS256", "kid": self.id })
    }

    /// A token as GitHub makes them.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        self.sign_with(&self.header(), &RSA_PKCS1_SHA256, claims)
    }

    pub(crate) fn sign_with(&self, header: &Value, how: &'static dyn RsaEncoding, claims: &Value) -> String {
        self.sign_message(&message(header, claims), how)
    }

    /// A token of claims that are encoded already.
    pub(crate) fn sign_encoded(&self, claims: &str) -> String {
        let header = base64url(self.header().to_string().as_bytes());
        self.sign_message(&format!("{header}.{claims}"), &RSA_PKCS1_SHA256)
    }

    fn sign_message(&self, message: &str, how: &'static dyn RsaEncoding) -> String {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        self.pair.sign(how, &SystemRandom::new(), message.as_bytes(), &mut signature).expect("a signature");
        format!("{message}.{}", base64url(&signature))
    }
}

/// What is signed of a token.
pub(crate) fn message(header: &Value, claims: &Value) -> String {
    format!("{}.{}", base64url(header.to_string().as_bytes()), base64url(claims.to_string().as_bytes()))
}

pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}
