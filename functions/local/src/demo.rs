//! The story that `cargo run -- demo` tells: comments become runs, are steered by comments, and are refused.
//!
//! Owns the order of the scenes, where it begins and how it ends. Everything shown was read from the sandbox GitHub
//! over HTTP, and every time was measured here. Never looks into the product, and never makes anything up.

mod command;
mod error;
mod issue;
mod markdown;
mod refusals;
mod run;
mod sandbox_client;
mod steering;
mod terminal;
mod text;
mod world;

use std::io::{self, Write};
use std::time::Duration;

use clock::Clock;
use jiff::SignedDuration;

pub use self::error::DemoError;
use self::sandbox_client::SandboxClient;
use self::terminal::Terminal;
use self::world::World;

/// The repository of the first scenes.
const BEDROCK: &str = "octo/bedrock";
/// Its pull request that a run may work on.
const PULL_REQUEST: u64 = 1;
/// The repository of the scenes that begin with an issue.
const ISSUES_REPO: &str = "octo/anthropic";
/// The issue.
const ISSUE: u64 = 4;
/// The answer of the webhook to a command: the queue has it.
const ACCEPTED: u16 = 202;
/// The answer of the webhook to what is not for it.
const IGNORED: u16 = 200;
/// How much later than its 😕 an explanation may come, where perhaps none will.
const EXPLANATION_PATIENCE: Duration = Duration::from_millis(1_500);

/// So many comments of the App in one minute are another story's.
const WRITTEN_BY_A_STORY: usize = 5;
const SECONDS_A_MINUTE: i64 = 60;

/// What a scene needs.
struct Stage<'a> {
    sandbox: SandboxClient,
    terminal: Terminal<'a>,
}

/// Tells the story of the system behind that sandbox, which runs on after it. `out` is taken to be the standard
/// output: colours and width are chosen for that one.
pub async fn tell(sandbox_url: &str, out: &mut dyn Write) -> Result<(), DemoError> {
    let mut stage = play(sandbox_url, out).await?;
    Ok(ending_of_a_lasting_system(&mut stage)?)
}

/// The same of a system that ends with its story, so that the reader is not sent to an address without anybody.
pub async fn tell_of_a_passing_system(sandbox_url: &str, out: &mut dyn Write) -> Result<(), DemoError> {
    let mut stage = play(sandbox_url, out).await?;
    Ok(ending_of_a_passing_system(&mut stage)?)
}

async fn play<'a>(sandbox_url: &str, out: &'a mut dyn Write) -> Result<Stage<'a>, DemoError> {
    let mut stage = Stage { sandbox: SandboxClient::new(sandbox_url)?, terminal: Terminal::of_stdout(out) };
    opening(&mut stage).await?;
    run::play(&mut stage).await?;
    let at_work = issue::play(&mut stage).await?;
    steering::play(&mut stage, &at_work).await?;
    refusals::play(&mut stage).await?;
    Ok(stage)
}

async fn opening(stage: &mut Stage<'_>) -> Result<(), DemoError> {
    let world = stage.sandbox.world().await?;
    let missing = || DemoError::OtherWorld(format!("There is no open pull request {PULL_REQUEST} in {BEDROCK}."));
    let pull = world.pull_request(BEDROCK, PULL_REQUEST).filter(|pull| pull.state == "open").ok_or_else(missing)?;
    let terminal = &mut stage.terminal;
    terminal.heading("AI-Implement, as it runs on this machine")?;
    terminal.prose(&format!(
        "The product is the real one; the GitHub that it speaks with is a sandbox on {}. What you see happens now, and \
         the times are measured.",
        stage.sandbox.url()
    ))?;
    wait_for_room(terminal, &world).await?;
    terminal.heading("1  The scene")?;
    terminal.prose(&format!(
        "`{BEDROCK}` is mapped to AWS Bedrock in `us-west-2`. Its pull request {PULL_REQUEST}, “{}”, is open, and one \
         thing about it is still missing.",
        pull.title
    ))?;
    Ok(())
}

/// GitHub counts what an App writes by the minute. Two stories in one have no room: reactions and passing edits would wait.
async fn wait_for_room(terminal: &mut Terminal<'_>, world: &World) -> io::Result<()> {
    let now = Clock::System.now();
    let into_the_minute = SignedDuration::from_secs(now.as_second().rem_euclid(SECONDS_A_MINUTE));
    if world.written_since(now.saturating_sub(into_the_minute).unwrap_or(now)) < WRITTEN_BY_A_STORY {
        return Ok(());
    }
    terminal.gap()?;
    terminal.prose(
        "Another story was told just now. GitHub lets an App write 80 times a minute, and this one obeys: the story \
         begins with the next minute.",
    )?;
    let rest = SignedDuration::from_secs(SECONDS_A_MINUTE) - into_the_minute;
    tokio::time::sleep(rest.unsigned_abs()).await;
    Ok(())
}

fn ending_of_a_lasting_system(stage: &mut Stage<'_>) -> io::Result<()> {
    let Stage { sandbox, terminal } = stage;
    let url = sandbox.url();
    terminal.heading("11  Your turn")?;
    terminal.prose("Comment yourself, as `admin`, `maintainer`, `writer`, `triager`, `reader` or `stranger`:")?;
    terminal.gap()?;
    terminal.literal(&format!("curl -s {url}/_sandbox/comments -d '{{"))?;
    terminal.literal(r#"  "repo": "octo/anthropic", "number": 1,"#)?;
    terminal.literal(r#"  "user": "writer", "body": "/ai-implement"}'"#)?;
    terminal.gap()?;
    terminal.prose("and see what GitHub has then: comments, reactions, dispatches and runs.")?;
    terminal.gap()?;
    terminal.literal(&format!("curl -s {url}/_sandbox/state"))?;
    terminal.gap()?;
    terminal.prose("README.md goes on from here, to a real repository.")?;
    terminal.gap()
}

fn ending_of_a_passing_system(stage: &mut Stage<'_>) -> io::Result<()> {
    let terminal = &mut stage.terminal;
    terminal.heading("11  Your turn")?;
    terminal.prose("The system that you saw ends here, and nothing of it is kept. This starts one that stays:")?;
    terminal.gap()?;
    terminal.literal("cargo run")?;
    terminal.gap()?;
    terminal.prose(
        "It prints where it is, how to comment yourself, and where to see what GitHub has then. README.md goes on from \
         there, to a real repository.",
    )?;
    terminal.gap()
}
