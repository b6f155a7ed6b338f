//! The activity of the last days, as it was counted.

use aws::KeptTally;
use domain::activity::{Entry, Fate, Tally};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, ToSpan as _};
use serde_json::{Value, json};

use crate::office::Office;

fn today(office: &Office) -> Date {
    office.time().to_zoned(TimeZone::UTC).date()
}

/// A day on which so many runs succeeded, each dispatched after so many milliseconds.
async fn counted(office: &Office, day: Date, waits: &[i64]) {
    let asked_at = office.time();
    let entry = |wait: &i64| Entry {
        fate: Fate::Succeeded,
        asked_at,
        dispatched_at: Some(asked_at + SignedDuration::from_millis(*wait)),
    };
    let tally = Tally::of(waits.iter().map(entry));
    let kept = KeptTally { day, tally, counted_at: asked_at };
    assert!(office.dispatches.keep_tally(&kept).await.expect("a working table"));
}

#[tokio::test]
async fn each_day_is_shown_and_all_of_them_together() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let today = today(&office);
    let before = |days: i32| today.saturating_sub(days.days());
    counted(&office, today, &[10, 20]).await;
    counted(&office, before(2), &[30]).await;
    counted(&office, before(7), &[31]).await;
    let answer = session.get(&office, "/api/activity?days=7").await;
    assert_eq!((answer.status, &answer.body["to"]), (200, &json!(today)));
    assert_eq!(answer.body["countedAt"], json!(office.time().round(jiff::Unit::Millisecond).expect("a time")));
    let days = answer.body["days"].as_array().expect("days");
    let dates: Vec<Value> = days.iter().map(|day| day["date"].clone()).collect();
    assert_eq!(dates, (0..7).rev().map(|days| json!(before(days))).collect::<Vec<_>>());
    let asked: Vec<_> = days.iter().map(|day| day["asked"].as_u64().expect("a number")).collect();
    assert_eq!(asked, [0, 0, 0, 0, 1, 0, 2]);
    assert_eq!((&days[0]["successRate"], &days[0]["medianWaitMs"]), (&Value::Null, &Value::Null));
    let total = &answer.body["total"];
    let figures = ["asked", "dispatched", "successRate", "medianWaitMs", "p95WaitMs"].map(|name| total[name].clone());
    assert_eq!(figures, [json!(3), json!(3), json!(1.0), json!(20), json!(30)]);
    assert_eq!(total["runs"]["succeeded"], 3);
}

#[tokio::test]
async fn thirty_days_are_shown_if_nobody_says_how_many() {
    let office = Office::open().await;
    let session = office.signs_in().await;
    let answer = session.get(&office, "/api/activity").await;
    assert_eq!(answer.body["days"].as_array().map(Vec::len), Some(30));
    assert_eq!(answer.body["countedAt"], Value::Null, "nobody has counted");
    for days in ["6", "91", "0", "-1", "many"] {
        let answer = session.get(&office, &format!("/api/activity?days={days}")).await;
        assert_eq!((answer.status, answer.faulty_fields()), (400, vec!["days"]), "{days}");
    }
    let answer = session.get(&Office::without_a_table().await, "/api/activity").await;
    assert_eq!(answer.status, 503, "{answer:?}");
}
