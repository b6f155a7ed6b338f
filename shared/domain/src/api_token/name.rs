//! What people call a token.
//!
//! Owns which texts are taken. Never an identity: two tokens may have one name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

const MAX_CHARACTERS: usize = 100;

/// A token's name, shown as written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiTokenName(String);

/// The text is no token's name. Never repeats it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("1 to {MAX_CHARACTERS} characters in one line, not only white space")]
pub struct ApiTokenNameError;

impl FromStr for ApiTokenName {
    type Err = ApiTokenNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_sound =
            !text.trim().is_empty() && text.chars().count() <= MAX_CHARACTERS && !text.contains(char::is_control);
        if is_sound { Ok(Self(text.to_owned())) } else { Err(ApiTokenNameError) }
    }
}

impl fmt::Display for ApiTokenName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl TryFrom<String> for ApiTokenName {
    type Error = ApiTokenNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<ApiTokenName> for String {
    fn from(name: ApiTokenName) -> Self {
        name.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_line_of_up_to_a_hundred_characters() {
        let longest = "ü".repeat(100);
        for text in ["x", " nightly build ", longest.as_str()] {
            assert_eq!(text.parse::<ApiTokenName>().expect(text).to_string(), text);
        }
        let too_long = "x".repeat(101);
        for text in ["", "  ", "two\nlines", "a\0b", "\u{1b}[31mred", too_long.as_str()] {
            assert_eq!(text.parse::<ApiTokenName>(), Err(ApiTokenNameError), "{text:?}");
        }
    }
}
