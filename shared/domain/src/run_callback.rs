//! Where a run reports, and by what token: for workflows that are told at their dispatch, because they can't redeem a claim.
//!
//! Owns how both are made for one run. Never shows a key or a token: neither has `Debug` output.

use std::fmt;

use jiff::Timestamp;

use crate::claim::{ClaimId, DispatchOrder};
use crate::public_url::PublicUrl;
use crate::run_token::RunToken;

/// Where all runs report, and the key that their tokens are signed with.
#[derive(Clone, PartialEq, Eq)]
pub struct Callbacks {
    public_url: PublicUrl,
    key: Vec<u8>,
}

/// Where one run reports.
#[derive(Clone, PartialEq, Eq)]
pub struct Callback {
    /// The control plane's address; the run adds `/runner/result` or `/runner/progress`.
    pub url: String,
    /// The run's token.
    pub token: String,
}

impl Callbacks {
    /// At the control plane's address, signed with its key.
    #[must_use]
    pub fn new(public_url: PublicUrl, key: &[u8]) -> Self {
        Self { public_url, key: key.to_owned() }
    }

    /// What the run of an order is told.
    #[must_use]
    pub fn of(&self, claim: ClaimId, order: &DispatchOrder, now: Timestamp) -> Callback {
        let token = RunToken::of(claim, order, &self.public_url.runner_audience(), now);
        Callback { url: self.public_url.as_str().to_owned(), token: token.sign(&self.key) }
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks").field("public_url", &self.public_url).finish_non_exhaustive()
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::claim::tests::{at, dispatched};

    const KEY: &[u8] = b"a key of thirty-two bytes, or so";

    #[test]
    fn a_run_is_told_a_token_that_is_taken_where_it_is_told_to_report() {
        let claim = dispatched();
        let order = claim.order.as_ref().expect("an order");
        let callback = Callbacks::new(PublicUrl::new("https://ai-implement.example/"), KEY).of(claim.id, order, at(0));
        assert_eq!(callback.url, "https://ai-implement.example");
        let token = RunToken::verify(&callback.token, KEY, "https://ai-implement.example/runner", at(1));
        assert_eq!(token.map(|token| token.dispatch_id), Ok(claim.id));
    }

    #[test]
    fn neither_key_nor_token_is_shown() {
        let claim = dispatched();
        let callbacks = Callbacks::new(PublicUrl::new("https://ai-implement.example"), KEY);
        let callback = callbacks.of(claim.id, claim.order.as_ref().expect("an order"), at(0));
        let shown = format!("{callbacks:?} {callback:?}");
        assert!(!shown.contains(&callback.token) && !shown.contains("key"), "{shown}");
    }
}
