//! What GitHub's limits leave us, for everybody who works through one installation.
//!
//! Owns how long a limit is obeyed, and which words are worth their price when there are few left. Never counts and
//! never waits: the counts are the store's, the waits the queue's.
//! <https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api>

use std::time::Duration;

use jiff::Timestamp;

/// The shortest wait where GitHub doesn't name one; each further limit in a row doubles it.
const FIRST_WAIT: Duration = Duration::from_mins(1);
/// No wait of our own choosing is longer.
const LONGEST_WAIT: Duration = Duration::from_mins(16);
/// Limits that are further apart than this have nothing to do with each other.
const IN_A_ROW_WITHIN: Duration = Duration::from_mins(15);

/// What GitHub lets an App create in a minute …
const CONTENT_PER_MINUTE: u32 = 80;
/// … and in an hour.
const CONTENT_PER_HOUR: u32 = 500;

/// A limit that an installation has met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimit {
    /// No call is made before.
    pub until: Timestamp,
    /// How many limits there were in a row.
    pub strikes: u32,
}

impl RateLimit {
    /// The limit after GitHub has refused a call: as long as it asked for, else a minute, and longer each time in a row.
    /// An earlier limit that lasts longer goes on.
    #[must_use]
    pub fn after(previous: Option<Self>, asked: Option<Duration>, now: Timestamp) -> Self {
        let in_a_row = previous.filter(|previous| later(previous.until, IN_A_ROW_WITHIN) > now);
        let strikes = in_a_row.map_or(0, |previous| previous.strikes) + 1;
        let own = FIRST_WAIT.saturating_mul(1 << (strikes - 1).min(8)).min(LONGEST_WAIT);
        let until = later(now, asked.unwrap_or(own));
        Self { until: in_a_row.map_or(until, |previous| previous.until.max(until)), strikes }
    }

    /// How long it still lasts; `None` when it is over.
    #[must_use]
    pub fn remaining(self, now: Timestamp) -> Option<Duration> {
        Duration::try_from(self.until.duration_since(now)).ok().filter(|remaining| !remaining.is_zero())
    }
}

/// Something that we would write at GitHub.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// A reaction: nice to have.
    Reaction,
    /// An edit to a state that another one will follow: the next edit shows it all the same.
    PassingEdit,
    /// What somebody waits for: a first answer, or how it ended.
    Answer,
}

/// How many words there may be in a minute and in an hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// In a minute.
    pub per_minute: u32,
    /// In an hour.
    pub per_hour: u32,
}

impl Content {
    /// So many words there may have been, and one of this kind is still said: reactions stop at half of what GitHub
    /// allows, passing edits at three quarters, so that answers always have room.
    #[must_use]
    pub const fn allowance(self) -> Allowance {
        let quarters = match self {
            Self::Reaction => 2,
            Self::PassingEdit => 3,
            Self::Answer => 4,
        };
        Allowance { per_minute: CONTENT_PER_MINUTE * quarters / 4, per_hour: CONTENT_PER_HOUR * quarters / 4 }
    }
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).expect("a time in range")
    }

    #[test]
    fn what_github_asks_for_is_obeyed_to_the_second() {
        let limit = RateLimit::after(None, Some(Duration::from_secs(7)), at(0));
        assert_eq!((limit.remaining(at(0)), limit.remaining(at(7))), (Some(Duration::from_secs(7)), None));
    }

    #[test]
    fn without_a_word_the_wait_is_a_minute_and_grows() {
        let mut limit = None;
        let mut waits = Vec::new();
        let mut now = at(0);
        for _ in 0..6 {
            let next = RateLimit::after(limit, None, now);
            waits.push(next.until.duration_since(now).as_mins());
            now = next.until;
            limit = Some(next);
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 16]);
    }

    #[test]
    fn a_quiet_while_ends_the_row() {
        let first = RateLimit::after(None, None, at(0));
        let later = RateLimit::after(Some(first), None, first.until + IN_A_ROW_WITHIN);
        assert_eq!(later.strikes, 1);
    }

    #[test]
    fn a_longer_limit_is_never_shortened() {
        let hour = RateLimit::after(None, Some(Duration::from_hours(1)), at(0));
        let next = RateLimit::after(Some(hour), Some(Duration::from_secs(5)), at(1));
        assert_eq!(next.until, hour.until);
    }

    #[test]
    fn reactions_stop_first_and_answers_last() {
        let allowances = [Content::Reaction, Content::PassingEdit, Content::Answer].map(Content::allowance);
        assert_eq!(allowances.map(|it| (it.per_minute, it.per_hour)), [(40, 250), (60, 375), (80, 500)]);
    }
}
