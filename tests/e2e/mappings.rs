//! Whose mapping it is: a name's first repository has it for good; and what a restart does to those that are seeded.

use std::path::Path;

use aws::{MappingAction, Saved};
use clock::Clock;
use domain::ids::RepoId;
use domain::mapping::MappingDraft;
use domain::repo_name::RepoFullName;
use local::sandbox::Pace;
use local::{GitHubChoice, Storage, System, SystemConfig};

use crate::stage::Stage;

fn name(text: &str) -> RepoFullName {
    text.parse().expect("a name")
}

fn draft(repo: &str, repo_id: Option<RepoId>) -> MappingDraft {
    let (owner, repo) = repo.split_once('/').expect("owner/name");
    MappingDraft { owner: owner.into(), repo: repo.into(), repo_id, ..MappingDraft::default() }
}

async fn stored(system: &System, repo: &str) -> MappingDraft {
    let entry = system.worker().mappings.named(&name(repo)).await.expect("a working table");
    entry.expect("a mapping").draft
}

async fn save(system: &System, draft: &MappingDraft) {
    let saved = system.worker().mappings.save(draft, "ada", Clock::System.now()).await.expect("a working table");
    assert!(matches!(saved, Saved::Created(_) | Saved::Updated(_)), "{saved:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_saved_by_name_is_bound_by_the_first_command() {
    let stage = Stage::open().await;
    save(&stage.system, &draft("octo/unmapped", None)).await;
    stage.says("writer", "octo/unmapped#1", "/ai-implement").await;
    stage.dispatched(1).await;
    assert_eq!(stored(&stage.system, "octo/unmapped").await.repo_id, Some(stage.repo_id("octo/unmapped")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_recycled_name_has_no_mapping() {
    let stage = Stage::open().await;
    let long_gone = RepoId::new(4_711);
    save(&stage.system, &draft("octo/unmapped", Some(long_gone))).await;
    stage.says("writer", "octo/unmapped#1", "/ai-implement").await;
    stage.hears("octo/unmapped#1", "MAPPING_MISSING").await;
    stage.idle().await;
    assert_eq!(stage.dispatches(), 0);
    assert_eq!(stored(&stage.system, "octo/unmapped").await.repo_id, Some(long_gone));
}

/// Starts on a folder, shows what is there to `look`, and stops.
async fn run_on<T>(folder: &Path, file: Option<&str>, look: impl AsyncFnOnce(&System) -> T) -> T {
    let mappings = file.map(|text| {
        let path = folder.join("mappings.json");
        std::fs::write(&path, text).expect("writable");
        path
    });
    let config = SystemConfig {
        port: 0,
        storage: Storage::Folder(folder.join("data")),
        github: GitHubChoice::Sandbox { port: 0, pace: Pace::Manual },
        mappings,
        clock: Clock::System,
    };
    let system = System::start(config).await.expect("the system starts");
    let seen = look(&system).await;
    system.sandbox().expect("its sandbox").shutdown().await.expect("the state is kept");
    seen
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_people_made_of_the_sandboxs_mappings_survives_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    run_on(folder.path(), None, async |system| {
        let seeded = stored(system, "octo/bedrock").await;
        save(system, &MappingDraft { aws_region: Some("eu-central-1".into()), ..seeded }).await;
    })
    .await;
    let kept = run_on(folder.path(), None, async |system| stored(system, "octo/bedrock").await).await;
    assert_eq!((kept.aws_region.as_deref(), kept.version), (Some("eu-central-1"), 2));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mapping_of_a_file_is_written_when_it_differs_and_only_then() {
    let folder = tempfile::tempdir().expect("a folder");
    let file =
        |turns: u32| format!(r#"[{{"owner": "Octo", "repo": "unmapped", "repoId": 810003, "maxTurns": {turns}}}]"#);
    for (turns, version) in [(5, 1), (5, 1), (6, 2)] {
        let file = file(turns);
        let seeded = run_on(folder.path(), Some(&file), async |system| stored(system, "octo/unmapped").await).await;
        assert_eq!((seeded.max_turns, seeded.version), (Some(i64::from(turns)), version));
    }
    let history = run_on(folder.path(), None, async |system| {
        system.worker().mappings.history(&name("octo/unmapped"), 10, None).await.expect("a working table")
    });
    let told: Vec<_> = history.await.into_iter().map(|line| (line.action, line.by)).collect();
    let by = "mappings file".to_owned();
    assert_eq!(told, [(MappingAction::Updated, by.clone()), (MappingAction::Created, by)]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_gives_a_mapped_repository_another_name_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mappings.json");
    for (text, words) in [
        (
            r#"[{"owner": "octo", "repo": "renamed", "repoId": 810001}]"#,
            "octo/renamed has the repoId of another mapping",
        ),
        (
            r#"[{"owner": "octo", "repo": "anthropic", "repoId": 9}]"#,
            "octo/anthropic was mapped for the repository 810001",
        ),
    ] {
        std::fs::write(&file, text).expect("writable");
        let config = SystemConfig {
            port: 0,
            storage: Storage::Memory,
            github: GitHubChoice::Sandbox { port: 0, pace: Pace::Manual },
            mappings: Some(file.clone()),
            clock: Clock::System,
        };
        let error = System::start(config).await.err().expect("a fault").to_string();
        assert!(error.contains(words) && error.contains("--fresh"), "{error}");
    }
}
