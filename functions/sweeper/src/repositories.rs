//! The round through the mapped repositories, in which each is asked what was written there.
//!
//! Owns whose turn it is: the list is gone through in parts, and each part is taken before it is looked at, so that no
//! repository can keep the ones behind it waiting. Never looks into a repository.

use std::time::Duration;

use aws::{MappingPage, StoreError};
use futures::{FutureExt as _, StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::comments;
use crate::error::Undone;
use crate::state::State;

const CURSOR: &str = "repositories";
const EVERY: SignedDuration = SignedDuration::from_mins(5);
/// A sweep takes this many parts of the list …
const PARTS: usize = 5;
/// … each of so many repositories.
const REPOSITORIES: u32 = 10;
/// No part is taken after this time: a sweep has a minute.
const LOOKING_TIME: Duration = Duration::from_secs(20);
const AT_ONCE: usize = 4;

/// How far the round has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// When the round that is on its way began, or else the last one.
    round_at: Option<Timestamp>,
    /// The list's own cursor; `None` at its beginning.
    after: Option<String>,
}

impl Place {
    /// A round that was cut short goes on with the next sweep.
    fn is_due(&self, now: Timestamp) -> bool {
        self.after.is_some() || self.round_at.is_none_or(|round_at| round_at + EVERY <= now)
    }

    /// A part of the list is taken. Rounds begin five minutes apart, however many sweeps each takes.
    fn move_to(&mut self, next: Option<String>, now: Timestamp) {
        if self.after.is_none() {
            self.round_at = Some(now);
        }
        self.after = next;
    }
}

/// Asks up to fifty repositories, and counts the commands that were found and queued.
#[failpoint::everywhere]
pub(crate) async fn look_round(state: &State, now: Timestamp, found: &mut usize) -> Result<(), Undone> {
    let mut cursor = state.cursors.read::<Place>(CURSOR).await?;
    if !cursor.place.is_due(now) {
        return Ok(());
    }
    let began = Instant::now();
    let mut failed = 0;
    for _ in 0..PARTS {
        let part = part_after(state, cursor.place.after.as_deref()).await?;
        cursor.place.move_to(part.next, now);
        if !state.cursors.write(&mut cursor, now).await? {
            tracing::info!("another sweeper asks the repositories");
            break;
        }
        let looks = part.entries.into_iter().map(|mapping| comments::look(state, mapping, now).boxed());
        let mut looks = stream::iter(looks).buffer_unordered(AT_ONCE);
        while let Some(look) = looks.next().await {
            *found += look.found;
            failed += usize::from(look.has_failed);
        }
        if cursor.place.after.is_none() || began.elapsed() > LOOKING_TIME {
            break;
        }
    }
    if failed == 0 { Ok(()) } else { Err(Undone::Repositories(failed)) }
}

#[failpoint::everywhere]
async fn part_after(state: &State, after: Option<&str>) -> Result<MappingPage, StoreError> {
    match state.mappings.list(REPOSITORIES, after).await {
        Err(StoreError::ForeignCursor) => state.mappings.list(REPOSITORIES, None).await,
        listed => listed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + minute * 60).expect("a time in range")
    }

    #[test]
    fn a_round_that_was_cut_short_goes_on_in_the_next_minute_and_the_next_one_comes_in_time() {
        let mut place = Place::default();
        assert!(place.is_due(at(0)));
        place.move_to(Some("m".into()), at(0));
        assert!(place.is_due(at(1)));
        place.move_to(None, at(1));
        assert!(!place.is_due(at(4)) && place.is_due(at(5)));
    }
}
