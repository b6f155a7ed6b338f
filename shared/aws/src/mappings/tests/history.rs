//! History: every write leaves a line, and no line is ever written again.

use super::*;

async fn history(mappings: &Mappings, limit: u32, before: Option<u64>) -> Vec<MappingChange> {
    mappings.history(&name("Octo/Hello"), limit, before).await.expect("a working table")
}

/// A mapping that was created, updated, deleted and created again.
async fn eventful() -> Mappings {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", r#""maxTurns": 1, "repoId": 7"#)).await;
    let second = saved(&mappings, &MappingDraft { max_turns: Some(2), ..first }).await;
    assert_eq!(deleted(&mappings, &second).await, Deleted::Done);
    saved(&mappings, &draft("octo/hello", r#""maxTurns": 4"#)).await;
    mappings
}

#[tokio::test]
async fn every_write_is_told_the_newest_first() {
    let mappings = eventful().await;
    let lines = history(&mappings, 10, None).await;
    let told: Vec<_> = lines.iter().map(|line| (line.version, line.action, line.draft.max_turns)).collect();
    let created = MappingAction::Created;
    assert_eq!(
        told,
        [
            (4, created, Some(4)),
            (3, MappingAction::Deleted, Some(2)),
            (2, MappingAction::Updated, Some(2)),
            (1, created, Some(1))
        ]
    );
    assert_eq!((lines[1].by.as_str(), lines[1].at, lines[1].draft.version), ("bea", at(9), 2));
}

#[tokio::test]
async fn versions_go_on_after_a_deletion() {
    let mappings = eventful().await;
    let again = stored(&mappings, "octo/hello").await.expect("there again");
    assert_eq!((again.version, again.repo_id), (4, None), "the binding ended with the deletion");
    assert_eq!(save(&mappings, &draft("octo/hello", "")).await, Saved::Conflict { current: Some(4) });
}

#[tokio::test]
async fn a_history_is_read_in_parts() {
    let mappings = eventful().await;
    let versions = async |limit, before| {
        history(&mappings, limit, before).await.iter().map(|line| line.version).collect::<Vec<_>>()
    };
    assert_eq!(versions(2, None).await, [4, 3]);
    assert_eq!(versions(2, Some(3)).await, [2, 1]);
    assert_eq!(versions(2, Some(2)).await, [1]);
    assert!(versions(2, Some(1)).await.is_empty());
    assert!(versions(2, Some(0)).await.is_empty());
    assert_eq!(versions(0, None).await, [4]);
}

#[tokio::test]
async fn what_was_not_written_left_no_line() {
    let mappings = eventful().await;
    assert!(matches!(save(&mappings, &draft("octo/hello", "")).await, Saved::Conflict { .. }));
    assert!(matches!(save(&mappings, &draft("octo/hello", r#""version": 9"#)).await, Saved::Conflict { .. }));
    used_by(&mappings, 8, "octo/hello").await;
    assert_eq!(history(&mappings, 10, None).await.len(), 4);
}

#[tokio::test]
async fn a_mapping_that_was_made_again_counts_from_then() {
    let mappings = mappings().await;
    let made_at = async || mappings.made_at(&name("octo/hello")).await.expect("a working table");
    assert_eq!(made_at().await, None);
    let first = saved(&mappings, &draft("Octo/Hello", "")).await;
    assert_eq!(made_at().await, Some(at(0)));
    let second = MappingDraft { max_turns: Some(2), ..first };
    let Saved::Updated(entry) = mappings.save(&second, "ada", at(5)).await.expect("a working table") else {
        panic!("not updated")
    };
    assert_eq!(made_at().await, Some(at(0)), "an update makes no mapping");
    assert_eq!(deleted(&mappings, &entry.draft).await, Deleted::Done);
    mappings.save(&draft("octo/hello", ""), "ada", at(20)).await.expect("a working table");
    assert_eq!(made_at().await, Some(at(20)));
}

#[tokio::test]
async fn a_line_is_never_written_over() {
    use crate::table::number;
    let mappings = eventful().await;
    let before = history(&mappings, 10, None).await;
    // Both items of the mapping are put back by hand to a version that it had before.
    by_hand(&mappings, "REPO#octo/hello", "SET version = :value", number(2)).await;
    by_hand(&mappings, "NAME#octo/hello", "SET version = :value", number(2)).await;
    let error = mappings.save(&draft("octo/hello", r#""version": 2"#), "eve", at(20)).await.expect_err("not written");
    assert!(matches!(error, crate::error::StoreError::Unavailable { .. }), "{error}");
    assert_eq!(history(&mappings, 10, None).await, before);
}
