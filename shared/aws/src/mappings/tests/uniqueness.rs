//! What only one mapping can have: a name, a repository, a team key.

use super::*;

#[tokio::test]
async fn a_name_is_the_same_in_every_case() {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("Octo/Hello", "")).await;
    assert_eq!(save(&mappings, &draft("octo/HELLO", "")).await, Saved::Conflict { current: Some(1) });
    saved(&mappings, &MappingDraft { owner: "OCTO".into(), ..first }).await;
    assert_eq!(stored(&mappings, "octo/hello").await.expect("there").owner, "OCTO", "shown as last written");
}

#[tokio::test]
async fn a_repository_has_one_mapping() {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    assert_eq!(save(&mappings, &draft("octo/other", r#""repoId": 7"#)).await, Saved::RepositoryTaken);
    let other = saved(&mappings, &draft("octo/other", "")).await;
    let wants_it = MappingDraft { repo_id: Some(RepoId::new(7)), ..other };
    assert_eq!(save(&mappings, &wants_it).await, Saved::RepositoryTaken);
    assert_eq!(stored(&mappings, "octo/other").await.map(|draft| draft.repo_id), Some(None));

    assert_eq!(deleted(&mappings, &first).await, Deleted::Done);
    assert_eq!(saved(&mappings, &wants_it).await.version, 2);
}

#[tokio::test]
async fn a_team_key_is_one_mappings_in_every_case() {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", r#""teamKey": "ENG""#)).await;
    let taken = Saved::TeamKeyTaken { key: "eng".into() };
    assert_eq!(save(&mappings, &draft("octo/other", r#""teamKey": "eng""#)).await, taken);
    assert_eq!(stored(&mappings, "octo/other").await, None, "all of it or nothing");
    let other = saved(&mappings, &draft("octo/other", r#""teamKey": "OPS""#)).await;
    assert_eq!(save(&mappings, &MappingDraft { team_key: Some("eng".into()), ..other }).await, taken);
    saved(&mappings, &MappingDraft { team_key: Some("Eng".into()), ..first }).await;
}

#[tokio::test]
async fn a_team_key_is_free_after_a_change_and_after_a_deletion() {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", r#""teamKey": "ENG""#)).await;
    let changed = saved(&mappings, &MappingDraft { team_key: Some("OPS".into()), ..first }).await;
    let other = saved(&mappings, &draft("octo/other", r#""teamKey": "ENG""#)).await;
    let keyless = saved(&mappings, &MappingDraft { team_key: None, ..changed }).await;
    let other = saved(&mappings, &MappingDraft { team_key: Some("OPS".into()), ..other }).await;
    assert_eq!(deleted(&mappings, &other).await, Deleted::Done);
    saved(&mappings, &MappingDraft { team_key: Some("OPS".into()), ..keyless }).await;
}

#[tokio::test]
async fn of_two_who_want_one_team_key_or_one_repository_one_gets_it() {
    for settings in [r#""teamKey": "ENG""#, r#""repoId": 7"#] {
        let mappings = mappings().await;
        let mut writers = tokio::task::JoinSet::new();
        for number in 0..8 {
            let mappings = mappings.clone();
            let draft = draft(&format!("octo/r{number}"), settings);
            writers.spawn(async move { save(&mappings, &draft).await });
        }
        let answers = writers.join_all().await;
        assert_eq!(answers.iter().filter(|answer| matches!(answer, Saved::Created(_))).count(), 1, "{answers:?}");
        let taken = |answer: &&Saved| matches!(answer, Saved::TeamKeyTaken { .. } | Saved::RepositoryTaken);
        assert_eq!(answers.iter().filter(taken).count(), 7, "{answers:?}");
    }
}
