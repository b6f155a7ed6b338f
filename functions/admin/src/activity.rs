//! The activity of the last days: what was asked for, what came of it, and how long it took to the dispatch.
//!
//! Owns which days are shown, and the figures that are read from a tally. Counts nothing: the sweeper does, and the present day
//! is as it was counted last.

use aws::KeptTally;
use axum::Json;
use axum::extract;
use domain::activity::{Runs, Tally};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use records::store_failed;
use serde::{Deserialize, Serialize};
use web::{ApiError, Problem, QueryParameters};

use crate::caller::SignedIn;
use crate::state::State;

/// So many days, if nobody says how many.
pub(crate) const DAYS: u16 = 30;
const FEWEST_DAYS: u16 = 7;
const MOST_DAYS: u16 = 90;

/// What the last days came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Activity {
    /// The last of them: the present one, in UTC.
    pub(crate) to: Date,
    /// When the present day was counted last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) counted_at: Option<Timestamp>,
    /// Each day, the oldest first, those without anything too.
    pub(crate) days: Vec<ActivityDay>,
    /// All of them together.
    pub(crate) total: Figures,
}

/// What one day came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct ActivityDay {
    /// The day, in UTC, on which it was asked for.
    pub(crate) date: Date,
    #[serde(flatten)]
    pub(crate) figures: Figures,
}

/// What is read from a tally.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// So many requests for a run, by what became of them.
    pub(crate) runs: Runs,
    /// All of these.
    pub(crate) asked: u32,
    /// From 0 to 1, of the runs that came to an end by themselves; `None` without any.
    pub(crate) success_rate: Option<f64>,
    /// So many were dispatched.
    pub(crate) dispatched: u32,
    /// In milliseconds, from the comment to the dispatch; half of the dispatched took no longer. Off by at most 1.6 %.
    pub(crate) median_wait_ms: Option<i64>,
    /// The same of 95 in a hundred.
    pub(crate) p95_wait_ms: Option<i64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ActivityQuery {
    days: Option<u16>,
}

/// `GET /api/activity?days=…`
pub(crate) async fn activity_route(
    _: SignedIn,
    extract::State(state): extract::State<State>,
    QueryParameters(query): QueryParameters<ActivityQuery>,
) -> Result<Json<Activity>, ApiError> {
    activity(&state, query.days.unwrap_or(DAYS)).await.map(Json)
}

/// What so many days came to, the present one included: 7 to 90.
pub(crate) async fn activity(state: &State, days: u16) -> Result<Activity, ApiError> {
    if !(FEWEST_DAYS..=MOST_DAYS).contains(&days) {
        return Err(Problem::bad_field("days", format!("{FEWEST_DAYS} to {MOST_DAYS}")).into());
    }
    let to = state.clock.now().to_zoned(TimeZone::UTC).date();
    let from = to.saturating_sub((i32::from(days) - 1).days());
    let kept = state.dispatches.tallies(from, to).await.map_err(store_failed)?;
    Ok(Activity::of(from, to, &kept))
}

impl Activity {
    fn of(from: Date, to: Date, kept: &[KeptTally]) -> Self {
        let mut total = Tally::default();
        for kept in kept {
            total.take_in(&kept.tally);
        }
        let of_day = |date: Date| kept.iter().find(|kept| kept.day == date);
        let figures =
            |date| of_day(date).map_or_else(|| Figures::of(&Tally::default()), |kept| Figures::of(&kept.tally));
        let days = from.series(1.day()).take_while(|date| *date <= to);
        Self {
            to,
            counted_at: of_day(to).map(|kept| kept.counted_at),
            days: days.map(|date| ActivityDay { date, figures: figures(date) }).collect(),
            total: Figures::of(&total),
        }
    }
}

impl Figures {
    fn of(tally: &Tally) -> Self {
        let wait = |percent| tally.waits.at_percent(percent).and_then(|wait| i64::try_from(wait.as_millis()).ok());
        Self {
            runs: tally.runs,
            asked: tally.runs.total(),
            success_rate: tally.runs.success_rate(),
            dispatched: tally.waits.count(),
            median_wait_ms: wait(50),
            p95_wait_ms: wait(95),
        }
    }
}
