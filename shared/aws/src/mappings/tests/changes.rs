//! Versions: a save replaces exactly what its draft was made from.

use super::*;
use crate::error::StoreError;

#[tokio::test]
async fn a_mapping_is_created_once_and_updated_from_its_version() {
    let mappings = mappings().await;
    let first = draft("Octo/Hello", r#""provider": "bedrock", "awsRegion": "us-west-2""#);
    let Saved::Created(created) = save(&mappings, &first).await else { panic!("created") };
    assert_eq!(created.draft, MappingDraft { version: 1, ..first.clone() });
    assert_eq!((created.updated_at, created.updated_by.as_str()), (at(0), "ada"));
    assert_eq!(save(&mappings, &first).await, Saved::Conflict { current: Some(1) });

    let second = MappingDraft { paused: Some(true), ..created.draft };
    let updated = mappings.save(&second, "bea", at(5)).await.expect("a working table");
    let entry = MappingEntry {
        draft: MappingDraft { version: 2, ..second.clone() },
        unreadable: None,
        installation: None,
        updated_at: at(5),
        updated_by: "bea".to_owned(),
    };
    assert_eq!(updated, Saved::Updated(entry.clone()));
    assert_eq!(save(&mappings, &second).await, Saved::Conflict { current: Some(2) });
    assert_eq!(mappings.named(&name("octo/hello")).await.expect("a working table"), Some(entry));
}

#[tokio::test]
async fn what_is_not_there_has_no_version_to_update_or_delete() {
    let mappings = mappings().await;
    let draft = draft("octo/hello", r#""version": 3"#);
    assert_eq!(save(&mappings, &draft).await, Saved::Conflict { current: None });
    assert_eq!(deleted(&mappings, &draft).await, Deleted::Missing);
    assert_eq!(stored(&mappings, "octo/hello").await, None);
}

#[tokio::test]
async fn only_set_fields_are_stored() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""maxTurns": 9"#)).await;
    let mut stored = stored(&mappings, "octo/hello").await.expect("there");
    assert_eq!(stored.max_turns.take(), Some(9));
    assert_eq!(stored, draft("octo/hello", r#""version": 1"#));
}

#[tokio::test]
async fn a_field_that_a_draft_leaves_out_is_gone() {
    let mappings = mappings().await;
    for settings in [r#""maxTurns": 9"#, r#""repoId": 7, "maxTurns": 9, "version": 1"#, r#""version": 2"#] {
        saved(&mappings, &draft("octo/hello", settings)).await;
    }
    let left = stored(&mappings, "octo/hello").await.expect("there");
    assert_eq!((left.max_turns, left.repo_id), (None, Some(RepoId::new(7))), "the binding stays");
}

#[tokio::test]
async fn of_many_writers_from_one_version_one_wins() {
    let mappings = mappings().await;
    for version in [0, 1] {
        let mut writers = tokio::task::JoinSet::new();
        for turns in 1..=10 {
            let mappings = mappings.clone();
            let draft = draft("octo/hello", &format!(r#""maxTurns": {turns}, "teamKey": "ENG", "version": {version}"#));
            writers.spawn(async move { save(&mappings, &draft).await });
        }
        let (won, lost): (Vec<_>, Vec<_>) = writers
            .join_all()
            .await
            .into_iter()
            .partition(|answer| matches!(answer, Saved::Created(_) | Saved::Updated(_)));
        assert_eq!(won.len(), 1, "{won:?}");
        assert!(lost.iter().all(|answer| *answer == Saved::Conflict { current: Some(version + 1) }), "{lost:?}");
    }
}

#[tokio::test]
async fn only_the_version_that_was_seen_is_deleted() {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    let second = saved(&mappings, &first).await;
    assert_eq!(deleted(&mappings, &first).await, Deleted::Conflict { current: 2 });
    assert_eq!(deleted(&mappings, &second).await, Deleted::Done);
    assert_eq!(deleted(&mappings, &second).await, Deleted::Missing);
    assert_eq!(stored(&mappings, "octo/hello").await, None);
    assert_eq!(used_by(&mappings, 7, "octo/hello").await, StoredMapping::Missing);
    assert_eq!(save(&mappings, &second).await, Saved::Conflict { current: None });
}

#[tokio::test]
async fn a_mapping_that_somebody_broke_by_hand_is_told_from_a_missing_one() {
    use crate::table::string;
    let mappings = mappings().await;
    assert_eq!(used_by(&mappings, 7, "octo/hello").await, StoredMapping::Missing);
    saved(&mappings, &draft("octo/hello", r#""repoId": 7, "provider": "bedrock""#)).await;
    let StoredMapping::Invalid(faults) = used_by(&mappings, 7, "octo/hello").await else { panic!("invalid") };
    assert!(faults.lack_a_region());
    assert!(stored(&mappings, "octo/hello").await.is_some(), "people see what they have to mend");

    by_hand(&mappings, "REPO#7", "SET paused = :value", string("maybe")).await;
    let StoredMapping::Invalid(faults) = used_by(&mappings, 7, "octo/hello").await else { panic!("invalid") };
    assert!(faults.to_string().starts_with("mapping: "), "{faults}");
}

#[tokio::test]
async fn settings_that_another_release_wrote_are_shown_as_such_and_can_be_replaced() {
    use crate::table::string;
    let mappings = mappings().await;
    let kept = saved(&mappings, &draft("octo/hello", r#""repoId": 7, "teamKey": "ENG", "paused": true"#)).await;
    saved(&mappings, &draft("octo/other", "")).await;
    by_hand(&mappings, "REPO#7", "SET newSetting = :value", string("of a later release")).await;
    let listed = mappings.list(10, None).await.expect("the others are shown all the same").entries;
    assert_eq!(listed.iter().map(|entry| entry.unreadable.is_some()).collect::<Vec<_>>(), [true, false]);
    let entry = mappings.named(&name("octo/hello")).await.expect("a working table").expect("it is there");
    assert!(entry.unreadable.expect("a fault").to_string().contains("newSetting"));
    assert_eq!((entry.draft.version, entry.draft.repo_id, entry.draft.paused), (1, Some(RepoId::new(7)), None));

    saved(&mappings, &MappingDraft { team_key: None, ..kept }).await;
    assert_eq!(found_by(&mappings, 7, "octo/hello").await, 2);
    let line = mappings.client.update_item().table_name(&mappings.table).key("pk", string("NAME#octo/hello"));
    let line =
        line.key("sk", string(super::super::keys::history_key(1))).update_expression("SET draft.newSetting = :it");
    line.expression_attribute_values(":it", string("of a later release")).send().await.expect("written by hand");
    let history = mappings.history(&name("octo/hello"), 10, None).await.expect("the others are shown all the same");
    let told: Vec<_> = history.iter().map(|line| (line.version, line.unreadable.is_some())).collect();
    assert_eq!(told, [(2, false), (1, true)]);
    saved(&mappings, &draft("octo/third", r#""teamKey": "ENG""#)).await;
}

#[tokio::test]
async fn a_name_whose_record_somebody_removed_is_told_as_broken() {
    use crate::table::{META, PARTITION_KEY, SORT_KEY, string};
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    let delete = mappings.client.delete_item().table_name(&mappings.table);
    let delete = delete.key(PARTITION_KEY, string("REPO#7")).key(SORT_KEY, string(META));
    delete.send().await.expect("removed by hand");
    assert!(matches!(used_by(&mappings, 7, "octo/hello").await, StoredMapping::Invalid(_)));
    let error = mappings.named(&name("octo/hello")).await.expect_err("it leads nowhere");
    assert!(matches!(&error, StoreError::Corrupt { key, .. } if key == "NAME#octo/hello"), "{error:?}");
}

#[tokio::test]
async fn a_table_out_of_reach_is_no_missing_mapping() {
    let nowhere = Mappings::new(&crate::sdk::Sdk::local("http://127.0.0.1:9"), "Mappings");
    let error = nowhere.of_repository(RepoId::new(7), &name("octo/hello")).await.expect_err("unreachable");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
    let error = nowhere.save(&draft("octo/hello", ""), "ada", at(0)).await.expect_err("unreachable");
    assert!(matches!(error, StoreError::Unavailable { .. }), "{error}");
}

#[tokio::test]
async fn a_name_that_leads_to_another_names_record_does_not_show_it() {
    use crate::table::string;
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    saved(&mappings, &draft("octo/other", r#""repoId": 8"#)).await;
    by_hand(&mappings, "NAME#octo/hello", "SET home = :value", string("REPO#8")).await;
    let error = mappings.named(&name("octo/hello")).await.expect_err("it leads to another's");
    assert!(matches!(&error, StoreError::Corrupt { key, .. } if key == "NAME#octo/hello"), "{error:?}");
}
