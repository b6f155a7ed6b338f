//! The token by which a run reports: who made it is told by a signature, what it is good for by its claims.
//!
//! Owns its form, its life and its verification. Never remembers whether it was used: that is the claim's record.
//!
//! `base64url(JSON claims) "." base64url(HMAC-SHA256 of the first part)`, without padding.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use thiserror::Error;

use crate::claim::{ClaimId, DispatchOrder};
use crate::report::Phase;

/// A plan takes no longer.
const PLANNING_LIFE: SignedDuration = SignedDuration::from_mins(30);
/// What writes code has at least this long.
const WORKING_LIFE: SignedDuration = SignedDuration::from_hours(2);
/// A job may be late by this much over its limit.
const LATE_BY: SignedDuration = SignedDuration::from_mins(15);
/// Nothing that is longer is ours.
const MAX_BYTES: usize = 4_096;
/// A key that is shorter could be guessed.
pub const MIN_KEY_BYTES: usize = 32;

/// What a run's token says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RunToken {
    /// The ticket.
    pub issue_id: String,
    /// What the run is at work on.
    pub phase: Phase,
    /// The claim that the run answers.
    pub dispatch_id: ClaimId,
    /// Where it may be shown: `<PUBLIC_URL>/runner`.
    pub audience: String,
    /// Until when, in seconds since 1970.
    pub exp: i64,
}

/// Why a text is no token that counts. The answer is the same to all but the expired one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum BadRunToken {
    /// It isn't ours: its form or its signature is wrong.
    #[error("it was not made here")]
    NotOurs,
    /// It was made for another place.
    #[error("it was made for another audience")]
    WrongAudience,
    /// It is over.
    #[error("it is expired")]
    Expired,
}

impl RunToken {
    /// The token of the run that is ordered for a claim, from now on.
    #[must_use]
    pub fn of(claim: ClaimId, order: &DispatchOrder, audience: &str, now: Timestamp) -> Self {
        let phase = Phase::of(order.kind);
        let exp = (now + life(phase, order.max_job_minutes)).as_second();
        let issue_id = order.ticket.id.clone();
        Self { issue_id, phase, dispatch_id: claim, audience: audience.to_owned(), exp }
    }

    /// The text that the run gets.
    #[must_use]
    pub fn sign(&self, key: &[u8]) -> String {
        let claims = URL_SAFE_NO_PAD.encode(serde_json::to_vec(self).expect("plain JSON"));
        let signature = URL_SAFE_NO_PAD.encode(mac(key, &claims).finalize().into_bytes());
        format!("{claims}.{signature}")
    }

    /// Reads what [`Self::sign`] wrote, in constant time as far as the key is concerned.
    pub fn verify(text: &str, key: &[u8], audience: &str, now: Timestamp) -> Result<Self, BadRunToken> {
        let (claims, signature) =
            text.split_once('.').filter(|_| text.len() <= MAX_BYTES).ok_or(BadRunToken::NotOurs)?;
        let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| BadRunToken::NotOurs)?;
        mac(key, claims).verify_slice(&signature).map_err(|_| BadRunToken::NotOurs)?;
        let claims = URL_SAFE_NO_PAD.decode(claims).map_err(|_| BadRunToken::NotOurs)?;
        let token: Self = serde_json::from_slice(&claims).map_err(|_| BadRunToken::NotOurs)?;
        if token.audience != audience {
            return Err(BadRunToken::WrongAudience);
        }
        if token.exp <= now.as_second() { Err(BadRunToken::Expired) } else { Ok(token) }
    }
}

fn life(phase: Phase, max_job_minutes: Option<u32>) -> SignedDuration {
    match phase {
        Phase::Planning => PLANNING_LIFE,
        Phase::Implementation | Phase::GapFill => {
            let job = max_job_minutes.map_or(SignedDuration::ZERO, |minutes| SignedDuration::from_mins(minutes.into()));
            WORKING_LIFE.max(job + LATE_BY)
        }
    }
}

fn mac(key: &[u8], text: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of every length");
    mac.update(text.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::claim::tests::{at, order};

    const KEY: &[u8] = b"a key of thirty-two bytes, or so";
    const AUDIENCE: &str = "https://ai-implement.example/runner";

    fn token() -> RunToken {
        RunToken::of(ClaimId::from_parts(0, 1), &order(), AUDIENCE, at(0))
    }

    #[test]
    fn a_token_is_read_back_until_it_is_over() {
        let text = token().sign(KEY);
        let life = i64::from(2 * 3_600);
        assert_eq!(RunToken::verify(&text, KEY, AUDIENCE, at(life - 1)), Ok(token()));
        assert_eq!(RunToken::verify(&text, KEY, AUDIENCE, at(life)), Err(BadRunToken::Expired));
    }

    #[test]
    fn a_long_job_has_a_long_token_and_a_plan_a_short_one() {
        assert_eq!(life(Phase::Planning, Some(600)), SignedDuration::from_mins(30));
        assert_eq!(life(Phase::GapFill, Some(90)), SignedDuration::from_mins(120));
        assert_eq!(life(Phase::Implementation, Some(180)), SignedDuration::from_mins(195));
    }

    #[test]
    fn another_key_or_audience_is_told_apart() {
        let text = token().sign(KEY);
        assert_eq!(RunToken::verify(&text, b"another key", AUDIENCE, at(0)), Err(BadRunToken::NotOurs));
        assert_eq!(RunToken::verify(&text, KEY, "https://elsewhere", at(0)), Err(BadRunToken::WrongAudience));
    }

    proptest! {
        #[test]
        fn no_changed_text_is_a_token(at_byte in 0_usize..200, to in any::<char>()) {
            let text = token().sign(KEY);
            let mut changed: Vec<char> = text.chars().collect();
            let place = at_byte % changed.len();
            prop_assume!(changed[place] != to);
            changed[place] = to;
            let changed: String = changed.into_iter().collect();
            prop_assert!(RunToken::verify(&changed, KEY, AUDIENCE, at(0)).is_err());
        }

        #[test]
        fn no_text_makes_it_panic(text in ".{0,200}") {
            prop_assert!(RunToken::verify(&text, KEY, AUDIENCE, at(0)).is_err());
        }
    }
}
