//! Lists of attempts, and what the record makes of them. The list is GitHub's: newest first, in pages.

use proptest::prelude::*;

use super::*;

fn at(minute: i64) -> Timestamp {
    Timestamp::from_second(1_800_000_000 + minute * 60).expect("a time in range")
}

fn attempt(id: u64, guid: &str, minute: i64, status_code: u16) -> DeliverySummary {
    let event = "issue_comment".to_owned();
    let delivered_at = at(minute);
    DeliverySummary {
        id,
        guid: guid.to_owned(),
        delivered_at,
        event,
        status_code,
        redelivery: false,
        repository_id: None,
    }
}

fn again(attempt: DeliverySummary) -> DeliverySummary {
    DeliverySummary { redelivery: true, ..attempt }
}

/// The page of a list at a place, as GitHub would show it; `list` is oldest first.
fn page(list: &[DeliverySummary], next: Option<&str>, size: usize) -> DeliveryPage {
    let before: u64 = next.map_or(u64::MAX, |next| next.parse().expect("a place of this list's"));
    let older: Vec<_> = list.iter().rev().filter(|attempt| attempt.id < before).cloned().collect();
    let deliveries: Vec<_> = older.iter().take(size).cloned().collect();
    let next = deliveries.last().filter(|_| older.len() > size).map(|last| last.id.to_string());
    DeliveryPage { deliveries, next }
}

/// One round of at most so many pages; whether its look came to its end.
fn round(record: &mut Record, list: &[DeliverySummary], now: Timestamp, pages: usize, size: usize) -> bool {
    record.begin_look(now);
    let is_done = (0..pages).any(|_| record.look_at(&page(list, record.next_page(), size), now));
    record.end_round(now);
    is_done
}

fn missing(record: &Record) -> Vec<&str> {
    let mut guids: Vec<&str> = record.missing.iter().map(|missing| missing.guid.as_str()).collect();
    guids.sort_unstable();
    guids
}

fn asked_for(record: &Record, now: Timestamp) -> Vec<String> {
    record.to_ask(now).into_iter().map(|missing| missing.guid).collect()
}

#[test]
fn a_delivery_is_missing_while_all_its_attempts_failed() {
    let workflow_run = DeliverySummary { event: "workflow_run".into(), ..attempt(4, "run", 4, 500) };
    let push = DeliverySummary { event: "push".into(), ..attempt(5, "push", 5, 500) };
    for (list, expected) in [
        (vec![], vec![]),
        (vec![attempt(1, "a", 1, 202)], vec![]),
        (vec![attempt(1, "a", 1, 502)], vec!["a"]),
        (vec![attempt(1, "a", 1, 302)], vec!["a"]),
        (vec![attempt(1, "a", 1, 502), again(attempt(2, "a", 2, 503))], vec!["a"]),
        (vec![attempt(1, "a", 1, 502), again(attempt(2, "a", 2, 202))], vec![]),
        (vec![attempt(1, "a", 1, 502), attempt(2, "b", 1, 202), attempt(3, "c", 1, 504)], vec!["a", "c"]),
        (vec![workflow_run, push], vec!["run"]),
    ] {
        let mut record = Record::default();
        assert!(round(&mut record, &list, at(10), 20, 100));
        assert_eq!(missing(&record), expected, "{list:?}");
    }
}

#[test]
fn what_was_looked_at_is_not_looked_at_again() {
    let mut list: Vec<_> =
        (1..=50).map(|id| attempt(id, &id.to_string(), i64::try_from(id).expect("small"), 202)).collect();
    let mut record = Record::default();
    assert!(round(&mut record, &list, at(50), 20, 10));
    list.push(attempt(51, "new", 52, 502));
    assert!(round(&mut record, &list, at(55), 1, 10), "one page is enough");
    assert_eq!(missing(&record), ["new"]);
}

#[test]
fn an_attempt_that_shows_late_is_seen() {
    let mut record = Record::default();
    round(&mut record, &[attempt(2, "quick", 10, 202)], at(10), 20, 100);
    round(&mut record, &[attempt(1, "slow", 10, 504), attempt(2, "quick", 10, 202)], at(15), 20, 100);
    assert_eq!(missing(&record), ["slow"]);
}

#[test]
fn a_look_that_is_cut_short_goes_on_and_then_catches_up() {
    let mut list: Vec<_> = (1..=30).map(|id| attempt(id, &format!("g{id:02}"), 1, 502)).collect();
    let mut record = Record::default();
    assert!(!round(&mut record, &list, at(10), 1, 10));
    list.push(attempt(31, "g31", 11, 502));
    assert!(!round(&mut record, &list, at(15), 1, 10));
    assert!(round(&mut record, &list, at(20), 1, 10));
    assert_eq!((missing(&record).len(), record.caught_up_at), (30, Some(at(10))));
    round(&mut record, &list, at(25), 20, 10);
    assert_eq!((missing(&record).len(), record.caught_up_at), (31, Some(at(25))));
}

