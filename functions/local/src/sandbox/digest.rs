//! The few digests that GitHub's answers carry: blob SHAs, entity tags, webhook signatures.
//!
//! Never shared with the product: written from GitHub's documentation, so that each checks the
//! other.

use std::fmt::Write;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// The SHA-1 that git gives to a file of this text.
pub(super) fn git_blob_sha(text: &str) -> String {
    hexadecimal(&git_object_digest("blob", text.as_bytes()))
}

/// The SHA-1 that git gives to an object of that kind.
pub(super) fn git_object_digest(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut object = format!("{kind} {}\0", content.len()).into_bytes();
    object.extend_from_slice(content);
    digest(&SHA1_FOR_LEGACY_USE_ONLY, &object).as_ref().to_vec()
}

/// A number that stays the same for the same text: ids of things that the world does not number.
pub(super) fn stable_number(text: &str) -> u32 {
    let hash = Sha256::digest(text.as_bytes());
    u32::from_be_bytes([hash[0], hash[1], hash[2], hash[3]]) >> 1
}

/// A GUID that belongs to that text alone; its version bits say "made from random numbers", as
/// GitHub's do.
pub(super) fn guid(text: &str) -> String {
    let hash = hexadecimal(&Sha256::digest(text.as_bytes()));
    format!("{}-{}-4{}-a{}-{}", &hash[..8], &hash[8..12], &hash[13..16], &hash[17..20], &hash[20..32])
}

/// A weak entity tag of a body.
pub(super) fn entity_tag(body: &[u8]) -> String {
    format!("W/\"{}\"", hexadecimal(&Sha256::digest(body)))
}

/// `X-Hub-Signature-256` of a webhook body.
/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>
pub(super) fn webhook_signature(secret: &str, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
    mac.update(body);
    format!("sha256={}", hexadecimal(&mac.finalize().into_bytes()))
}

/// Bytes as people read them.
pub(super) fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string can't fail");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_signature_is_that_of_githubs_own_example() {
        assert_eq!(
            webhook_signature("It's a Secret to Everybody", b"Hello, World!"),
            "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
        );
    }

    #[test]
    fn a_blob_has_the_sha_that_git_gives_it() {
        assert_eq!(git_blob_sha("hello\n"), "ce013625030ba8dba906f756967f9e9ca394464a");
    }
}
