//! How long many things took, in so little room that a day of them is one small record and days can be put together.
//!
//! Owns the histogram: a wait under 32 ms has a bucket of its own, and each doubling above that has 32 buckets of equal
//! width. What is read from a bucket is its middle, so it is off by at most 1/64 (1.6 %) of the wait itself.

use std::collections::BTreeMap;

use jiff::SignedDuration;
use serde::{Deserialize, Serialize};

/// Buckets in each doubling, as a power of two.
const BITS: u32 = 5;
const BUCKETS: u64 = 1 << BITS;

/// Waits by their buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Waits(BTreeMap<u16, u32>);

impl Waits {
    /// One more. The clocks of those who saw its beginning and its end may differ: none is shorter than nothing.
    pub fn add(&mut self, wait: SignedDuration) {
        let milliseconds = u64::try_from(wait.as_millis()).unwrap_or(0);
        *self.0.entry(bucket(milliseconds)).or_default() += 1;
    }

    /// How many.
    #[must_use]
    pub fn count(&self) -> u32 {
        self.0.values().sum()
    }

    /// The wait that so many of a hundred don't exceed (nearest rank), as exactly as buckets are; `None` without any.
    #[must_use]
    pub fn at_percent(&self, percent: u32) -> Option<SignedDuration> {
        let rank = (u64::from(self.count()) * u64::from(percent)).div_ceil(100).max(1);
        let mut seen = 0;
        let found = self.0.iter().find(|(_, count)| {
            seen += u64::from(**count);
            seen >= rank
        });
        let (bucket, _) = found?;
        Some(SignedDuration::from_millis(middle_of(*bucket)))
    }

    pub(super) fn take_in(&mut self, other: &Self) {
        for (bucket, count) in &other.0 {
            *self.0.entry(*bucket).or_default() += count;
        }
    }
}

fn bucket(milliseconds: u64) -> u16 {
    let Some(doublings) = milliseconds.checked_ilog2().and_then(|log| log.checked_sub(BITS)) else {
        return u16::try_from(milliseconds).expect("less than the first doubling");
    };
    let within = (milliseconds >> doublings) - BUCKETS;
    u16::try_from(BUCKETS + u64::from(doublings) * BUCKETS + within).expect("59 doublings of 32")
}

fn middle_of(bucket: u16) -> i64 {
    let (bucket, buckets) = (i64::from(bucket), 1_i64 << BITS);
    if bucket < buckets {
        return bucket;
    }
    let (doublings, within) = (bucket / buckets - 1, bucket % buckets);
    // A record may have been written by hand.
    let doublings = doublings.min(50);
    ((buckets + within) << doublings) + (1 << doublings) / 2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waits(milliseconds: impl IntoIterator<Item = i64>) -> Waits {
        let mut waits = Waits::default();
        milliseconds.into_iter().for_each(|wait| waits.add(SignedDuration::from_millis(wait)));
        waits
    }

    fn at_percent(waits: &Waits, percent: u32) -> i64 {
        waits.at_percent(percent).expect("there are some").as_millis().try_into().expect("a short time")
    }

    #[test]
    fn what_is_read_is_off_by_at_most_a_sixty_fourth() {
        for wait in (0..100_000).chain([3_599_999, 21_600_000, 86_400_000, i64::from(u32::MAX), 1 << 50]) {
            let read = at_percent(&waits([wait]), 50);
            assert!((read - wait).abs() * 64 <= wait, "{wait} is read as {read}");
        }
    }

    #[test]
    fn a_longer_wait_is_in_no_earlier_bucket() {
        let buckets: Vec<u16> = (0..100_000).map(bucket).collect();
        assert!(buckets.is_sorted());
        assert!(bucket(u64::MAX) > bucket(u64::MAX / 2));
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let hundred = waits(1..=31);
        assert_eq!((at_percent(&hundred, 50), at_percent(&hundred, 95), at_percent(&hundred, 100)), (16, 30, 31));
        assert_eq!((at_percent(&waits([7]), 0), at_percent(&waits([7]), 95)), (7, 7));
        assert_eq!(at_percent(&waits([1, 2]), 50), 1);
        assert_eq!(Waits::default().at_percent(50), None);
    }

    #[test]
    fn a_clock_that_is_ahead_makes_no_negative_wait() {
        assert_eq!(at_percent(&waits([-5_000]), 50), 0);
    }
}
