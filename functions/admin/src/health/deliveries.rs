//! GitHub's deliveries that failed and have not been made good.
//!
//! Owns how far the App's list of attempts is read back, that what was read counts when the rest could not be, and that a
//! delivery counts as failed while none of its attempts was taken. Never asks for one again: that is the sweeper's.

use std::collections::HashMap;
use std::time::Duration;

use github::DeliverySummary;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::details::{late, unread};
use crate::state::State;

/// GitHub keeps deliveries for so long.
const KEPT_BY_GITHUB: SignedDuration = SignedDuration::from_hours(72);
/// So many pages of a hundred attempts are read, the newest first.
const PAGES: usize = 5;
/// So many are shown, those that failed last.
const SHOWN: usize = 50;

/// What never arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailedDeliveries {
    /// How many there are, as far as the list was read.
    pub(crate) count: usize,
    /// The newest of them.
    pub(crate) newest: Vec<FailedDelivery>,
    /// How far the list was read back.
    pub(crate) since: Timestamp,
}

/// A delivery that never arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct FailedDelivery {
    /// The same for every attempt at it.
    pub(crate) guid: String,
    /// The event's name.
    pub(crate) event: String,
    /// What the last attempt was answered with, or what GitHub noted where nothing was.
    pub(crate) status: u16,
    /// When the last attempt was made.
    pub(crate) failed_at: Timestamp,
    pub(crate) attempts: u32,
}

/// What was read of the list so far, the newest first.
#[derive(Default)]
struct Read {
    attempts: Vec<DeliverySummary>,
    /// Whether it goes back as far as it should.
    is_whole: bool,
}

/// Reads the list for so long only, and tells what failed. Why nobody knows, where nothing was read.
pub(super) async fn failed(state: &State, now: Timestamp, limit: Duration) -> Result<FailedDeliveries, String> {
    let begin = now - KEPT_BY_GITHUB;
    let mut read = Read::default();
    let outcome = tokio::time::timeout(limit, Box::pin(read.back_to(begin, state))).await;
    if let Err(unknown) = outcome.unwrap_or_else(|_| Err(late()))
        && read.attempts.is_empty()
    {
        return Err(unknown);
    }
    let Read { mut attempts, is_whole } = read;
    let last_read = attempts.last().map(|last| last.delivered_at);
    let since = last_read.filter(|_| !is_whole).map_or(begin, |last| last.max(begin));
    attempts.retain(|attempt| attempt.delivered_at >= since);
    Ok(of_attempts(&attempts, since))
}

impl Read {
    /// Keeps each page as it comes: whoever stops waiting has those.
    async fn back_to(&mut self, begin: Timestamp, state: &State) -> Result<(), String> {
        let github = state.github.client().await.map_err(unread)?;
        let mut cursor = None;
        for _ in 0..PAGES {
            let page = github.deliveries(cursor.as_deref()).await.map_err(unread)?;
            self.attempts.extend(page.deliveries);
            cursor = page.next;
            if cursor.is_none() || self.attempts.last().is_some_and(|last| last.delivered_at < begin) {
                self.is_whole = true;
                break;
            }
        }
        Ok(())
    }
}

/// What failed among these attempts, which begin with the newest.
fn of_attempts(attempts: &[DeliverySummary], since: Timestamp) -> FailedDeliveries {
    let mut by_guid: HashMap<&str, Vec<&DeliverySummary>> = HashMap::new();
    for attempt in attempts {
        by_guid.entry(&attempt.guid).or_default().push(attempt);
    }
    by_guid.retain(|_, attempts| !attempts.iter().any(|attempt| attempt.is_ok()));
    let mut failed: Vec<FailedDelivery> = by_guid.into_values().filter_map(|attempts| failure(&attempts)).collect();
    failed.sort_by(|one, other| (other.failed_at, &other.guid).cmp(&(one.failed_at, &one.guid)));
    let count = failed.len();
    failed.truncate(SHOWN);
    FailedDeliveries { count, newest: failed, since }
}

fn failure(attempts: &[&DeliverySummary]) -> Option<FailedDelivery> {
    let last = attempts.iter().max_by_key(|attempt| attempt.delivered_at)?;
    Some(FailedDelivery {
        guid: last.guid.clone(),
        event: last.event.clone(),
        status: last.status_code,
        failed_at: last.delivered_at,
        attempts: u32::try_from(attempts.len()).unwrap_or(u32::MAX),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time")
    }

    fn attempt(guid: &str, second: i64, status_code: u16) -> DeliverySummary {
        let (guid, event) = (guid.to_owned(), "issue_comment".to_owned());
        DeliverySummary {
            id: second.unsigned_abs(),
            guid,
            delivered_at: at(second),
            event,
            status_code,
            redelivery: false,
            repository_id: None,
        }
    }

    #[test]
    fn what_was_taken_at_any_attempt_has_not_failed() {
        let attempts = [
            attempt("healed", 9, 202),
            attempt("failed", 8, 502),
            attempt("odd", 7, 500),
            attempt("healed", 6, 500),
            attempt("failed", 5, 0),
            attempt("odd", 4, 200),
        ];
        let told = of_attempts(&attempts, at(0));
        let failed = FailedDelivery {
            guid: "failed".into(),
            event: "issue_comment".into(),
            status: 502,
            failed_at: at(8),
            attempts: 2,
        };
        assert_eq!(told, FailedDeliveries { count: 1, newest: vec![failed], since: at(0) });
    }

    #[test]
    fn the_newest_fifty_are_shown_and_all_are_counted() {
        let attempts: Vec<_> = (0..60).rev().map(|second| attempt(&format!("g{second}"), second, 500)).collect();
        let told = of_attempts(&attempts, at(0));
        assert_eq!((told.count, told.newest.len(), told.newest[0].failed_at), (60, 50, at(59)));
    }
}
