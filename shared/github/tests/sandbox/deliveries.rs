//! The App's own delivery list, and asking for another attempt.

use std::time::Duration;

use github::GitHubError;
use local::sandbox::Delivery;

use crate::stage::{Stage, now};

const PATIENCE: Duration = Duration::from_secs(10);
/// Nobody listens there.
const NOWHERE: &str = "http://127.0.0.1:1/hook";

/// Lets a comment's delivery fail.
async fn failed(stage: &Stage) -> Delivery {
    stage.sandbox.set_webhook(NOWHERE, "secret");
    stage.comment("writer", "/ai-implement").await;
    stage.sandbox.deliveries().pop().expect("an attempt")
}

#[tokio::test]
async fn a_delivery_tells_how_it_went() {
    let stage = Stage::new();
    let attempt = failed(&stage).await;
    let page = stage.github.deliveries(None).await.expect("the list");
    let summary = &page.deliveries[0];
    assert_eq!((summary.id, &summary.guid, summary.event.as_str()), (attempt.id, &attempt.guid, "issue_comment"));
    assert_eq!((summary.status_code, summary.redelivery, summary.is_ok()), (502, false, false));
    assert_eq!((summary.delivered_at, page.next), (now(), None));
}

#[tokio::test]
async fn every_page_of_deliveries_is_reached_by_its_cursor_newest_first() {
    let stage = Stage::new();
    let attempt = failed(&stage).await;
    let mut ids = vec![attempt.id];
    for _ in 0..249 {
        stage.sandbox.edit_world(|world| {
            let id = world.next_id();
            world.add_delivery(Delivery { id, status_code: 202, ..attempt.clone() });
            ids.push(id);
        });
    }
    ids.reverse();
    let (mut found, mut pages, mut cursor) = (Vec::new(), Vec::new(), None);
    loop {
        let page = stage.github.deliveries(cursor.as_deref()).await.expect("a page");
        pages.push(page.deliveries.len());
        found.extend(page.deliveries.iter().map(|delivery| delivery.id));
        cursor = page.next;
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!((found, pages), (ids, vec![100, 100, 50]));
}

#[tokio::test]
async fn another_attempt_is_a_delivery_of_its_own_with_the_same_guid() {
    let stage = Stage::new();
    let first = failed(&stage).await;
    stage.github.redeliver(first.id).await.expect("taken");
    let both = |world: &local::sandbox::World| (world.deliveries.len() == 2).then_some(());
    stage.sandbox.wait_for(PATIENCE, both).await.expect("another attempt");
    let deliveries = stage.github.deliveries(None).await.expect("the list").deliveries;
    let marks: Vec<_> = deliveries.iter().map(|it| (it.guid == first.guid, it.redelivery)).collect();
    assert_eq!(marks, [(true, true), (true, false)]);
    assert_ne!(deliveries[0].id, deliveries[1].id);
}

#[tokio::test]
async fn a_delivery_that_github_forgot_is_not_attempted_again() {
    let stage = Stage::new();
    let outcome = stage.github.redeliver(1).await;
    assert!(matches!(outcome, Err(GitHubError::NotFound { .. })), "{outcome:?}");
}
