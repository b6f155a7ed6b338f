//! Binding: a name's settings are the first repository's that uses them, and nobody's after it.

use super::*;
use crate::mappings::change::Change;
use crate::mappings::keys::Home;
use crate::mappings::writes::Written;

#[tokio::test]
async fn the_first_repository_that_uses_a_name_has_its_mapping() {
    let mappings = mappings().await;
    let draft = saved(&mappings, &draft("Octo/Hello", "")).await;
    let StoredMapping::Found(mapping) = used_by(&mappings, 7, "octo/hello").await else { panic!("found") };
    assert_eq!(mapping.repo_id, Some(RepoId::new(7)));
    assert_eq!(stored(&mappings, "octo/hello").await, Some(MappingDraft { repo_id: Some(RepoId::new(7)), ..draft }));
    assert_eq!(used_by(&mappings, 7, "octo/hello").await, StoredMapping::Found(mapping));
}

#[tokio::test]
async fn a_second_repository_of_the_name_gets_nothing() {
    let mappings = mappings().await;
    let foreign = StoredMapping::Foreign { bound: RepoId::new(7) };
    saved(&mappings, &draft("octo/hello", "")).await;
    used_by(&mappings, 7, "octo/hello").await;
    assert_eq!(used_by(&mappings, 8, "octo/hello").await, foreign, "bound where it lies under its name");
    let bound = stored(&mappings, "octo/hello").await.expect("there");
    saved(&mappings, &bound).await;
    assert_eq!(used_by(&mappings, 8, "octo/hello").await, foreign, "and when it has moved home");
    assert_eq!(found_by(&mappings, 7, "octo/hello").await, 2);
}

#[tokio::test]
async fn a_mapping_saved_with_its_id_is_never_the_names() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    assert_eq!(used_by(&mappings, 8, "octo/hello").await, StoredMapping::Foreign { bound: RepoId::new(7) });
    assert_eq!(found_by(&mappings, 7, "octo/renamed").await, 1);
    assert_eq!(used_by(&mappings, 8, "octo/renamed").await, StoredMapping::Missing);
}

#[tokio::test]
async fn a_repository_keeps_its_mapping_when_its_new_name_has_one_too() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    saved(&mappings, &draft("octo/renamed", "")).await;
    assert_eq!(found_by(&mappings, 7, "octo/renamed").await, 1);
    assert_eq!(stored(&mappings, "octo/renamed").await.expect("there").repo_id, None, "and doesn't take the other");
}

#[tokio::test]
async fn of_many_repositories_that_use_a_name_at_once_one_is_bound() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", "")).await;
    let mut users = tokio::task::JoinSet::new();
    for id in 1..=8 {
        let mappings = mappings.clone();
        users.spawn(async move { used_by(&mappings, id, "octo/hello").await });
    }
    let answers = users.join_all().await;
    let bound = stored(&mappings, "octo/hello").await.and_then(|draft| draft.repo_id).expect("bound");
    assert_eq!(answers.iter().filter(|answer| matches!(answer, StoredMapping::Found(_))).count(), 1, "{answers:?}");
    assert_eq!(answers.iter().filter(|answer| **answer == StoredMapping::Foreign { bound }).count(), 7, "{answers:?}");
}

#[tokio::test]
async fn a_lost_race_changes_nothing() {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", "")).await;
    let home = Home::OfName("octo/hello".into());
    assert!(mappings.bind(&home, RepoId::new(7)).await.expect("a working table"));
    assert!(mappings.bind(&home, RepoId::new(7)).await.expect("a working table"), "the same binding again");
    assert!(!mappings.bind(&home, RepoId::new(8)).await.expect("a working table"));
    saved(&mappings, &first).await;
    assert!(!mappings.bind(&home, RepoId::new(7)).await.expect("a working table"), "it has moved home");
    assert!(!lies_in(&mappings, "REPO#octo/hello").await, "and a binding leaves nothing behind");
}

