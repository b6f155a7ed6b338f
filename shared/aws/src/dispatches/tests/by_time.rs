//! All claims by time, page by page, and what a day's requests came to.

use aws_sdk_dynamodb::types::{PutRequest, WriteRequest};
use domain::activity::{Entry, Fate, Runs, Tally};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use super::repository::{ids, over};
use super::*;
use crate::dispatches::KeptTally;
use crate::table::{STATE_NAME, TIME_KEY};

/// Two minutes before a month ends.
const LATE: &str = "2026-10-31T23:58:00Z";
/// Some days into the next one.
const NOW: &str = "2026-11-03T12:00:00Z";

fn time(text: &str) -> Timestamp {
    text.parse().expect("a time")
}

fn date(text: &str) -> Date {
    text.parse().expect("a date")
}

/// A claim of a pull request of its own, drawn at a time.
fn drawn(at: Timestamp, number: u64) -> Claim {
    let id = ClaimId::from_parts(at.as_millisecond().unsigned_abs(), number.into());
    let mut claim = Claim { id, ..claim(1, number, 900 + number) };
    (claim.created_at, claim.updated_at) = (at, at);
    claim
}

/// So many claims, a minute apart, the oldest first: the fourth is the first of another month.
async fn many(table: &Dispatches, count: u64) -> Vec<Claim> {
    let mut claims = Vec::new();
    for number in 1..=count {
        let at = time(LATE) + SignedDuration::from_secs(50 * i64::try_from(number).expect("few"));
        claims.push(taken(table, drawn(at, number)).await);
    }
    claims
}

/// What the index shows of other claims, whose records nobody reads.
async fn indexed(table: &Dispatches, claims: &[ClaimId], state: &str) {
    let put = |claim: &ClaimId| {
        let keys = [(PARTITION_KEY, claim_partition(*claim)), (SORT_KEY, META.to_owned())];
        let of_index = [(TIME_KEY, claim_item::month_of(claim.drawn_at())), (STATE_NAME, state.to_owned())];
        let item = keys.into_iter().chain(of_index).map(|(name, text)| (name.to_owned(), string(text))).collect();
        let put = PutRequest::builder().set_item(Some(item)).build().expect("an item");
        WriteRequest::builder().put_request(put).build()
    };
    let puts = claims.iter().map(put).collect();
    table.client.batch_write_item().request_items(&table.table, puts).send().await.expect("a working table");
}

async fn page(table: &Dispatches, state: Option<&str>, limit: u32, after: Option<&str>) -> ListedClaims {
    table.all_by_time(time(NOW), state, limit, after).await.expect("a working table")
}

async fn pages(table: &Dispatches, state: Option<&str>, limit: u32) -> Vec<Vec<ClaimId>> {
    let (mut pages, mut cursor) = (Vec::new(), None);
    loop {
        let page = page(table, state, limit, cursor.as_deref()).await;
        pages.push(ids(&page));
        cursor = page.next;
        if cursor.is_none() {
            return pages;
        }
    }
}

#[tokio::test]
async fn all_claims_are_listed_the_newest_first_over_the_end_of_a_month() {
    let table = table().await;
    let claims: Vec<ClaimId> = many(&table, 5).await.iter().rev().map(|claim| claim.id).collect();
    assert_eq!(pages(&table, None, 2).await, [&claims[..2], &claims[2..4], &claims[4..]]);
    assert_eq!(pages(&table, None, 5).await, [&claims[..]], "nothing follows the last");
    for limit in 1..=5 {
        assert_eq!(pages(&table, None, limit).await.concat(), claims, "{limit}");
    }
}

