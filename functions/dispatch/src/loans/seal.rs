//! A lent token as it is kept: sealed, so that whoever reads the table learns nothing.
//!
//! Owns the form: a nonce, then AES-256-GCM of the token, bound to its claim, in base64. The key is made from the runs'
//! key for this purpose alone.

use aws_lc_rs::aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use domain::claim::ClaimId;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const PURPOSE: &[u8] = b"ai-implement loans\0";

/// The token, for nobody's eyes.
pub(super) fn seal(run_key: &[u8], claim: ClaimId, token: &str) -> String {
    let mut sealed = token.as_bytes().to_vec();
    let nonce = key(run_key).seal_in_place_append_tag(bound_to(claim), &mut sealed);
    let nonce = nonce.expect("a token is far shorter than what the cipher takes");
    STANDARD_NO_PAD.encode([nonce.as_ref().as_slice(), &sealed].concat())
}

/// Reads what [`seal`] wrote; `None` where another key did, or for another claim.
pub(super) fn open(run_key: &[u8], claim: ClaimId, sealed: &str) -> Option<String> {
    let mut bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
    let (nonce, sealed) = bytes.split_at_mut_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let opened = key(run_key).open_in_place(nonce, bound_to(claim), sealed).ok()?;
    String::from_utf8(opened.to_vec()).ok()
}

fn key(run_key: &[u8]) -> RandomizedNonceKey {
    let mut mac = Hmac::<Sha256>::new_from_slice(run_key).expect("HMAC takes a key of any length");
    mac.update(PURPOSE);
    RandomizedNonceKey::new(&AES_256_GCM, &mac.finalize().into_bytes()).expect("a key of 256 bits")
}

fn bound_to(claim: ClaimId) -> Aad<Vec<u8>> {
    Aad::from(claim.to_string().into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = b"0123456789abcdef0123456789abcdef";

    #[test]
    fn a_sealed_token_is_opened_with_the_same_key_for_the_same_claim_only() {
        let (claim, other) = (ClaimId::from_parts(1, 1), ClaimId::from_parts(1, 2));
        let sealed = seal(KEY, claim, "ghs_secret");
        assert!(!sealed.contains("ghs_"));
        assert_eq!(open(KEY, claim, &sealed).as_deref(), Some("ghs_secret"));
        assert_eq!(open(KEY, other, &sealed), None);
        assert_eq!(open(b"another key of some length, really", claim, &sealed), None);
        assert_eq!(open(KEY, claim, "AAAA"), None);
        assert_ne!(sealed, seal(KEY, claim, "ghs_secret"), "never the same twice");
    }
}
