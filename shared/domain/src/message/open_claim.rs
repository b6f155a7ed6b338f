//! What is asked of a claim: to be looked at, to be decided by a person, to be taken back, or to be done once more.
//!
//! Owns the fields of these messages. What is done follows from the claim's state when they arrive.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::claim::ClaimId;
use crate::request::{ApiRequest, Caller, digest};

/// A claim that has to be looked at again. What is to be done follows from its state when the message arrives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueClaim {
    /// Which.
    pub claim: ClaimId,
    /// The group of its command's messages, in which all of its work is done in order.
    pub group: String,
    /// Its epoch.
    pub epoch: u32,
    /// When it was due.
    pub due_at: Timestamp,
    /// The claim whose move is the reason to look now, whether this one is due or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub called_by: Option<ClaimId>,
    /// The claim's revision that is the reason, where it is a move of its own: two moves of one moment are two reasons.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revision: Option<u32>,
    /// The person who wants it looked at now, whether it is due or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub asked_by: Option<String>,
}

/// Somebody's word on a claim: on one whose outcome is unknown, or that it is taken back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    /// Which.
    pub claim: ClaimId,
    /// The group of its command's messages.
    pub group: String,
    /// Its epoch when they saw it.
    pub epoch: u32,
    /// What is to become of it.
    pub verdict: Verdict,
    /// Who says so, as people are told.
    pub by: String,
}

/// Somebody wants the run of a claim that is over once more, as a claim of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Retry {
    /// Which.
    pub claim: ClaimId,
    /// The group of its command's messages.
    pub group: String,
    /// Who says so, as people are told.
    pub by: String,
    /// What makes it one, however often it is said: the same person's same key is the same claim.
    pub key: String,
    /// When.
    pub asked_at: Timestamp,
}

impl Retry {
    /// Who asks, as the new claim's request has it.
    #[must_use]
    pub fn caller(&self) -> Caller {
        Caller { id: format!("admin:{}", self.by), name: self.by.clone() }
    }

    /// What stands in that request for an `Idempotency-Key`.
    #[must_use]
    pub fn request_key(&self) -> String {
        format!("retry:{}:{}", self.claim, self.key)
    }

    /// A person's name and key may be longer than SQS takes, and of other characters.
    pub(super) fn deduplication_id(&self) -> String {
        let natural_key = ApiRequest::natural_key_of(&self.caller(), &self.request_key());
        format!("retry:{}", digest(natural_key.as_bytes()))
    }
}

/// What is to become of a claim. The first two are about the one dispatch whose outcome is unknown, the last about the
/// claim, wherever it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// It is dispatched once more.
    Retry,
    /// There will be no run.
    Drop,
    /// Its run, or what waits, is taken back.
    Cancel,
}

impl Verdict {
    /// Its stable word, for requests and logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Retry => "retry",
            Self::Drop => "drop",
            Self::Cancel => "cancel",
        }
    }
}
