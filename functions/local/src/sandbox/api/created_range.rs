//! GitHub's search syntax for dates, as the `created` parameter of run lists takes it.
//! <https://docs.github.com/en/search-github/getting-started-with-searching-on-github/understanding-the-search-syntax#query-for-dates>

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::sandbox::github_error::GithubError;

/// Seconds of a day's last instant, after its first.
const LAST_SECOND_OF_DAY: i64 = 86_399;

/// A range of times, both ends included.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct CreatedRange {
    from: Timestamp,
    to: Timestamp,
}

impl CreatedRange {
    /// Reads `>=X`, `>X`, `<=X`, `<X`, `X..Y`, `*..Y`, `X..*` and `X`, with dates or times.
    ///
    /// # Errors
    /// 422 for anything else.
    pub(super) fn parse(text: &str) -> Result<Self, GithubError> {
        Self::read(text).ok_or_else(|| GithubError::invalid_field("WorkflowRun", "created", "invalid"))
    }

    /// Whether a time lies in the range.
    pub(super) fn contains(&self, time: Timestamp) -> bool {
        self.from <= time && time <= self.to
    }

    fn read(text: &str) -> Option<Self> {
        if let Some((from, to)) = text.split_once("..") {
            let from = if from == "*" { Timestamp::MIN } else { Instant::read(from)?.first };
            let to = if to == "*" { Timestamp::MAX } else { Instant::read(to)?.last };
            return Some(Self { from, to });
        }
        let bound_at = text.find(|first: char| first.is_ascii_digit())?;
        let (comparison, bound) = text.split_at(bound_at);
        let Instant { first, last } = Instant::read(bound)?;
        let (from, to) = match comparison {
            "" => (first, last),
            ">=" => (first, Timestamp::MAX),
            ">" => (shifted(last, 1)?, Timestamp::MAX),
            "<=" => (Timestamp::MIN, last),
            "<" => (Timestamp::MIN, shifted(first, -1)?),
            _ => return None,
        };
        Some(Self { from, to })
    }
}

/// A written time: a second, or a whole day.
struct Instant {
    first: Timestamp,
    last: Timestamp,
}

impl Instant {
    fn read(text: &str) -> Option<Self> {
        if let Ok(time) = text.parse::<Timestamp>() {
            return Some(Self { first: time, last: time });
        }
        let day = text.parse::<Date>().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        Some(Self { first: day, last: shifted(day, LAST_SECOND_OF_DAY)? })
    }
}

/// Runs carry whole seconds, so the next time is a second away.
fn shifted(time: Timestamp, seconds: i64) -> Option<Timestamp> {
    Timestamp::from_second(time.as_second() + seconds).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_the_syntax_bounds_the_time() {
        let noon: Timestamp = "2026-03-04T12:00:00Z".parse().unwrap();
        let check = |text: &str, expected: bool| {
            assert_eq!(CreatedRange::parse(text).unwrap().contains(noon), expected, "{text}");
        };
        check(">=2026-03-04T12:00:00Z", true);
        check(">2026-03-04T12:00:00Z", false);
        check("<=2026-03-04T12:00:00+00:00", true);
        check("<2026-03-04", false);
        check(">2026-03-03", true);
        check("2026-03-04", true);
        check("2026-03-01..2026-03-04", true);
        check("*..2026-03-03", false);
        check("2026-03-05..*", false);
        assert!(CreatedRange::parse("yesterday").is_err());
    }
}
