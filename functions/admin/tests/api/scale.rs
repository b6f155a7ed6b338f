//! A thousand mappings and a hundred thousand dispatches: what people look at takes no longer than with a few.
//!
//! Owns the figures. Records are put straight into the engine, each a copy of one that the product has written.

use std::io::Write as _;
use std::time::{Duration, Instant};

use domain::claim::{Claim, ClaimId, State as ClaimState};
use dynoxide::{AttributeValue, Item};
use jiff::SignedDuration;
use serde_json::json;

use crate::dispatches::{moved, received, unknown};
use crate::office::{Office, Session, Table};

/// As few as make each page about as full as beside many: the time is to be the lists', not their lines'.
const FEW: Size = Size { mappings: 60, dispatches: 100, one_of_repo_in: 1, one_dropped_in: 2, one_unknown_in: 3 };
/// Of the repository that is looked at, none was dropped: that page is looked for as far as one ever is.
const MANY: Size =
    Size { mappings: 1_000, dispatches: 100_000, one_of_repo_in: 100, one_dropped_in: 10, one_unknown_in: 3_000 };
/// What a person notices begins at about this.
const LIMIT: Duration = Duration::from_millis(200);
/// So many times each thing is looked at; the one in the middle counts.
const LOOKS: usize = 11;
/// A busy machine makes a short time longer: only a time that grows with the number of records is far beyond this.
const AT_MOST_TIMES: u32 = 4;
const NOISE: Duration = Duration::from_millis(15);
/// A machine that others work on at that moment gets another chance, for each thing.
const CHANCES: usize = 3;
/// Dispatches of the last three months: the oldest are just kept.
const SPAN: SignedDuration = SignedDuration::from_hours(24 * 85);

#[derive(Debug, Clone, Copy)]
struct Size {
    mappings: usize,
    dispatches: usize,
    one_of_repo_in: usize,
    one_dropped_in: usize,
    one_unknown_in: usize,
}

/// An office with so many records, and one of its dispatches.
struct Full {
    office: Office,
    session: Session,
    one: ClaimId,
}

fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

impl Full {
    async fn of(size: Size) -> Self {
        let office = Office::open().await;
        let session = office.signs_in().await;
        let saved = session.put(&office, "/api/mappings/Octo/Hello", json!({"repoId": 7})).await;
        assert_eq!(saved.status, 201, "{saved:?}");
        let record = office.item(Table::Mappings, "REPO#7");
        let copy = |number: usize| {
            let mut item = record.clone();
            let name = format!("octo/r{number}");
            item.extend(
                [("pk", format!("REPO#{}", 100 + number)), ("name_key", name)].map(|(key, it)| (key.into(), text(it))),
            );
            item
        };
        office.import(Table::Mappings, (1..size.mappings).map(copy).collect());
        let [refused, waiting, dropped] = Box::pin(Self::kinds(&office)).await;
        let one = refused.id;
        let [refused, waiting, dropped] = [refused, waiting, dropped].map(|claim| raw(&office, &claim));
        let now = office.time();
        let step = SPAN / i32::try_from(size.dispatches).expect("not that many");
        let dispatch = |number: usize| {
            let like = match number {
                _ if number.is_multiple_of(size.one_unknown_in) => &waiting,
                _ if number.is_multiple_of(size.one_dropped_in) => &dropped,
                _ => &refused,
            };
            let at = now - step * i32::try_from(number + 1).expect("not that many");
            let id = ClaimId::from_parts(at.as_millisecond().unsigned_abs(), number as u128);
            let repo = if (number + 1).is_multiple_of(size.one_of_repo_in) { 7 } else { 100 + number % 1_000 };
            let changed = [
                ("pk", format!("CLAIM#{id}")),
                ("id", id.to_string()),
                ("time_key", at.strftime("%Y-%m").to_string()),
                ("repo_key", format!("REPO#{repo}")),
            ];
            let mut item = like.clone();
            item.extend(changed.map(|(key, it)| (key.to_owned(), text(it))));
            item
        };
        for part in (0..size.dispatches).collect::<Vec<_>>().chunks(5_000) {
            office.import(Table::Dispatches, part.iter().copied().map(dispatch).collect());
        }
        Self { office, session, one }
    }

