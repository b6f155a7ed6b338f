//! The local system itself: what lasts over a restart, which mappings it takes, and how it works without a tunnel.

use std::time::Duration;

use aws::SecretSource;
use clock::Clock;
use local::sandbox::Pace;
use local::{GitHubChoice, Storage, System, SystemConfig};
use serde_json::json;

use crate::stage::fresh_sandbox;

const PATIENCE: Duration = Duration::from_secs(30);

fn config(storage: Storage, github: GitHubChoice) -> SystemConfig {
    SystemConfig { port: 0, storage, github, mappings: None, clock: Clock::System }
}

fn own_sandbox() -> GitHubChoice {
    GitHubChoice::Sandbox { port: 0, pace: Pace::Manual }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restart_forgets_neither_claims_nor_comments() {
    let folder = tempfile::tempdir().expect("a folder");
    let storage = Storage::Folder(folder.path().join("data"));
    let claim = {
        let system = System::start(config(storage.clone(), own_sandbox())).await.expect("the system starts");
        let sandbox = system.sandbox().expect("its sandbox");
        sandbox.comment("octo/bedrock", 1, "writer", "/ai-implement").await.expect("the sandbox takes it");
        let claim = sandbox.wait_for(PATIENCE, |world| world.dispatches.first()?.inputs.get("claim_id").cloned()).await;
        system.queue().idle().await;
        sandbox.shutdown().await.expect("the state is kept");
        claim.expect("a dispatch")
    };
    let system = System::start(config(storage, own_sandbox())).await.expect("the system starts again");
    let kept = system.worker().dispatches.claim(claim.parse().expect("a claim id")).await.expect("a working table");
    assert_eq!(kept.map(|claim| claim.state.name()), Some("dispatched"));
    assert_eq!(system.sandbox().expect("its sandbox").look(|world| world.dispatches.len()), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mappings_of_a_file_are_judged_before_they_are_taken() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("mappings.json");
    for (text, words) in [
        (r#"[{"owner": "octo", "repo": "unmapped"}]"#, "octo/unmapped has no repoId"),
        (r#"[{"owner": "octo", "repo": "unmapped", "repoId": 1, "provider": "bedrock"}]"#, "awsRegion: bedrock needs"),
        (r#"[{"owner": "octo", "repo": "unmapped", "repoId": 1, "regoin": "x"}]"#, "unknown field `regoin`"),
        ("[", "EOF"),
    ] {
        std::fs::write(&file, text).expect("writable");
        let config = SystemConfig { mappings: Some(file.clone()), ..config(Storage::Memory, own_sandbox()) };
        let error = System::start(config).await.err().expect("a fault").to_string();
        assert!(error.contains(words) && error.contains("mappings.json"), "{error}");
    }
    std::fs::write(&file, r#"[{"owner": "octo", "repo": "unmapped", "repoId": 810003}]"#).expect("writable");
    let config = SystemConfig { mappings: Some(file), ..config(Storage::Memory, own_sandbox()) };
    let system = System::start(config).await.expect("the system starts");
    let sandbox = system.sandbox().expect("its sandbox");
    sandbox.comment("octo/unmapped", 1, "writer", "/ai-implement").await.expect("the sandbox takes it");
    assert!(sandbox.wait_for(PATIENCE, |world| world.dispatches.first().map(drop)).await.is_some());
}

/// The real GitHub, as far as this machine can have one: an API, credentials in files, and no way to reach us.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_tunnel_deliveries_are_pulled() {
    let sandbox = fresh_sandbox();
    sandbox.set_webhook("http://127.0.0.1:9/webhooks/github", "the secret that GitHub has");
    let folder = tempfile::tempdir().expect("a folder");
    let secret = |name: &str, value: serde_json::Value| {
        let path = folder.path().join(name);
        std::fs::write(&path, value.to_string()).expect("writable");
        SecretSource::File(path)
    };
    let app = sandbox.app();
    // Keys are often pasted with their line ends escaped.
    let pem = app.private_key_pem.replace('\n', "\\n");
    let github = GitHubChoice::Real {
        api_url: sandbox.url(),
        app_secret: secret("app.json", json!({"app_id": app.app_id, "private_key": pem})),
        webhook_secret: secret("webhook.json", json!({"secrets": ["the secret that GitHub has"]})),
    };
    let mappings = folder.path().join("mappings.json");
    std::fs::write(&mappings, r#"[{"owner": "octo", "repo": "anthropic", "repoId": 810001}]"#).expect("writable");
    let config = SystemConfig { mappings: Some(mappings), ..config(Storage::Memory, github) };
    let _system = System::start(config).await.expect("the system starts");
    let comment = sandbox.comment("octo/anthropic", 1, "writer", "/ai-implement").await.expect("the sandbox takes it");
    let reacted = sandbox.wait_for(PATIENCE, |world| {
        world.reactions.iter().find(|it| it.comment_id == comment && it.content == "rocket").map(drop)
    });
    assert!(reacted.await.is_some(), "the pulled comment became a run");
}
