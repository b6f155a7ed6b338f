//! Following: a repository keeps its mapping under another name, and takes nobody else's.

use domain::message::{RepoRef, RepositoryRenamed};

use super::*;

fn renamed(id: u64, from: &str, to: &str, second: i64) -> RepositoryRenamed {
    let repo = RepoRef { id: RepoId::new(id), name: name(to), default_branch: "main".into() };
    RepositoryRenamed { repo, old_name: name(from), at: at(second) }
}

async fn follow(mappings: &Mappings, renamed: &RepositoryRenamed) -> Followed {
    mappings.follow_name(renamed, at(20)).await.expect("a working table")
}

#[tokio::test]
async fn a_mapping_follows_its_repository_with_all_that_it_has() {
    let mappings = mappings().await;
    let before = saved(&mappings, &draft("Octo/Hello", r#""repoId": 7, "teamKey": "ENG", "maxTurns": 9"#)).await;
    let event = renamed(7, "octo/hello", "Octo/Renamed", 5);
    assert_eq!(follow(&mappings, &event).await, Followed::Moved { version: 2 });
    let after = stored(&mappings, "octo/renamed").await.expect("there");
    assert_eq!(after, MappingDraft { repo: "Renamed".into(), version: 2, ..before });
    assert_eq!(stored(&mappings, "octo/hello").await, None);
    assert_eq!(found_by(&mappings, 7, "octo/renamed").await, 2);
    assert_eq!(used_by(&mappings, 8, "octo/hello").await, StoredMapping::Missing, "the old name is free");
    assert_eq!(follow(&mappings, &event).await, Followed::Unchanged, "said twice");

    let later = saved(&mappings, &MappingDraft { paused: Some(true), ..after }).await;
    assert_eq!((later.version, later.team_key.as_deref()), (3, Some("ENG")), "the team key has come along");
    assert_eq!(saved(&mappings, &draft("octo/hello", r#""teamKey": "OPS""#)).await.version, 3, "versions go on");
}

#[tokio::test]
async fn both_names_tell_of_the_move() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    follow(&mappings, &renamed(7, "octo/hello", "octo/renamed", 5)).await;
    for (repo, lines) in [("octo/renamed", 1), ("octo/hello", 2)] {
        let history = mappings.history(&name(repo), 10, None).await.expect("a working table");
        let line = &history[0];
        assert_eq!((history.len(), line.version, line.action), (lines, 2, MappingAction::Renamed), "{repo}");
        assert_eq!((line.by.as_str(), line.at, line.renamed_from.as_deref()), ("github", at(20), Some("octo/hello")));
        assert_eq!(line.draft.repo, "renamed");
    }
    let made_at = mappings.made_at(&name("octo/renamed")).await.expect("a working table");
    assert_eq!(made_at, Some(at(0)), "a rename makes no mapping");
    let page = mappings.list(10, None).await.expect("a working table");
    assert_eq!(page.entries.iter().map(|entry| entry.draft.name_key()).collect::<Vec<_>>(), ["octo/renamed"]);
}

#[tokio::test]
async fn a_name_with_a_past_goes_on_from_its_last_version() {
    let mappings = mappings().await;
    let long_gone = saved(&mappings, &draft("octo/renamed", "")).await;
    let long_gone = saved(&mappings, &long_gone).await;
    assert_eq!(deleted(&mappings, &long_gone).await, Deleted::Done);
    saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    let moved = follow(&mappings, &renamed(7, "octo/hello", "octo/renamed", 5)).await;
    assert_eq!(moved, Followed::Moved { version: 4 });
    let back = follow(&mappings, &renamed(7, "octo/renamed", "octo/hello", 6)).await;
    assert_eq!(back, Followed::Moved { version: 5 });
    let history = mappings.history(&name("octo/renamed"), 10, None).await.expect("a working table");
    assert_eq!(history.iter().map(|line| line.version).collect::<Vec<_>>(), [5, 4, 3, 2, 1]);
}

#[tokio::test]
async fn a_name_that_another_mapping_has_is_left_to_it() {
    let mappings = mappings().await;
    let ours = saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    for settings in [r#""repoId": 8"#, ""] {
        let theirs = saved(&mappings, &draft("octo/renamed", settings)).await;
        let answer = follow(&mappings, &renamed(7, "octo/hello", "octo/renamed", 5)).await;
        assert_eq!(answer, Followed::NameTaken, "{settings:?}");
        assert_eq!(stored(&mappings, "octo/hello").await.as_ref(), Some(&ours));
        assert_eq!(stored(&mappings, "octo/renamed").await.as_ref(), Some(&theirs));
        deleted(&mappings, &theirs).await;
    }
}

#[tokio::test]
async fn an_event_that_comes_late_moves_nothing_back() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/a", r#""repoId": 7"#)).await;
    follow(&mappings, &renamed(7, "octo/a", "octo/b", 5)).await;
    follow(&mappings, &renamed(7, "octo/b", "octo/c", 6)).await;
    assert_eq!(follow(&mappings, &renamed(7, "octo/a", "octo/b", 5)).await, Followed::Unchanged);
    let there = stored(&mappings, "octo/c").await.expect("there");
    saved(&mappings, &there).await;
    assert_eq!(follow(&mappings, &renamed(7, "octo/a", "octo/b", 5)).await, Followed::Unchanged, "after a save too");
    // One in between was lost: the id is enough.
    assert!(matches!(follow(&mappings, &renamed(7, "octo/x", "octo/d", 8)).await, Followed::Moved { .. }));
}

#[tokio::test]
async fn a_word_of_the_name_that_it_has_already_makes_older_ones_late() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/c", r#""repoId": 7"#)).await;
    assert_eq!(follow(&mappings, &renamed(7, "octo/b", "octo/c", 6)).await, Followed::Unchanged);
    assert_eq!(follow(&mappings, &renamed(7, "octo/a", "octo/b", 5)).await, Followed::Unchanged);
    assert_eq!(stored(&mappings, "octo/c").await.expect("there").version, 1);
}

#[tokio::test]
async fn another_case_is_another_way_to_write_the_name() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""repoId": 7, "teamKey": "ENG""#)).await;
    let event = renamed(7, "octo/hello", "Octo/Hello", 5);
    assert_eq!(follow(&mappings, &event).await, Followed::Moved { version: 2 });
    let after = stored(&mappings, "octo/hello").await.expect("there");
    assert_eq!((after.owner.as_str(), after.repo.as_str()), ("Octo", "Hello"));
    assert_eq!(saved(&mappings, &after).await.version, 3);
}

#[tokio::test]
async fn what_is_nobodys_or_lies_under_the_old_name_stays() {
    let mappings = mappings().await;
    assert_eq!(follow(&mappings, &renamed(7, "octo/hello", "octo/renamed", 5)).await, Followed::Unchanged);
    saved(&mappings, &draft("octo/hello", "")).await;
    assert_eq!(follow(&mappings, &renamed(7, "octo/hello", "octo/renamed", 5)).await, Followed::Unchanged);
    used_by(&mappings, 7, "octo/hello").await;
    assert_eq!(follow(&mappings, &renamed(8, "octo/hello", "octo/renamed", 5)).await, Followed::Unchanged);
    assert_eq!(follow(&mappings, &renamed(7, "octo/hello", "octo/renamed", 5)).await, Followed::LeftBehind);
    let bound = stored(&mappings, "octo/hello").await.expect("there");
    saved(&mappings, &bound).await;
    assert!(matches!(follow(&mappings, &renamed(7, "octo/hello", "octo/renamed", 5)).await, Followed::Moved { .. }));
}

#[tokio::test]
async fn a_save_and_a_renaming_at_once_both_hold_or_the_save_is_told() {
    for _ in 0..5 {
        let mappings = mappings().await;
        let first = saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
        let paused = MappingDraft { paused: Some(true), ..first };
        let event = renamed(7, "octo/hello", "octo/renamed", 5);
        let (save, followed) = tokio::join!(save(&mappings, &paused), follow(&mappings, &event));
        let is_paused = stored(&mappings, "octo/renamed").await.expect("there").paused == Some(true);
        assert!(matches!(followed, Followed::Moved { .. }), "{followed:?}");
        assert_eq!(is_paused, matches!(save, Saved::Updated(_)), "{save:?}");
    }
}
