//! A token's text, which its owner has and nobody else, and the hash that it is found by.
//!
//! Owns their forms. The text is shown once, by whoever asks for it by name; no format and no log gets to it. It is as long
//! as a key, so that a plain hash of it is all that has to be kept: nobody guesses it back.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// By which people, and scanners for lost secrets, recognise one.
const PREFIX: &str = "aii_";
const RANDOM_BYTES: usize = 32;

/// The text of a token: `aii_` and 43 characters of base64url.
pub struct ApiTokenText(String);

/// What a token is found by: SHA-256 of its text. Two texts are never compared; finding a hash takes a time that tells nothing
/// of the text that another one was made from.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ApiTokenHash([u8; 32]);

/// The text has not the form of a token. Never repeats it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not of an API token's form")]
pub struct NoApiToken;

impl ApiTokenText {
    /// A new token's text, from bytes that were drawn at random.
    #[must_use]
    pub fn from_random(bytes: [u8; RANDOM_BYTES]) -> Self {
        Self(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bytes)))
    }

    /// A text that somebody sent as a token. Of all that have a token's form, at most one was ever given out.
    pub fn parse(text: &str) -> Result<Self, NoApiToken> {
        let encoded = text.strip_prefix(PREFIX).ok_or(NoApiToken)?;
        let bytes = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| NoApiToken)?;
        if bytes.len() == RANDOM_BYTES { Ok(Self(text.to_owned())) } else { Err(NoApiToken) }
    }

    /// The whole text, for its owner alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// What it is found by.
    #[must_use]
    pub fn hash(&self) -> ApiTokenHash {
        ApiTokenHash(Sha256::digest(&self.0).into())
    }
}

impl fmt::Debug for ApiTokenText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiTokenText({PREFIX}…)")
    }
}

/// 64 lower-case hexadecimal digits.
impl fmt::Display for ApiTokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for ApiTokenHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiTokenHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ZEROS: &str = "aii_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    #[test]
    fn a_text_is_the_prefix_and_43_characters() {
        let text = ApiTokenText::from_random([0; 32]);
        assert_eq!(text.expose(), ZEROS);
        assert_eq!(text.expose().len(), 47);
        assert_eq!(ApiTokenText::from_random([0xfb; 32]).expose(), "aii_-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_v7-_s");
    }

    /// As `printf %s "aii_AAAA…" | sha256sum` says.
    #[test]
    fn the_hash_is_sha_256_of_the_whole_text() {
        let hash = "49f5550f14febc90d60b69116f2fb28cd4ef9a5c0dc5b84013102a943d3af2ab";
        assert_eq!(ApiTokenText::from_random([0; 32]).hash().to_string(), hash);
    }

    #[test]
    fn what_is_not_of_the_form_is_refused_and_not_repeated() {
        for text in [
            "",
            "aii_",
            &ZEROS[4..],
            &ZEROS[..46],
            &format!("{ZEROS}A"),
            &format!("{ZEROS}="),
            &format!(" {ZEROS}"),
            &format!("{ZEROS}\n"),
            &ZEROS.replace("aii_", "AII_"),
            &ZEROS.replace("aii_A", "aii_+"),
            &ZEROS.replace("aii_A", "aii_/"),
            // The last character's spare bits: two texts of one token would have two hashes.
            &format!("{}B", &ZEROS[..46]),
        ] {
            let error = ApiTokenText::parse(text).expect_err(text);
            assert_eq!(error.to_string(), "not of an API token's form");
        }
    }

    #[test]
    fn no_format_shows_a_text() {
        let text = ApiTokenText::from_random([0x5a; 32]);
        let shown = format!("{text:?} {text:#?} {:?}", Some(&text));
        assert!(!shown.contains(&text.expose()[4..10]), "{shown}");
    }

    proptest! {
        #[test]
        fn what_was_made_is_read_again(bytes: [u8; 32]) {
            let made = ApiTokenText::from_random(bytes);
            let read = ApiTokenText::parse(made.expose()).expect("its own form");
            prop_assert_eq!(read.expose(), made.expose());
            prop_assert_eq!(read.hash(), made.hash());
        }

        #[test]
        fn whatever_is_read_was_made_so(text in "aii_[A-Za-z0-9_-]{42,44}|\\PC{0,60}") {
            if let Ok(read) = ApiTokenText::parse(&text) {
                let bytes = URL_SAFE_NO_PAD.decode(&text[4..]).expect("it was read");
                let made = ApiTokenText::from_random(bytes.try_into().expect("32 bytes"));
                prop_assert_eq!(read.expose(), made.expose());
            }
        }

        #[test]
        fn two_tokens_have_two_hashes(one: [u8; 32], other: [u8; 32]) {
            prop_assume!(one != other);
            prop_assert_ne!(ApiTokenText::from_random(one).hash(), ApiTokenText::from_random(other).hash());
        }
    }
}
