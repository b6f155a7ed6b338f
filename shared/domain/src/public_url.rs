//! Where the control plane is reached from outside.
//!
//! Owns the audiences of the tokens that are shown to it: each begins with its address. Never looks anything up.

/// The control plane's address, without a slash at the end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicUrl(String);

impl PublicUrl {
    /// The address, whoever wrote it with a slash at its end.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self(url.trim_end_matches('/').to_owned())
    }

    /// The audience of tokens that ask for dispatches.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The audience of tokens by which a run redeems its claim.
    #[must_use]
    pub fn claims_audience(&self) -> String {
        format!("{}/v1/claims", self.0)
    }

    /// The audience of run tokens, and where runs report.
    #[must_use]
    pub fn runner_audience(&self) -> String {
        format!("{}/runner", self.0)
    }
}