#[tokio::test]
async fn a_page_of_a_state_is_filled_with_what_lies_further_back() {
    let table = table().await;
    let claims = many(&table, 6).await;
    for index in [0, 2, 5] {
        over(&table, &claims[index]).await;
    }
    let [first, second, third, fourth, fifth, sixth] = [0, 1, 2, 3, 4, 5].map(|index: usize| claims[index].id);
    assert_eq!(pages(&table, Some("refused"), 2).await, [vec![sixth, third], vec![first]]);
    assert_eq!(pages(&table, Some("received"), 3).await, [[fifth, fourth, second]]);
    assert_eq!(pages(&table, Some("no-state"), 3).await, [[]]);
}

#[tokio::test]
async fn a_search_ends_after_two_thousand_claims_and_goes_on_from_there() {
    let table = table().await;
    let rare = taken(&table, drawn(time(LATE), 1)).await;
    over(&table, &rare).await;
    let begin = time("2026-11-01T00:00:00Z");
    let others: Vec<ClaimId> =
        (1..=2_100).flat_map(|second| ClaimId::ends_of(begin + SignedDuration::from_secs(second))).step_by(2).collect();
    for some in others.chunks(25) {
        indexed(&table, some, "succeeded").await;
    }
    let first = page(&table, Some("refused"), 2, None).await;
    assert_eq!(ids(&first), []);
    let second = page(&table, Some("refused"), 2, first.next.as_deref()).await;
    assert_eq!((ids(&second), second.next), (vec![rare.id], None));
}

#[tokio::test]
async fn a_claim_that_has_left_a_state_is_not_shown_in_it() {
    let table = table().await;
    let claim = many(&table, 1).await.remove(0);
    begun(&table, &claim).await;
    assert_eq!(pages(&table, Some("received"), 5).await, [[]]);
    assert_eq!(pages(&table, Some("dispatching"), 5).await, [[claim.id]]);
}

#[tokio::test]
async fn what_lies_further_back_than_half_a_year_ends_the_list() {
    let table = table().await;
    let (old, older) = (drawn(time("2026-05-01T00:00:00Z"), 1), drawn(time("2026-04-30T23:59:59Z"), 2));
    for claim in [&old, &older] {
        taken(&table, claim.clone()).await;
    }
    assert_eq!(pages(&table, None, 5).await, [[old.id]]);
}

#[tokio::test]
async fn a_cursor_outlives_its_claim_and_is_no_other_lists() {
    let table = table().await;
    let claims = many(&table, 3).await;
    let first = page(&table, None, 2, None).await;
    removed(&table, &claims[1]).await;
    let next = page(&table, None, 2, first.next.as_deref()).await;
    assert_eq!((ids(&next), next.next), (vec![claims[0].id], None));
    let own = first.next.expect("there was another one");
    let foreign = table.of_repository(RepoId::new(7), None, 1, Some(&own)).await;
    assert!(matches!(foreign, Err(StoreError::ForeignCursor)), "{foreign:?}");
    let foreign = table.all_by_time(time(NOW), None, 1, Some("garbage")).await;
    assert!(matches!(foreign, Err(StoreError::ForeignCursor)), "{foreign:?}");
}

#[tokio::test]
async fn a_record_that_can_not_be_read_is_shown_by_the_state_that_was_known() {
    let table = table().await;
    let claims = many(&table, 2).await;
    made_unreadable(&table, &claims[0]).await;
    assert_eq!(pages(&table, Some("received"), 5).await, [[claims[1].id, claims[0].id]]);
    assert_eq!(pages(&table, Some("refused"), 5).await, [[]]);
}

#[tokio::test]
async fn a_repositorys_page_of_a_state_is_filled_and_names_open_claims_by_what_is_left() {
    let table = table().await;
    let claims = many(&table, 5).await;
    for index in [0, 2] {
        over(&table, &claims[index]).await;
    }
    let untold = claims[4].refused("PAUSED", "…".into(), at(9)).expect("from received");
    assert!(table.advance(&claims[4], &untold).await.expect("a working table"));
    let part = async |word, limit, after: Option<&str>| {
        table.of_repository_in(RepoId::new(7), word, limit, after).await.expect("a working table")
    };
    let first = part("refused", 2, None).await;
    assert_eq!(ids(&first), [claims[4].id, claims[2].id]);
    let second = part("refused", 2, first.next.as_deref()).await;
    assert_eq!((ids(&second), second.next), (vec![claims[0].id], None));
    assert_eq!(ids(&part("untold", 2, None).await), [claims[4].id]);
    assert_eq!(ids(&part("started", 2, None).await), []);
}

