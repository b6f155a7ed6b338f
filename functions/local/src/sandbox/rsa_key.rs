//! RSA keys: the App's, and those of the issuer of run tokens. Made while the sandbox runs, never written to a file.
//!
//! Owns the making and the PEM form. Never signs or verifies.

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::KeyPair as _;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// Columns of a PEM line.
const PEM_LINE: usize = 64;

pub(super) struct RsaKey {
    /// PKCS#8.
    pub(super) private_pem: String,
    /// PKCS#1.
    pub(super) public_der: Vec<u8>,
}

impl RsaKey {
    /// Makes a new key of 2048 bits.
    ///
    /// # Errors
    /// When the crypto library refuses.
    pub(super) fn generate() -> Result<Self, aws_lc_rs::error::Unspecified> {
        let pair = KeyPair::generate(KeySize::Rsa2048)?;
        let private_key = pair.as_der()?;
        Ok(Self {
            private_pem: pem("PRIVATE KEY", private_key.as_ref()),
            public_der: pair.public_key().as_ref().to_vec(),
        })
    }
}

fn pem(label: &str, der: &[u8]) -> String {
    let encoded = STANDARD.encode(der);
    let lines: Vec<&str> = encoded.as_bytes().chunks(PEM_LINE).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", lines.join("\n"))
}