#[tokio::test]
async fn the_next_save_moves_a_bound_mapping_home() {
    let mappings = mappings().await;
    let unbound = saved(&mappings, &draft("octo/hello", r#""teamKey": "ENG""#)).await;
    assert!(lies_in(&mappings, "REPO#octo/hello").await);
    used_by(&mappings, 7, "octo/hello").await;
    // The draft was made before the binding, and its version is still the one that is there.
    let moved = saved(&mappings, &MappingDraft { paused: Some(true), ..unbound }).await;
    assert_eq!((moved.version, moved.repo_id), (2, Some(RepoId::new(7))));
    assert!(lies_in(&mappings, "REPO#7").await && !lies_in(&mappings, "REPO#octo/hello").await);
    let StoredMapping::Found(mapping) = used_by(&mappings, 7, "octo/renamed").await else { panic!("found") };
    assert!(mapping.paused);
    let page = mappings.list(10, None).await.expect("a working table");
    assert_eq!(page.entries.len(), 1, "listed once: {page:?}");
    let history = mappings.history(&name("octo/hello"), 10, None).await.expect("a working table");
    assert_eq!(history.len(), 2, "the history has stayed");
}

#[tokio::test]
async fn an_id_that_people_name_moves_the_mapping_home_too() {
    let mappings = mappings().await;
    let unbound = saved(&mappings, &draft("octo/hello", "")).await;
    let named = saved(&mappings, &MappingDraft { repo_id: Some(RepoId::new(7)), ..unbound }).await;
    assert!(lies_in(&mappings, "REPO#7").await && !lies_in(&mappings, "REPO#octo/hello").await);
    let elsewhere = MappingDraft { repo_id: Some(RepoId::new(8)), ..named };
    assert_eq!(save(&mappings, &elsewhere).await, Saved::BoundElsewhere { bound: RepoId::new(7) });
}

#[tokio::test]
async fn a_binding_between_the_read_and_the_write_of_a_save_is_kept() {
    let mappings = mappings().await;
    let unbound = saved(&mappings, &draft("octo/hello", "")).await;
    let before = mappings.known("octo/hello").await.expect("a working table");
    let change = Change::saving(&unbound, "ada", at(1), before);
    used_by(&mappings, 7, "octo/hello").await;
    assert!(matches!(mappings.write(&change).await.expect("a working table"), Written::Overtaken));
    assert_eq!(stored(&mappings, "octo/hello").await.expect("there").repo_id, Some(RepoId::new(7)));
    assert_eq!(saved(&mappings, &unbound).await.repo_id, Some(RepoId::new(7)));
}

#[tokio::test]
async fn a_binding_and_a_save_at_once_both_hold() {
    for _ in 0..10 {
        let mappings = mappings().await;
        let unbound = saved(&mappings, &draft("octo/hello", "")).await;
        let paused = MappingDraft { paused: Some(true), ..unbound };
        let (used, saved) = tokio::join!(used_by(&mappings, 7, "octo/hello"), save(&mappings, &paused));
        assert!(matches!((&used, &saved), (StoredMapping::Found(_), Saved::Updated(_))), "{used:?}, {saved:?}");
        let stored = stored(&mappings, "octo/hello").await.expect("there");
        assert_eq!((stored.version, stored.paused, stored.repo_id), (2, Some(true), Some(RepoId::new(7))));
    }
}

#[tokio::test]
async fn a_deletion_ends_the_binding() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", "")).await;
    used_by(&mappings, 7, "octo/hello").await;
    let bound = stored(&mappings, "octo/hello").await.expect("there");
    assert_eq!(deleted(&mappings, &bound).await, Deleted::Done);
    assert_eq!(used_by(&mappings, 7, "octo/hello").await, StoredMapping::Missing);
    saved(&mappings, &draft("octo/hello", "")).await;
    assert_eq!(found_by(&mappings, 8, "octo/hello").await, 3);
}

#[tokio::test]
async fn settings_that_break_a_rule_are_bound_all_the_same() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""provider": "bedrock""#)).await;
    assert!(matches!(used_by(&mappings, 7, "octo/hello").await, StoredMapping::Invalid(_)));
    assert_eq!(used_by(&mappings, 8, "octo/hello").await, StoredMapping::Foreign { bound: RepoId::new(7) });
}
