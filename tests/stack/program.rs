//! Programs that this test starts: each with all that it starts in turn, none of it left behind.
//!
//! Owns process groups: every program leads one, which ends with its handle, on success, on failure and on Ctrl-C.

use std::fs::File;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

/// What a program has to end by itself, before it is ended.
const GRACE: Duration = Duration::from_secs(5);
const BETWEEN_LOOKS: Duration = Duration::from_millis(20);

/// A running program. Dropped, it ends, and its whole group with it.
pub(crate) struct Program {
    child: Child,
    group: Pid,
}

/// What a program left when it ended.
pub(crate) struct Ended {
    /// Its status.
    pub(crate) status: ExitStatus,
    /// What it wrote to standard output.
    pub(crate) output: String,
    /// What it wrote to standard error.
    pub(crate) errors: String,
}

impl Program {
    /// Starts it, at the head of a process group, with nothing to read.
    pub(crate) fn start(command: &mut Command) -> Self {
        Self::start_reading(command, Stdio::null())
    }

    fn start_reading(command: &mut Command, input: Stdio) -> Self {
        let name = command.as_std().get_program().to_owned();
        let child = command.process_group(0).stdin(input).spawn();
        let child = child.unwrap_or_else(|error| panic!("{} can't be run: {error}", name.display()));
        let id = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        Self { child, group: id.expect("a program that was just started has an id") }
    }

    /// Starts it, with all its output in a file.
    pub(crate) fn start_with_log(command: &mut Command, log: &Path) -> Self {
        let file = File::create(log).expect("a writable folder");
        let errors = file.try_clone().expect("a second handle");
        Self::start(command.stdout(file).stderr(errors))
    }

    /// Runs it to its end.
    pub(crate) async fn run(command: &mut Command) -> Ended {
        Self::run_reading(command, Stdio::null()).await
    }

    /// Runs it to its end, with a file on its standard input.
    pub(crate) async fn run_with_input(command: &mut Command, input: File) -> Ended {
        Self::run_reading(command, input.into()).await
    }

    async fn run_reading(command: &mut Command, input: Stdio) -> Ended {
        let mut program = Self::start_reading(command.stdout(Stdio::piped()).stderr(Stdio::piped()), input);
        let (output, errors) = (program.child.stdout.take(), program.child.stderr.take());
        let (output, errors, status) = tokio::join!(all_of(output), all_of(errors), program.child.wait());
        Ended { status: status.expect("a child of ours"), output, errors }
    }

    /// The id of its process, and of its group.
    pub(crate) fn id(&self) -> u32 {
        self.group.as_raw_nonzero().get().unsigned_abs()
    }

    /// Whether it ended by itself already.
    pub(crate) fn has_ended(&mut self) -> bool {
        self.child.try_wait().expect("a child of ours").is_some()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let group = self.group;
        // A group that has ended can't be signalled, which is what is wanted.
        let signal = |signal| kill_process_group(group, signal).unwrap_or_default();
        if !self.has_ended() {
            signal(Signal::TERM);
            let deadline = Instant::now() + GRACE;
            while !self.has_ended() && Instant::now() < deadline {
                std::thread::sleep(BETWEEN_LOOKS);
            }
        }
        signal(Signal::KILL);
    }
}

async fn all_of(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut bytes = Vec::new();
    stream.expect("piped").read_to_end(&mut bytes).await.expect("readable");
    String::from_utf8_lossy(&bytes).into_owned()
}
