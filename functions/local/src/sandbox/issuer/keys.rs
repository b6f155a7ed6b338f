//! The keys that sign run tokens, and which of them are published.
//!
//! Made when they are first needed: most sandboxes never are asked for one. Never shows a private key.

use jsonwebtoken::errors::{ErrorKind, Result};
use jsonwebtoken::jwk::{Jwk, PublicKeyUse};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::sandbox::digest::guid;
use crate::sandbox::rsa_key::RsaKey;

/// The key that signs, and the one before.
const PUBLISHED_KEYS: usize = 2;

/// The issuer's keys, the one that signs first.
#[derive(Default)]
pub(in crate::sandbox) struct IssuerKeys {
    keys: Vec<IssuerKey>,
}

struct IssuerKey {
    id: String,
    signer: EncodingKey,
    public: Jwk,
}

impl IssuerKeys {
    /// Signs with a new key from now on.
    ///
    /// # Errors
    /// When the crypto library makes none.
    pub(super) fn rotate(&mut self) -> Result<()> {
        // A sandbox that has signed nothing yet has a key all the same, as GitHub has.
        self.current()?;
        self.add()
    }

    /// A token of these claims.
    ///
    /// # Errors
    /// When the crypto library makes none.
    pub(super) fn sign(&mut self, claims: &Value) -> Result<String> {
        let key = self.current()?;
        let header = Header { kid: Some(key.id.clone()), ..Header::new(Algorithm::RS256) };
        encode(&header, claims, &key.signer)
    }

    /// The key set, as anybody may read it.
    ///
    /// # Errors
    /// When the crypto library makes no key.
    pub(super) fn published(&mut self) -> Result<Value> {
        self.current()?;
        Ok(json!({ "keys": self.keys.iter().map(|key| &key.public).collect::<Vec<_>>() }))
    }

    fn current(&mut self) -> Result<&IssuerKey> {
        if self.keys.is_empty() {
            self.add()?;
        }
        Ok(&self.keys[0])
    }

    fn add(&mut self) -> Result<()> {
        self.keys.insert(0, IssuerKey::generate()?);
        self.keys.truncate(PUBLISHED_KEYS);
        Ok(())
    }
}

impl IssuerKey {
    fn generate() -> Result<Self> {
        let key = RsaKey::generate().map_err(|_| ErrorKind::RsaFailedSigning)?;
        let signer = EncodingKey::from_rsa_pem(key.private_pem.as_bytes())?;
        let id = guid(&format!("{:?}", key.public_der));
        let mut public = Jwk::from_encoding_key(&signer, Algorithm::RS256)?;
        public.common.key_id = Some(id.clone());
        public.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self { id, signer, public })
    }
}