#[test]
fn what_was_healed_before_the_cut_is_not_missing_behind_it() {
    let list = [attempt(1, "a", 1, 502), attempt(2, "b", 2, 202), again(attempt(3, "a", 3, 202))];
    let mut record = Record::default();
    assert!(!round(&mut record, &list, at(10), 1, 1));
    assert!(round(&mut record, &list, at(15), 20, 1));
    assert_eq!(missing(&record), Vec::<&str>::new());
}

#[test]
fn a_place_that_github_forgot_makes_the_look_start_over() {
    let list = [attempt(1, "a", 1, 502), attempt(2, "b", 2, 502)];
    let mut record = Record::default();
    assert!(!round(&mut record, &list, at(10), 1, 1));
    record.start_over(at(15));
    assert_eq!(record.next_page(), None);
    assert!(round(&mut record, &list, at(15), 20, 1));
    assert_eq!((missing(&record), record.caught_up_at), (vec!["a", "b"], Some(at(15))));
}

#[test]
fn a_round_comes_every_five_minutes() {
    let mut record = Record::default();
    assert!(record.is_due(at(0)));
    record.end_round(at(0));
    assert!(!record.is_due(at(4)) && record.is_due(at(5)));
}

#[test]
fn a_round_with_something_left_goes_on_in_the_next_minute() {
    let list: Vec<_> = (1..=60).map(|id| attempt(id, &format!("g{id:02}"), 1, 502)).collect();
    let mut record = Record::default();
    assert!(!round(&mut record, &list, at(10), 1, 10));
    assert!(record.is_due(at(11)), "there is more to look at");
    assert!(round(&mut record, &list, at(11), 20, 10));
    assert!(record.is_due(at(12)), "there is something to ask for");
    for minute in [12, 13] {
        for guid in asked_for(&record, at(minute)) {
            record.was_asked(&guid, at(minute));
        }
        record.end_round(at(minute));
    }
    assert!(!record.is_due(at(17)) && record.is_due(at(18)));
}

#[test]
fn a_delivery_is_asked_for_less_and_less_often_until_github_keeps_it_no_longer() {
    let mut list = vec![attempt(1, "a", 0, 502)];
    let mut record = Record::default();
    let (mut requests, mut given_up) = (Vec::new(), Vec::new());
    for minute in (1..73 * 60).step_by(5) {
        round(&mut record, &list, at(minute), 20, 100);
        given_up.extend(record.give_up(at(minute)).into_iter().map(|it| (minute, it.guid, it.asked)));
        for guid in asked_for(&record, at(minute)) {
            record.was_asked(&guid, at(minute));
            requests.push(minute);
            list.push(again(attempt(list.len() as u64 + 1, "a", minute, 502)));
        }
    }
    assert_eq!(requests[..7], [1, 6, 21, 81, 261, 621, 981]);
    assert_eq!((requests.len(), requests.last()), (16, Some(&4_221)));
    assert_eq!(given_up, [(72 * 60 + 1, "a".to_owned(), 16)]);
}

#[test]
fn a_lost_delivery_is_forgotten_with_githubs_own_memory() {
    let mut record = Record::default();
    round(&mut record, &[attempt(1, "a", 0, 502)], at(1), 20, 100);
    assert_eq!(record.lose("a").map(|missing| missing.guid), Some("a".to_owned()));
    assert_eq!((asked_for(&record, at(1)), record.give_up(at(1)).len()), (vec![], 0));
    round(&mut record, &[attempt(1, "a", 0, 502)], at(6), 20, 100);
    assert_eq!(record.give_up(at(72 * 60 - 1)).len() + record.to_ask(at(6)).len(), 0);
    record.give_up(at(72 * 60));
    assert_eq!(missing(&record), Vec::<&str>::new());
}

#[test]
fn what_github_does_not_keep_any_longer_is_lost() {
    let mut record = Record::default();
    round(&mut record, &[attempt(1, "a", 0, 502)], at(1), 20, 100);
    assert_eq!(record.give_up(at(72 * 60 - 1)), []);
    assert_eq!(record.give_up(at(72 * 60)).len(), 1);
}

#[test]
fn nothing_is_asked_for_twice_before_its_attempt_can_have_been_seen() {
    let list: Vec<_> = (1..=30).map(|id| attempt(id, &format!("g{id:02}"), 1, 502)).collect();
    let mut record = Record::default();
    assert!(!round(&mut record, &list, at(10), 1, 10));
    for guid in asked_for(&record, at(10)) {
        record.was_asked(&guid, at(10));
    }
    assert!(!round(&mut record, &list, at(15), 1, 10));
    assert_eq!(asked_for(&record, at(15)).len(), 10, "those that the look found since");
}

