//! The issuer's keys as they are known here, and when it is asked again.
//!
//! Owns the cache and its bounds. Whoever sends a token names the key that it is signed with, so that anybody can name
//! one that doesn't exist: never asks more often than [`FETCH_INTERVAL`] for that.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use clock::Clock;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::DecodingKey;

use crate::error::{FetchError, OidcError};
use crate::fetch::{Jwks, KeySet};
use crate::issuer::Issuer;

/// A key that was seen so recently is taken without asking: an issuer that withdraws one is heard this much later.
pub const FRESH_FOR: SignedDuration = SignedDuration::from_mins(10);
/// A key that was seen so recently is taken while the issuer can't be asked.
pub const STALE_FOR: SignedDuration = SignedDuration::from_hours(1);
/// After a success the issuer is not asked for this long, whatever key is named. GitHub shows a key before it signs
/// with it, so that an honest token needn't wait for this.
pub const FETCH_INTERVAL: SignedDuration = SignedDuration::from_secs(30);
/// After a failure it is not asked for this long.
pub const RETRY_INTERVAL: SignedDuration = SignedDuration::from_secs(5);

/// The keys of one issuer; clones share them.
#[derive(Debug, Clone)]
pub(crate) struct Keys(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    jwks: Jwks,
    clock: Clock,
    known: Mutex<Known>,
    /// Whoever holds it fetches; the others wait for what that brings.
    turn: Arc<tokio::sync::Mutex<()>>,
}

#[derive(Debug, Default)]
struct Known {
    keys: KeySet,
    seen_at: Option<Timestamp>,
    /// The last fetch, if it failed.
    failure: Option<(Timestamp, Arc<FetchError>)>,
}

impl Keys {
    pub(crate) fn new(issuer: &Issuer, clock: Clock) -> Self {
        let jwks = Jwks::at(issuer.jwks().clone());
        Self(Arc::new(Shared { jwks, clock, known: Mutex::default(), turn: Arc::default() }))
    }

    /// The key of that id, if the issuer has it.
    pub(crate) async fn key(&self, id: &str) -> Result<Arc<DecodingKey>, OidcError> {
        if let Some(key) = self.0.fresh(id) {
            return Ok(key);
        }
        self.fetch_if_it_may_be_asked().await;
        self.0.known().answer(id, self.0.clock.now())
    }

    async fn fetch_if_it_may_be_asked(&self) {
        let shared = Arc::clone(&self.0);
        let turn = Arc::clone(&shared.turn).lock_owned().await;
        // Whoever had the turn before has brought what there is.
        if !shared.known().may_be_asked(shared.clock.now()) {
            return;
        }
        // A task of its own: a caller that goes away neither ends it for the others nor makes room for another.
        let fetching = tokio::spawn(async move {
            let fetched = shared.jwks.fetch().await;
            shared.known().record(fetched, shared.clock.now());
            drop(turn);
        });
        // It tells what it brought by what is known then.
        let _ = fetching.await;
    }
}

impl Shared {
    fn fresh(&self, id: &str) -> Option<Arc<DecodingKey>> {
        self.known().seen_within(FRESH_FOR, id, self.clock.now())
    }

    /// A panic elsewhere leaves these plain values whole, so a poisoned lock is still good.
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Known {
    fn seen_within(&self, age: SignedDuration, id: &str, now: Timestamp) -> Option<Arc<DecodingKey>> {
        let seen = self.seen_at.is_some_and(|at| now.duration_since(at) < age);
        self.keys.get(id).filter(|_| seen).cloned()
    }

    fn may_be_asked(&self, now: Timestamp) -> bool {
        let has_rested = |since: Timestamp, rest: SignedDuration| now.duration_since(since) >= rest;
        self.seen_at.is_none_or(|at| has_rested(at, FETCH_INTERVAL))
            && self.failure.as_ref().is_none_or(|(at, _)| has_rested(*at, RETRY_INTERVAL))
    }

    fn record(&mut self, fetched: Result<KeySet, FetchError>, now: Timestamp) {
        match fetched {
            Ok(keys) => *self = Self { keys, seen_at: Some(now), failure: None },
            Err(error) => self.failure = Some((now, Arc::new(error))),
        }
    }

    fn answer(&self, id: &str, now: Timestamp) -> Result<Arc<DecodingKey>, OidcError> {
        match (self.seen_within(STALE_FOR, id, now), &self.failure) {
            (Some(key), _) => Ok(key),
            (None, Some((_, error))) => Err(OidcError::Unavailable(Arc::clone(error))),
            (None, None) => Err(OidcError::Invalid("the issuer has no such key")),
        }
    }
}