#[tokio::test]
async fn a_days_requests_are_those_between_its_midnights_with_their_first_dispatch() {
    let table = table().await;
    let day = date("2026-11-02");
    let ends = ["2026-11-02T00:00:00Z", "2026-11-02T23:59:59.999Z"].map(time);
    let outside = ["2026-11-01T23:59:59.999Z", "2026-11-03T00:00:00Z"].map(time);
    for (number, at) in (1..).zip(ends.into_iter().chain(outside)) {
        taken(&table, drawn(at, number)).await;
    }
    let mut words = drawn(time("2026-11-02T10:00:00Z"), 9);
    let Request::Comment(command) = &mut words.request else { panic!("a comment's") };
    command.command = domain::command::Command::parse("/ai-implement status").expect("a command");
    taken(&table, words).await;
    let requests = table.requests_of(day).await.expect("a working table");
    assert_eq!(requests.len(), 2, "words are no request for a run: {requests:?}");
    assert!(requests.iter().all(|it| it.fate == Fate::Open && it.dispatched_at.is_none()));
    assert_eq!(requests[0].asked_at, time("2026-11-01T10:00:00Z"), "the comment's own time");
}

#[tokio::test]
async fn the_first_dispatch_is_remembered_whatever_follows() {
    let table = table().await;
    let claim = many(&table, 1).await.remove(0);
    let intended = begun(&table, &claim).await;
    let dispatched = intended.dispatched(run(31), at(7)).expect("from dispatching");
    assert!(table.advance(&intended, &dispatched).await.expect("a working table"));
    let gone = dispatched.run_is_gone(at(900)).expect("a run was under way");
    assert!(table.advance(&dispatched, &gone).await.expect("a working table"));
    let requests = table.requests_of(date("2026-10-31")).await.expect("a working table");
    let asked_at = time("2026-11-01T10:00:00Z");
    assert_eq!(requests, [Entry { fate: Fate::Unclear, asked_at, dispatched_at: Some(at(7)) }]);
}

fn tally(succeeded: u32) -> Tally {
    Tally { runs: Runs { succeeded, ..Runs::default() }, ..Tally::default() }
}

#[tokio::test]
async fn a_later_count_of_a_day_takes_the_place_of_an_earlier_one_and_never_the_other_way() {
    let table = table().await;
    let day = date("2026-11-02");
    let kept = |succeeded, second| KeptTally { day, tally: tally(succeeded), counted_at: at(second) };
    for (count, is_written) in [(kept(1, 10), true), (kept(2, 20), true), (kept(3, 15), false), (kept(2, 20), true)] {
        assert_eq!(table.keep_tally(&count).await.expect("a working table"), is_written, "{count:?}");
    }
    assert_eq!(table.tallies(day, day).await.expect("a working table"), [kept(2, 20)]);
}

#[tokio::test]
async fn the_tallies_of_some_days_are_theirs_alone_the_oldest_first() {
    let table = table().await;
    let days = ["2026-10-30", "2026-10-31", "2026-11-01", "2026-11-02"].map(date);
    for (succeeded, day) in [(4, days[3]), (3, days[2]), (2, days[1]), (1, days[0])] {
        let kept = KeptTally { day, tally: tally(succeeded), counted_at: at(0) };
        assert!(table.keep_tally(&kept).await.expect("a working table"));
    }
    let read = table.tallies(days[1], days[2]).await.expect("a working table");
    assert_eq!(
        read.iter().map(|kept| (kept.day, kept.tally.runs.succeeded)).collect::<Vec<_>>(),
        [(days[1], 2), (days[2], 3)]
    );
}
