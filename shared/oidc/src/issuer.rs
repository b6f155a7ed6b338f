//! Who issues the tokens, as its `iss` claim says it and as its keys are found.
//!
//! Owns which addresses are taken. Whoever can answer for the address can be any run: it is TLS, or this machine.

use std::fmt;
use std::str::FromStr;

use http::Uri;
use thiserror::Error;

const GITHUB: &str = "https://token.actions.githubusercontent.com";
/// Where the keys are, below the issuer.
const JWKS_PATH: &str = "/.well-known/jwks";
/// The hosts that may do without TLS: the sandbox's.
const THIS_MACHINE: [&str; 2] = ["127.0.0.1", "localhost"];

/// An issuer of OIDC tokens: an `https://` address, or `http://` on this machine. Without the slash at its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issuer {
    name: String,
    jwks: Uri,
}

/// The text is no address of an issuer.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("an issuer is an https:// address without user name and query, or an http:// address of this machine")]
pub struct IssuerError;

impl Issuer {
    /// github.com's.
    /// <https://docs.github.com/en/actions/reference/security/oidc>
    #[must_use]
    pub fn github() -> Self {
        GITHUB.parse().expect("GitHub's issuer is one")
    }

    /// As `iss` says it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    pub(crate) fn jwks(&self) -> &Uri {
        &self.jwks
    }
}

impl FromStr for Issuer {
    type Err = IssuerError;

    fn from_str(text: &str) -> Result<Self, IssuerError> {
        let name = text.trim_end_matches('/');
        let jwks: Uri = format!("{name}{JWKS_PATH}").parse().map_err(|_| IssuerError)?;
        let host = jwks.host().unwrap_or_default();
        let is_safe = match jwks.scheme_str() {
            Some("https") => !host.is_empty(),
            Some("http") => THIS_MACHINE.contains(&host),
            _ => false,
        };
        let is_bare = !name.contains(['@', '?', '#']);
        if is_safe && is_bare { Ok(Self { name: name.to_owned(), jwks }) } else { Err(IssuerError) }
    }
}

impl fmt::Display for Issuer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_lie_below_the_issuer_with_or_without_a_slash() {
        assert_eq!(Issuer::github().jwks(), "https://token.actions.githubusercontent.com/.well-known/jwks");
        let enterprise: Issuer = "https://octo.example/_services/token/".parse().expect("an issuer");
        assert_eq!(enterprise.as_str(), "https://octo.example/_services/token");
        assert_eq!(enterprise.jwks(), "https://octo.example/_services/token/.well-known/jwks");
    }

    #[test]
    fn plain_http_stays_on_this_machine() {
        for text in ["http://127.0.0.1:8788", "http://localhost:8788/"] {
            assert!(text.parse::<Issuer>().is_ok(), "{text}");
        }
        for text in [
            "http://token.actions.githubusercontent.com",
            "http://127.0.0.1.octo.example",
            "http://127.0.0.1@octo.example",
            "https://user@octo.example",
            "https://octo.example?x=",
            "https://octo.example#x",
            "https://",
            "ftp://octo.example",
            "octo.example",
            "",
        ] {
            assert_eq!(text.parse::<Issuer>(), Err(IssuerError), "{text}");
        }
    }
}
