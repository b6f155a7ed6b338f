//! What is told of the App: it stands beside the settings, for the repository that it is about.

use domain::installation::InstallationState::{Installed, Missing, Suspended};
use domain::installation::{InstallationMark, InstallationState};
use domain::message::NamedRepository;

use super::*;
use crate::error::StoreError;

const fn mark(state: InstallationState, at: Timestamp) -> InstallationMark {
    InstallationMark { state, at }
}

fn listed(repositories: &[(u64, &str)]) -> Vec<NamedRepository> {
    repositories.iter().map(|(id, repo)| NamedRepository { id: RepoId::new(*id), name: name(repo) }).collect()
}

async fn among(mappings: &Mappings, repositories: &[(u64, &str)]) -> Vec<BoundMapping> {
    mappings.bound_among(&listed(repositories)).await.expect("a working table")
}

async fn note(mappings: &Mappings, mapping: &BoundMapping, mark: InstallationMark) -> Result<(), StoreError> {
    mappings.note_installation(mapping, mark).await
}

async fn shown(mappings: &Mappings, repo: &str) -> Option<InstallationMark> {
    mappings.named(&name(repo)).await.expect("a working table").expect("there").installation
}

#[tokio::test]
async fn it_is_no_setting_and_survives_a_save() {
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    let [bound] = &among(&mappings, &[(7, "octo/hello")]).await[..] else { panic!("one") };
    note(&mappings, bound, mark(Missing, at(5))).await.expect("noted");
    assert_eq!(stored(&mappings, "octo/hello").await.as_ref(), Some(&first), "the settings are as they were");
    assert_eq!(found_by(&mappings, 7, "octo/hello").await, 1);
    saved(&mappings, &MappingDraft { paused: Some(true), ..first }).await;
    assert_eq!(shown(&mappings, "octo/hello").await, Some(mark(Missing, at(5))));
    let page = mappings.list(10, None).await.expect("a working table");
    assert_eq!(page.entries[0].installation, Some(mark(Missing, at(5))));
}

#[tokio::test]
async fn it_is_noted_only_on_what_was_read() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    let read = among(&mappings, &[(7, "octo/hello")]).await;
    note(&mappings, &read[0], mark(Missing, at(5))).await.expect("noted");
    let late = note(&mappings, &read[0], mark(Installed, at(4))).await;
    assert!(matches!(late, Err(StoreError::Unavailable { .. })), "{late:?}");
    assert_eq!(shown(&mappings, "octo/hello").await, Some(mark(Missing, at(5))));
}

#[tokio::test]
async fn a_save_that_was_made_from_older_word_starts_again() {
    use crate::mappings::change::Change;
    use crate::mappings::writes::Written;
    let mappings = mappings().await;
    let first = saved(&mappings, &draft("octo/hello", r#""repoId": 7"#)).await;
    let before = mappings.known("octo/hello").await.expect("a working table");
    let change = Change::saving(&first, "ada", at(1), before);
    note(&mappings, &among(&mappings, &[(7, "octo/hello")]).await[0], mark(Suspended, at(5))).await.expect("noted");
    assert!(matches!(mappings.write(&change).await.expect("a working table"), Written::Overtaken));
}

#[tokio::test]
async fn a_mapping_is_found_by_the_id_that_it_is_bound_to_wherever_it_lies() {
    let mappings = mappings().await;
    saved(&mappings, &draft("octo/home", r#""repoId": 7"#)).await;
    saved(&mappings, &draft("octo/named", "")).await;
    used_by(&mappings, 8, "octo/named").await;
    saved(&mappings, &draft("octo/unbound", "")).await;
    let all = [(7, "octo/renamed"), (8, "octo/named"), (9, "octo/unbound"), (10, "octo/none"), (11, "octo/home")];
    let mut found: Vec<_> = among(&mappings, &all).await.iter().map(|mapping| mapping.repo.get()).collect();
    found.sort_unstable();
    assert_eq!(found, [7, 8], "neither an unbound one, nor another repository's of the name");
    let many: Vec<_> = (1..=250).map(|id| (id, "octo/named")).collect();
    assert_eq!(among(&mappings, &many).await.len(), 2, "in batches");
}

#[tokio::test]
async fn an_accounts_mappings_are_those_of_its_own_name() {
    let mappings = mappings().await;
    for (id, repo) in [(1, "Octo/a"), (2, "octo/b"), (3, "octo2/c"), (4, "acme/octo")] {
        saved(&mappings, &draft(repo, &format!(r#""repoId": {id}"#))).await;
    }
    saved(&mappings, &draft("octo/unbound", "")).await;
    let found = mappings.bound_at("OCTO").await.expect("a working table");
    assert_eq!(found.iter().map(|mapping| mapping.repo.get()).collect::<Vec<_>>(), [1, 2]);
    note(&mappings, &found[1], mark(Suspended, at(5))).await.expect("noted");
    assert_eq!(mappings.bound_at("octo").await.expect("a working table")[1].installation, Some(mark(Suspended, at(5))));
}
