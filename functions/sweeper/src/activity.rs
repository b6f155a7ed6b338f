//! What the last days came to: each is counted anew from the index of all claims by time.
//!
//! Owns which days are counted when. A tally is written whole in place of an earlier one, so that counting twice changes
//! nothing, and a day that could not be counted is counted later. What counts as what is the domain's.

use aws::KeptTally;
use domain::activity::Tally;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};
use serde::{Deserialize, Serialize};

use crate::error::Undone;
use crate::state::State;

const CURSOR: &str = "activity";
const EVERY: SignedDuration = SignedDuration::from_mins(5);
/// A run may end, or be run again, days after it was asked for: so many days are counted again, one with each present one.
const DAYS_BACK: u8 = 7;

/// How far the counting has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Place {
    /// When the present day was counted last.
    counted_at: Option<Timestamp>,
    /// Which earlier day was counted with it, in days before it.
    back: u8,
}

impl Place {
    fn is_due(&self, now: Timestamp) -> bool {
        self.counted_at.is_none_or(|counted_at| counted_at + EVERY <= now)
    }

    /// The days that are counted now, in days before the present one, the earlier ones from yesterday on: after midnight that
    /// one was not counted to its end.
    fn days(&self, now: Timestamp) -> Vec<u8> {
        match self.counted_at {
            None => (0..=DAYS_BACK).collect(),
            Some(counted_at) if day_of(counted_at) == day_of(now) => vec![0, self.back % DAYS_BACK + 1],
            Some(_) => vec![0, 1],
        }
    }
}

/// Counts the present day and an earlier one.
#[failpoint::everywhere]
pub(crate) async fn count(state: &State, now: Timestamp) -> Result<(), Undone> {
    let mut cursor = state.cursors.read::<Place>(CURSOR).await?;
    if !cursor.place.is_due(now) {
        return Ok(());
    }
    let days = cursor.place.days(now);
    for back in &days {
        count_day(state, day_of(now).saturating_sub(i32::from(*back).days()), now).await?;
    }
    cursor.place = Place { counted_at: Some(now), back: days.last().copied().unwrap_or_default() };
    if !state.cursors.write(&mut cursor, now).await? {
        tracing::info!("another sweeper counted the days meanwhile");
    }
    Ok(())
}

#[failpoint::everywhere]
async fn count_day(state: &State, day: Date, now: Timestamp) -> Result<(), Undone> {
    let tally = Tally::of(state.dispatches.requests_of(day).await?);
    if !state.dispatches.keep_tally(&KeptTally { day, tally, counted_at: now }).await? {
        tracing::info!(%day, "another sweeper has counted this day since");
    }
    Ok(())
}

fn day_of(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("a time")
    }

    #[test]
    fn the_present_day_is_counted_every_five_minutes_and_each_earlier_one_in_its_turn() {
        let mut now = at("2026-11-02T10:00:00Z");
        let mut place = Place::default();
        assert_eq!((place.is_due(now), place.days(now)), (true, vec![0, 1, 2, 3, 4, 5, 6, 7]));
        let mut earlier = Vec::new();
        for _ in 0..8 {
            let back = place.days(now).last().copied().expect("a day");
            earlier.push(back);
            place = Place { counted_at: Some(now), back };
            assert!(!place.is_due(now + SignedDuration::from_secs(299)));
            now += EVERY;
            assert!(place.is_due(now));
        }
        assert_eq!(earlier, [7, 1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn a_day_that_has_just_ended_is_counted_first() {
        let place = Place { counted_at: Some(at("2026-11-02T23:58:00Z")), back: 4 };
        assert_eq!(place.days(at("2026-11-03T00:03:00Z")), [0, 1]);
    }
}
