//! The list: by name, in pages, and only what is there.

use super::*;
use crate::error::StoreError;

async fn names(mappings: &Mappings, limit: u32, after: Option<&str>) -> (Vec<String>, Option<String>) {
    let page = mappings.list(limit, after).await.expect("a working table");
    (page.entries.iter().map(|entry| entry.draft.name_key()).collect(), page.next)
}

async fn five() -> Mappings {
    let mappings = mappings().await;
    for (number, repo) in ["octo/c", "Octo/A", "alpha/z", "octo/B", "octo/d"].into_iter().enumerate() {
        let id = if number % 2 == 0 { format!(r#""repoId": {number}"#) } else { String::new() };
        saved(&mappings, &draft(repo, &id)).await;
    }
    mappings
}

#[tokio::test]
async fn mappings_are_listed_by_name_wherever_they_live() {
    let mappings = five().await;
    let all = ["alpha/z", "octo/a", "octo/b", "octo/c", "octo/d"];
    assert_eq!(names(&mappings, 100, None).await, (all.map(str::to_owned).to_vec(), None));
    assert_eq!(names(&mappings, 5, None).await, (all.map(str::to_owned).to_vec(), None), "no page without a mapping");
    assert_eq!(names(&mappings, 0, None).await.0, ["alpha/z"]);
}

#[tokio::test]
async fn pages_follow_each_other_while_mappings_come_and_go() {
    let mappings = five().await;
    let (first, next) = names(&mappings, 2, None).await;
    assert_eq!(first, ["alpha/z", "octo/a"]);
    let last_shown = stored(&mappings, "octo/a").await.expect("there");
    assert_eq!(deleted(&mappings, &last_shown).await, Deleted::Done);
    saved(&mappings, &draft("octo/aa", "")).await;
    let (second, next) = names(&mappings, 2, next.as_deref()).await;
    assert_eq!(second, ["octo/aa", "octo/b"]);
    let (third, next) = names(&mappings, 2, next.as_deref()).await;
    assert_eq!((third, next), (vec!["octo/c".to_owned(), "octo/d".to_owned()], None));
}

#[tokio::test]
async fn an_empty_table_has_an_empty_page() {
    assert_eq!(names(&mappings().await, 10, None).await, (Vec::new(), None));
}

#[tokio::test]
async fn a_cursor_of_somebody_elses_is_told_from_an_outage() {
    let mappings = five().await;
    let (_, next) = names(&mappings, 2, None).await;
    let cursor = next.expect("there is more");
    let cut = &cursor[..4];
    for foreign in ["", "octo/a", "bm90IG91cnM", "%00", "ü", cut] {
        let error = mappings.list(2, Some(foreign)).await.expect_err(foreign);
        assert!(matches!(error, StoreError::ForeignCursor), "{foreign}: {error}");
    }
}