    /// One that was refused, one that waits for a person, one that was dropped.
    async fn kinds(office: &Office) -> [Claim; 3] {
        let received = received(office, 1).await;
        let refused = received.refused("PAUSED", String::new(), office.time()).expect("from received");
        let refused = moved(office, &received, refused).await;
        let refused = office.dispatches.note_told(&refused).await.expect("a working table");
        let waiting = unknown(office, 2).await;
        let dropped = unknown(office, 3).await;
        let next = dropped.dropped("ops", office.time()).expect("from unknown");
        let dropped = moved(office, &dropped, next).await;
        let dropped = office.dispatches.note_told(&dropped).await.expect("a working table");
        assert!(matches!(waiting.state, ClaimState::Unknown { .. }));
        [refused, waiting, dropped]
    }

    /// The time in the middle of some looks at an address.
    async fn look(&self, path: &str) -> Duration {
        let mut times = Vec::new();
        for _ in 0..LOOKS {
            let begin = Instant::now();
            let answer = self.session.get(&self.office, path).await;
            times.push(begin.elapsed());
            assert_eq!(answer.status, 200, "{path}: {answer:?}");
        }
        times.sort();
        times[LOOKS / 2]
    }
}

fn raw(office: &Office, claim: &Claim) -> Item {
    office.item(Table::Dispatches, &format!("CLAIM#{}", claim.id))
}

#[tokio::test]
async fn what_people_look_at_is_as_fast_beside_a_hundred_thousand_dispatches() {
    let begin = Instant::now();
    let (few, many) = (Box::pin(Full::of(FEW)).await, Box::pin(Full::of(MANY)).await);
    let made = begin.elapsed();
    let mut looks: Vec<_> = [
        ("all", "/api/dispatches".to_owned()),
        ("one state of many", "/api/dispatches?state=dropped".to_owned()),
        ("one state that nothing is in", "/api/dispatches?state=gone".to_owned()),
        ("open ones", "/api/dispatches?state=unknown".to_owned()),
        ("a repository's", "/api/dispatches?repo=octo/hello".to_owned()),
        ("a repository's of one state", "/api/dispatches?repo=octo/hello&state=dropped".to_owned()),
        ("activity", "/api/activity?days=90".to_owned()),
        ("mappings", "/api/mappings".to_owned()),
        ("the page of mappings", "/admin/repositories".to_owned()),
        ("the page of a repository", "/admin/repositories/octo/hello".to_owned()),
        ("the page of all", "/admin/dispatches".to_owned()),
        ("the page of one state", "/admin/dispatches?state=dropped".to_owned()),
        ("the page of the activity", "/admin/activity?days=90".to_owned()),
    ]
    .map(|(what, path)| (what, path.clone(), path))
    .into();
    let one = |full: &Full| format!("/api/dispatches/{}", full.one);
    looks.push(("one", one(&few), one(&many)));
    let page = |full: &Full| format!("/admin/dispatches/{}", full.one);
    looks.push(("the page of one", page(&few), page(&many)));
    for (what, path, path_of_many) in looks {
        let mut seen = Vec::new();
        while !seen.last().is_some_and(|(few, many)| is_flat(*few, *many)) {
            assert!(seen.len() < CHANCES, "{what}: beside few and beside many: {seen:?}");
            seen.push((few.look(&path).await, many.look(&path_of_many).await));
        }
        report(&format!("{what}, beside few and beside many: {seen:.1?}"));
    }
    // A part of a name is looked for in every one of them.
    let search = many.look("/admin/repositories?q=hell").await;
    assert!(search < LIMIT, "the page of a search: {search:?}");
    report(&format!("the page of a search beside many: {search:.1?}; made in {made:.1?}"));
}

fn report(line: &str) {
    writeln!(std::io::stdout(), "{line}").expect("somebody reads");
}

fn is_flat(few: Duration, many: Duration) -> bool {
    many < LIMIT && many <= few * AT_MOST_TIMES + NOISE
}
