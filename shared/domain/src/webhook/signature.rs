//! The proof that a delivery comes from GitHub: HMAC-SHA256 over the raw body.
//!
//! Owns the check against several active secrets, so that a secret can be rotated without a lost delivery. Never
//! falls back to the SHA-1 header, and compares in constant time. GitHub signs the body only: nothing that stands in
//! another header may be trusted.
//! <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

const PREFIX: &str = "sha256=";
const DIGEST_BYTES: usize = 32;

/// A well-formed `X-Hub-Signature-256` header, not yet checked against anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; DIGEST_BYTES]);

impl Signature {
    /// Reads the header's value: `sha256=` and 64 lower-case hexadecimal digits, as GitHub writes them.
    #[must_use]
    pub fn parse(header: &str) -> Option<Self> {
        let digits = header.strip_prefix(PREFIX)?.as_bytes();
        if digits.len() != 2 * DIGEST_BYTES {
            return None;
        }
        let mut digest = [0; DIGEST_BYTES];
        for (byte, pair) in digest.iter_mut().zip(digits.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(digest))
    }

    /// Signs a body; what the sandbox-free tests and the delivery puller need.
    #[must_use]
    pub fn of(body: &[u8], secret: &str) -> Self {
        Self(keyed(body, secret).finalize().into_bytes().into())
    }

    /// The header's value.
    #[must_use]
    pub fn header_value(&self) -> String {
        use std::fmt::Write as _;
        self.0.iter().fold(PREFIX.to_owned(), |mut header, byte| {
            let _ = write!(header, "{byte:02x}");
            header
        })
    }

    /// Whether one of the active secrets made this signature for this body. Every secret is tried, so that the time
    /// taken doesn't tell which one matched.
    #[must_use]
    pub fn matches_any<'a>(&self, body: &[u8], secrets: impl IntoIterator<Item = &'a str>) -> bool {
        secrets
            .into_iter()
            .filter(|secret| !secret.is_empty())
            .fold(false, |matched, secret| matched | keyed(body, secret).verify_slice(&self.0).is_ok())
    }
}

fn keyed(body: &[u8], secret: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC takes a key of any length");
    mac.update(body);
    mac
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "It's a Secret to Everybody";
    const BODY: &[u8] = b"Hello, World!";
    const HEADER: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn githubs_own_test_vector_holds() {
        let signature = Signature::parse(HEADER).expect("GitHub's own header");
        assert!(signature.matches_any(BODY, [SECRET]));
        assert_eq!(Signature::of(BODY, SECRET).header_value(), HEADER);
    }

    #[test]
    fn any_active_secret_will_do() {
        let signature = Signature::parse(HEADER).expect("GitHub's own header");
        assert!(signature.matches_any(BODY, ["next", SECRET]));
        assert!(signature.matches_any(BODY, [SECRET, "previous"]));
    }

    #[test]
    fn another_body_or_secret_does_not_match() {
        let signature = Signature::parse(HEADER).expect("GitHub's own header");
        assert!(!signature.matches_any(b"Hello, World?", [SECRET]));
        assert!(!signature.matches_any(BODY, ["it's a secret to everybody"]));
        assert!(!signature.matches_any(BODY, []));
    }

    #[test]
    fn an_empty_secret_signs_nothing() {
        let forged = Signature::of(BODY, "");
        assert!(!forged.matches_any(BODY, [""]));
    }

    #[test]
    fn malformed_headers_are_no_signatures() {
        let digits = &HEADER["sha256=".len()..];
        for header in [
            "",
            "sha256=",
            digits,
            &format!("sha1={}", &digits[..40]),
            &format!("SHA256={digits}"),
            &format!("sha256={}", digits.to_uppercase()),
            &format!("sha256={}", &digits[1..]),
            &format!("sha256={digits}0"),
            &format!("sha256= {}", &digits[1..]),
            &format!("sha256={}", digits.replace('7', "g")),
            &format!("sha256={digits}, sha256={digits}"),
        ] {
            assert_eq!(Signature::parse(header), None, "{header}");
        }
    }
}
