//! The command behind `cargo run`: start and keep running, or tell the story.
//!
//! Owns what is printed when something goes wrong, and the exit status. Never wires parts.

use std::error::Error;
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use aws::SecretSource;
use clock::Clock;
use tracing_subscriber::EnvFilter;

use crate::demo;
use crate::engine::Storage;
use crate::greeting::greeting;
use crate::options::{HELP, Ports, Request, Serve};
use crate::sandbox::Pace;
use crate::start_error::StartError;
use crate::system::{GitHubChoice, System, SystemConfig};

const DATA_FOLDER: &str = ".local";
/// Slow enough to watch, quick enough to wait for.
const PACE: Pace = Pace::Auto { queued_for: Duration::from_secs(1), running_for: Duration::from_secs(3) };

/// Does what the command line asks for.
pub async fn run() -> ExitCode {
    match answer().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            print_error(&*error);
            ExitCode::FAILURE
        }
    }
}

async fn answer() -> Result<(), Box<dyn Error>> {
    match Request::from_command_line()? {
        Request::Help => Ok(std::io::stdout().write_all(HELP.as_bytes())?),
        Request::Demo(ports) => tell_the_story(ports).await,
        Request::Serve(serve) => keep_running(serve).await,
    }
}

async fn keep_running(serve: Serve) -> Result<(), Box<dyn Error>> {
    start_log(environment::log_filter("admin=info,sweeper=info,webhook=info,worker=info,warn"));
    let folder = PathBuf::from(DATA_FOLDER);
    if serve.fresh {
        Storage::empty(&folder)?;
    }
    let system = System::start(SystemConfig {
        port: serve.ports.product,
        storage: Storage::Folder(folder),
        github: github_of_environment(serve.ports)?,
        mappings: serve.mappings,
        clock: Clock::System,
    })
    .await?;
    std::io::stdout().write_all(greeting(&system).as_bytes())?;
    tokio::signal::ctrl_c().await?;
    if let Some(sandbox) = system.sandbox() {
        sandbox.shutdown().await?;
    }
    Ok(())
}

/// Tells it of the system that runs already, or of one that lives as long as the story.
async fn tell_the_story(ports: Ports) -> Result<(), Box<dyn Error>> {
    // What is refused belongs to the story, and is shown there.
    let asked = environment::optional("LOG_LEVEL").is_some();
    start_log(if asked { environment::log_filter("error") } else { EnvFilter::new("error") });
    let running = format!("http://127.0.0.1:{}", ports.sandbox);
    let mut out = std::io::stdout();
    if is_sandbox(&running).await {
        return Ok(demo::tell(&running, &mut out).await?);
    }
    let system = System::start(SystemConfig {
        port: 0,
        storage: Storage::Memory,
        github: GitHubChoice::Sandbox { port: 0, pace: PACE },
        mappings: None,
        clock: Clock::System,
    })
    .await?;
    let sandbox = system.sandbox().map(crate::sandbox::Sandbox::url).unwrap_or_default();
    Ok(demo::tell_of_a_passing_system(&sandbox, &mut out).await?)
}

async fn is_sandbox(url: &str) -> bool {
    // It is on this machine, whatever proxy the environment names.
    let Ok(client) = reqwest::Client::builder().no_proxy().build() else { return false };
    let answer = client.get(format!("{url}/_sandbox/state")).send().await;
    answer.is_ok_and(|answer| answer.status().is_success())
}

/// The real GitHub where both secrets are given, else the sandbox. One of them alone is a mistake.
fn github_of_environment(ports: Ports) -> Result<GitHubChoice, StartError> {
    let file = |name| environment::optional(name).map(|path| SecretSource::File(path.into()));
    match (file("GITHUB_APP_SECRET_FILE"), file("WEBHOOK_SECRET_FILE")) {
        (None, None) => Ok(GitHubChoice::Sandbox { port: ports.sandbox, pace: PACE }),
        (Some(app_secret), Some(webhook_secret)) => {
            Ok(GitHubChoice::Real { api_url: environment::github_api_url(), app_secret, webhook_secret })
        }
        _ => Err(StartError::HalfTheSecrets),
    }
}

fn start_log(filter: EnvFilter) {
    tracing_subscriber::fmt().compact().with_writer(std::io::stderr).with_env_filter(filter).init();
}

fn print_error(error: &dyn Error) {
    let mut lines = vec![format!("ai-implement: {error}")];
    let mut cause = error.source();
    while let Some(error) = cause {
        lines.push(format!("  because: {error}"));
        cause = error.source();
    }
    // Standard error is the last resort; there is nobody left to tell when it is gone.
    let _ = writeln!(std::io::stderr(), "{}", lines.join("\n"));
}
