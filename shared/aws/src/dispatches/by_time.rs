//! All claims by time: the newest, whatever repository they are of, and those of one day.
//!
//! Owns the walk from month to month, and how far one request looks for the claims of one state. Never writes.

use std::collections::HashMap;

use aws_sdk_dynamodb::operation::query::builders::QueryFluentBuilder;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::activity::{Entry, Fate};
use domain::claim::{Claim, ClaimId};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

use super::claim_item::{A_RUN, month_of};
use super::cursor::TimePlace;
use super::listing::{MAX_LIMIT, id_of};
use super::{Dispatches, ListedClaims, claim_partition};
use crate::error::StoreError;
use crate::table::{ASKED_AT, ASKS_FOR, BY_TIME, DISPATCHED_AT, PARTITION_KEY, STATE_NAME, TIME_KEY, string};

type Item = HashMap<String, AttributeValue>;

/// How many entries of the index are read at a time for the claims of one state: few where many are of it, and altogether no
/// more than one answer may take.
const STEPS: [i32; 3] = [100, 400, 1_500];
/// A claim is kept for three months after it last moved, and few move for longer than some weeks.
const MONTHS_BACK: i32 = 6;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// Where a walk from the newest claim to the oldest has come to.
struct Walk {
    /// The month that it is in, by its first day.
    month: Date,
    /// Where it ends.
    oldest: Date,
    /// The claim of that month that it is behind; without one, it is at the month's end.
    behind: Option<ClaimId>,
}

impl Dispatches {
    /// All claims, whether they are over or not, the newest first: at most `limit` (1 to 100), from behind the ones that led
    /// to the cursor `after`. With a state's name, only the claims of that state: the list is read on for them, but no
    /// further than two thousand claims, so a page may be shorter, or empty, while the list goes on. One that can't be read is
    /// shown by the state that it was last known in. A move of a moment ago may not show yet.
    /// [`StoreError::ForeignCursor`] when the cursor isn't one of this list's.
    pub async fn all_by_time(
        &self,
        now: Timestamp,
        state: Option<&str>,
        limit: u32,
        after: Option<&str>,
    ) -> Result<ListedClaims, StoreError> {
        let shown = limit.clamp(1, MAX_LIMIT) as usize;
        let mut walk = Walk::begin(now, after.map(TimePlace::of_cursor).transpose()?);
        let mut ids = Vec::new();
        let mut steps = STEPS.into_iter();
        while ids.len() <= shown && !walk.is_over() {
            let missing = i32::try_from(shown + 1 - ids.len()).expect("at most 101");
            let step = if state.is_some() { steps.next() } else { Some(missing) };
            let Some(step) = step else { break };
            ids.extend(self.walked(&mut walk, state, step).await?);
        }
        let mut next = walk.place();
        if ids.len() > shown {
            ids.truncate(shown);
            next = ids.last().copied().map(TimePlace);
        }
        let is_shown = |claim: &Claim| state.is_none_or(|state| claim.state.name() == state);
        Ok(ListedClaims { claims: self.listed(ids, is_shown).await?, next: next.map(TimePlace::cursor) })
    }

    /// Goes so many entries further.
    async fn walked(&self, walk: &mut Walk, state: Option<&str>, step: i32) -> Result<Vec<ClaimId>, StoreError> {
        let (mut left, mut ids) = (step, Vec::new());
        while left > 0 && !walk.is_over() {
            let month = string(month_of(begin_of(walk.month)));
            let query =
                self.by_time().key_condition_expression("#month = :month").scan_index_forward(false).limit(left);
            let query =
                query.expression_attribute_names("#month", TIME_KEY).expression_attribute_values(":month", month);
            let query = query.set_exclusive_start_key(walk.behind.map(|claim| TimePlace(claim).key()));
            let answer = in_state(query, state).send().await.map_err(StoreError::unavailable("list claims by time"))?;
            left -= answer.scanned_count();
            ids.extend(answer.items().iter().filter_map(id_of));
            walk.go_on(answer.last_evaluated_key().and_then(id_of));
        }
        Ok(ids)
    }

    /// The requests for a run that were taken on a day of UTC, as a tally counts them.
    pub async fn requests_of(&self, day: Date) -> Result<Vec<Entry>, StoreError> {
        let begin = begin_of(day);
        let [first, _] = ClaimId::ends_of(begin);
        let [_, last] = ClaimId::ends_of(begin + DAY - SignedDuration::from_millis(1));
        let items = self
            .by_time()
            .key_condition_expression("#month = :month AND #id BETWEEN :first AND :last")
            .filter_expression("#asks = :run")
            .expression_attribute_names("#month", TIME_KEY)
            .expression_attribute_names("#id", PARTITION_KEY)
            .expression_attribute_names("#asks", ASKS_FOR)
            .expression_attribute_values(":month", string(month_of(begin)))
            .expression_attribute_values(":first", string(claim_partition(first)))
            .expression_attribute_values(":last", string(claim_partition(last)))
            .expression_attribute_values(":run", string(A_RUN))
            .into_paginator()
            .items()
            .send()
            .collect::<Result<Vec<_>, _>>()
            .await
            .map_err(StoreError::unavailable("read a day's claims"))?;
        Ok(items.iter().filter_map(entry).collect())
    }

    fn by_time(&self) -> QueryFluentBuilder {
        self.client.query().table_name(&self.table).index_name(BY_TIME)
    }
}

impl Walk {
    /// From a place on, or from the present month; back to the oldest that may hold something.
    fn begin(now: Timestamp, behind: Option<TimePlace>) -> Self {
        let month = |time: Timestamp| time.to_zoned(TimeZone::UTC).date().first_of_month();
        Self {
            month: month(behind.map_or(now, |place| place.0.drawn_at())),
            oldest: month(now).saturating_sub(MONTHS_BACK.months()),
            behind: behind.map(|place| place.0),
        }
    }

    fn is_over(&self) -> bool {
        self.month < self.oldest
    }

    /// To where an answer ended; into the month before, where it ended with its month.
    fn go_on(&mut self, last: Option<ClaimId>) {
        self.behind = last;
        if last.is_none() {
            self.month = self.month.saturating_sub(1.month());
        }
    }

    /// Where it goes on, if it does.
    fn place(&self) -> Option<TimePlace> {
        let end_of_month = || ClaimId::ends_of(begin_of(self.month.saturating_add(1.month())))[0];
        (!self.is_over()).then(|| TimePlace(self.behind.unwrap_or_else(end_of_month)))
    }
}

fn in_state(query: QueryFluentBuilder, state: Option<&str>) -> QueryFluentBuilder {
    match state {
        Some(state) => query
            .filter_expression("#state = :state")
            .expression_attribute_names("#state", STATE_NAME)
            .expression_attribute_values(":state", string(state)),
        None => query,
    }
}

/// What the index holds of a request; `None` for a state of another release.
fn entry(item: &Item) -> Option<Entry> {
    let text = |name: &str| item.get(name).and_then(|value| value.as_s().ok()).map(String::as_str);
    Some(Entry {
        fate: Fate::of_state(text(STATE_NAME)?)?,
        asked_at: text(ASKED_AT)?.parse().ok()?,
        dispatched_at: text(DISPATCHED_AT).and_then(|at| at.parse().ok()),
    })
}

/// Its first moment, in UTC.
fn begin_of(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |begin| begin.timestamp())
}
