//! `sam build` and `sam deploy`, with samconfig.toml and without the guide's questions.
//!
//! Owns the one difference to what operators build: no link-time optimisation and no optimiser, which take most of the
//! time of such a build. Never edits the template.

use std::path::PathBuf;

use tokio::process::Command;

use crate::aws_cli::Credentials;
use crate::folder::{RunFolder, repository};
use crate::program::{Ended, Program};

/// The name in samconfig.toml.
pub(crate) const STACK: &str = "ai-implement";

/// `sam build` builds cargo's release profile; cargo reads these changes of it.
const CI_PROFILE: [(&str, &str); 3] = [
    ("CARGO_PROFILE_RELEASE_OPT_LEVEL", "0"),
    ("CARGO_PROFILE_RELEASE_LTO", "off"),
    ("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16"),
];

/// Builds all functions. It sees this machine as it is: the toolchain, and the network where crates are missing.
pub(crate) async fn build(folder: &RunFolder) {
    let mut command = Command::new("sam");
    for (name, _) in std::env::vars_os() {
        if name.as_encoded_bytes().starts_with(b"AWS_") {
            command.env_remove(name);
        }
    }
    // SAM copies what cargo has built after cargo has let go of it; another clone would build over it.
    let cache = build_cache();
    std::fs::create_dir_all(&cache).expect("a writable cache");
    let lock = std::fs::File::create(cache.join(".sam-build.lock")).expect("a writable cache");
    let lock = tokio::task::spawn_blocking(move || lock.lock().map(|()| lock)).await.expect("it doesn't panic");
    let _lock = lock.expect("a file that can be locked");
    command
        .current_dir(repository())
        .args(["build", "--build-dir"])
        .arg(folder.at("build"))
        .env("CARGO_TARGET_DIR", &cache)
        .envs(CI_PROFILE);
    let ended = Program::run(&mut command).await;
    assert!(ended.status.success(), "sam build: {}{}", ended.output, ended.errors);
}

/// Deploys what was built; how that went.
pub(crate) async fn deploy(folder: &RunFolder, endpoint: &str, parameters: &[(&str, &str)]) -> Ended {
    let mut command = folder.program("sam");
    command
        .envs(Credentials::root().environment())
        .env("AWS_ENDPOINT_URL", endpoint)
        .env("SAM_CLI_TELEMETRY", "0")
        .env("SAM_CLI_POLL_DELAY", "0.2")
        .envs(std::env::var_os("__SAM_CLI_APP_DIR").map(|settings| ("__SAM_CLI_APP_DIR", settings)))
        .args(["deploy", "--no-confirm-changeset", "--template-file"])
        .arg(folder.at("build/template.yaml"))
        .arg("--config-file")
        .arg(repository().join("samconfig.toml"))
        .arg("--parameter-overrides")
        .args(parameters.iter().map(|(name, value)| format!("{name}={value}")));
    let ended = Program::run(&mut command).await;
    folder.write("logs/sam-deploy.log", &format!("{}\n{}", ended.output, ended.errors));
    ended
}

/// Beside the other builds, and apart from them: another target, another linker, another profile.
fn build_cache() -> PathBuf {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| "target".into(), PathBuf::from);
    repository().join(target).join("stack")
}