#[test]
fn a_round_asks_for_fifty_and_the_record_holds_five_hundred() {
    let list: Vec<_> = (1..=501).map(|id| attempt(id, &format!("g{id}"), 1, 502)).collect();
    let mut record = Record::default();
    assert!(round(&mut record, &list, at(10), 20, 100));
    assert_eq!((missing(&record).len(), record.to_ask(at(10)).len()), (500, 50));
}

#[test]
fn what_there_was_no_room_for_is_found_when_there_is_some() {
    let mut list: Vec<_> = (1..=501).map(|id| attempt(id, &format!("g{id}"), 1, 502)).collect();
    let mut record = Record::default();
    assert!(round(&mut record, &list, at(10), 20, 100));
    assert!(!missing(&record).contains(&"g1"));
    list.push(again(attempt(502, "g500", 12, 202)));
    assert!(round(&mut record, &list, at(15), 20, 100));
    assert!(missing(&record).contains(&"g1"));
    assert_eq!(missing(&record).len(), 500);
}

#[test]
fn a_full_record_still_learns_what_became_of_its_requests() {
    let list: Vec<_> = (1..=501).map(|id| attempt(id, &format!("g{id}"), 1, 502)).collect();
    let mut record = Record::default();
    round(&mut record, &list, at(10), 20, 100);
    let asked = asked_for(&record, at(10));
    for guid in &asked {
        record.was_asked(guid, at(10));
    }
    round(&mut record, &list, at(15), 20, 100);
    assert!(
        record
            .missing
            .iter()
            .filter(|it| asked.contains(&it.guid))
            .all(|it| it.came_to_nothing(record.caught_up_at, at(15)))
    );
}

#[test]
fn lost_deliveries_take_no_room_and_are_bounded_themselves() {
    let mut list: Vec<_> = (1..=500).map(|id| attempt(id, &format!("g{id}"), 1, 502)).collect();
    let mut record = Record::default();
    round(&mut record, &list, at(10), 20, 100);
    for id in 1..=500 {
        record.lose(&format!("g{id}"));
    }
    list.extend((501..=1_000).map(|id| attempt(id, &format!("g{id}"), 12, 502)));
    round(&mut record, &list, at(15), 20, 100);
    assert_eq!(missing(&record).len(), 1_000);
    for id in 501..=510 {
        record.lose(&format!("g{id}"));
    }
    record.give_up(at(15));
    assert_eq!((missing(&record).len(), missing(&record).contains(&"g510")), (990, true));
}

/// Attempts of a few deliveries in one order: each fails some times, then arrives or doesn't.
fn lists() -> impl Strategy<Value = Vec<DeliverySummary>> {
    prop::collection::vec((0_u8..8, prop::bool::weighted(0.3)), 0..60).prop_map(|steps| {
        let mut list: Vec<DeliverySummary> = Vec::new();
        for (delivery, succeeds) in steps {
            let guid = format!("g{delivery}");
            let earlier: Vec<&DeliverySummary> = list.iter().filter(|attempt| attempt.guid == guid).collect();
            if earlier.iter().any(|attempt| attempt.is_ok()) {
                continue;
            }
            let id = list.len() as u64 + 1;
            let status = if succeeds { 202 } else { 502 };
            let redelivery = !earlier.is_empty();
            let minute = i64::try_from(id).expect("small") * 2;
            list.push(DeliverySummary { redelivery, ..attempt(id, &guid, minute, status) });
        }
        list
    })
}

proptest! {
    #[test]
    fn however_the_list_is_cut_and_grows_what_is_missing_is_found(
        list in lists(),
        rounds in prop::collection::vec((1_usize..4, 1_usize..6, 0_usize..12), 0..20),
    ) {
        let mut record = Record::default();
        let mut shown = 0;
        for (pages, size, grown) in rounds {
            shown = (shown + grown).min(list.len());
            round(&mut record, &list[..shown], at(200), pages, size);
        }
        // The look that is on its way, and one more from the newest attempt.
        for _ in 0..2 {
            prop_assert!(round(&mut record, &list, at(200), 100, 10));
        }
        let mut expected: Vec<&str> = list.iter().map(|attempt| attempt.guid.as_str()).collect();
        expected.sort_unstable();
        expected.dedup();
        expected.retain(|guid| !list.iter().any(|attempt| attempt.guid == *guid && attempt.is_ok()));
        prop_assert_eq!(missing(&record), expected);
    }

    #[test]
    fn a_record_survives_its_own_text(list in lists()) {
        // The table keeps it as text; a field that reads back as something else would lose a delivery.
        let mut record = Record::default();
        round(&mut record, &list, at(200), 2, 5);
        let text = serde_json::to_string(&record).expect("plain JSON");
        prop_assert_eq!(serde_json::from_str::<Record>(&text).expect("its own form"), record);
    }
}
